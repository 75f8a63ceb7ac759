"use client";

import { useState } from "react";

import { auditKeys } from "@/hooks/audit";
import { type Organisation, organisationKeys, useOrganisation } from "@/hooks/organisation";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { day, isolated } from "@/lib/format";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { FailureNote } from "@/ui/FailureBlock";
import { Panel } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";
import { useToast } from "@/ui/Toast";

const REFRESH = [organisationKeys.all, auditKeys.all] as const;
const ASKER = { doing: "delete the organisation" } as const;

/** Have the organisation deleted, with thirty days in which any admin can call it off. */
export function DeletionPanel() {
  return (
    <Panel title="Delete the organisation" reading={useOrganisation()} skeleton={<Skeleton className="h-9 w-48" />}>
      {(organisation) => (organisation.erased_after ? <Ending erasedAfter={organisation.erased_after} /> : <Standing organisation={organisation} />)}
    </Panel>
  );
}

function Standing({ organisation }: { organisation: Organisation }) {
  const [isAsking, setAsking] = useState(false);
  const toast = useToast();
  const { run, isRunning, words } = useChange({
    send: (_: void, key) => call(v1.deleteOrganisation({ headers: { "Idempotency-Key": key } })),
    refresh: REFRESH,
    onDone: ({ erased_after }) => {
      setAsking(false);
      toast.done("Deletion has begun", `Everything works as before until ${day(new Date(erased_after))}.`);
    },
    asker: ASKER,
  });
  return (
    <div className="flex flex-col items-start gap-3">
      <p className="max-w-xl text-muted">
        For thirty days everything works as before, and any admin can call it off. Then people, accounts and the texts of all jobs are erased for good,
        and the domain is free. Ledger and audit stay, and name nobody. Credits that are left are lost.
      </p>
      <ConfirmDialog
        trigger={<Button kind="danger">Delete organisation…</Button>}
        open={isAsking}
        onOpenChange={setAsking}
        title={`Delete ${isolated(organisation.name)}?`}
        action="Delete organisation"
        typed={organisation.name}
        onConfirm={() => run()}
        isRunning={isRunning}
      >
        <div className="flex flex-col gap-3">
          <p>In thirty days people, accounts and texts are erased, and nobody can bring them back. Until then any admin can call it off here.</p>
          {words && <FailureNote words={words} onRetry={() => run()} />}
        </div>
      </ConfirmDialog>
    </div>
  );
}

function Ending({ erasedAfter }: { erasedAfter: string }) {
  const toast = useToast();
  const { run, isRunning, words } = useChange({
    send: () => call(v1.keepOrganisation()),
    refresh: REFRESH,
    onDone: () => void toast.done("The organisation stays"),
    asker: ASKER,
  });
  return (
    <div className="flex flex-col items-start gap-3">
      <p className="rounded-md border border-warn-line bg-warn-soft px-3 py-2 text-warn">
        <strong className="font-semibold">Will be erased after {day(new Date(erasedAfter))}.</strong> Until then everything works as before, and any admin
        can call it off.
      </p>
      {words && <FailureNote words={words} onRetry={() => run()} />}
      <Button kind="primary" loading={isRunning} onClick={() => run()}>
        Keep the organisation
      </Button>
    </div>
  );
}
