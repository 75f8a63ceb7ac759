"use client";

import { useState } from "react";

import { nameOf } from "@/features/team/member-actions";
import { MemberDialog, type Wanted } from "@/features/team/MemberDialog";
import { Person } from "@/features/team/MembersPanel";
import { organisationKeys } from "@/hooks/organisation";
import { type Member, teamKeys, useMembers } from "@/hooks/team";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { isolated } from "@/lib/format";
import { Button } from "@/ui/Button";
import { DataTable } from "@/ui/DataTable";
import { FailureNote } from "@/ui/FailureBlock";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { useToast } from "@/ui/Toast";

/** Those who wait to be let in; nothing where nobody does. */
export function WaitingPanel() {
  const reading = useMembers("awaiting_approval");
  const [refused, setRefused] = useState<Wanted | null>(null);
  const toast = useToast();
  const { run, isRunning, words } = useChange({
    send: (member: Member) => call(v1.changeMember({ path: { user_id: member.id }, body: { status: "active" } })),
    onDone: (_, member) => void toast.done(`${isolated(nameOf(member))} was let in`),
    refresh: [teamKeys.all, organisationKeys.all],
    asker: { doing: "manage members" },
  });
  const { known } = reading;
  if (!known || known.value.length === 0) return null; // a failure is shown below, by the list of everybody
  return (
    <Panel
      title="Awaiting approval"
      note="They signed in with an address of your domain, or with a known address and another account. They see nothing until an admin lets them in."
      padded={false}
      reading={reading}
      skeleton={null}
    >
      {(rows) => (
        <>
          {words && (
            <div className="px-4 pb-3">
              <FailureNote words={words} />
            </div>
          )}
          <DataTable
            caption="Awaiting approval"
            rows={rows}
            keyOf={(member) => member.id}
            more={reading.more}
            columns={[
              { head: "Name", grows: true, cell: (member) => <Person member={member} /> },
              { head: "Since", cell: (member) => <Time at={member.created_at} relative /> },
              {
                head: "Decide",
                numeric: true,
                aside: true,
                cell: (member) => (
                  <span className="inline-flex gap-2">
                    <Button size="sm" kind="quiet" aria-label={`Refuse ${nameOf(member)}`} onClick={() => setRefused({ action: "refuse", member })}>
                      Refuse
                    </Button>
                    <Button size="sm" aria-label={`Let in ${nameOf(member)}`} loading={isRunning} onClick={() => run(member)}>
                      Let in
                    </Button>
                  </span>
                ),
              },
            ]}
          />
          {refused && <MemberDialog wanted={refused} onClose={() => setRefused(null)} />}
        </>
      )}
    </Panel>
  );
}
