"use client";

import { Ellipsis, Users } from "lucide-react";
import { useState } from "react";

import { ACTIONS, actionsFor, nameOf } from "@/features/team/member-actions";
import { MemberDialog, type Wanted } from "@/features/team/MemberDialog";
import { useMe } from "@/hooks/me";
import { type Member, useMembers } from "@/hooks/team";
import { Badge } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { Empty } from "@/ui/Empty";
import { Menu, MenuItem } from "@/ui/Menu";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";

/** Everybody who is in, and what an admin may do with them. */
export function MembersPanel() {
  const { user } = useMe();
  const reading = useMembers("active");
  const [wanted, setWanted] = useState<Wanted | null>(null);
  return (
    <Panel
      title="Members"
      padded={false}
      reading={reading}
      asker={{ doing: "manage members" }}
      skeleton={<SkeletonRows rows={4} />}
      isEmpty={(rows) => rows.length === 0}
      empty={
        <Empty icon={<Users aria-hidden />} title="Nobody is in">
          Invite somebody, and they are listed here once they have accepted.
        </Empty>
      }
    >
      {(rows) => (
        <>
          <DataTable caption="Members" columns={columnsFor(user.id, setWanted)} rows={rows} keyOf={(member) => member.id} more={reading.more} />
          {wanted && <MemberDialog wanted={wanted} onClose={() => setWanted(null)} />}
        </>
      )}
    </Panel>
  );
}

function columnsFor(ownId: string, want: (wanted: Wanted) => void): readonly Column<Member>[] {
  return [
    { head: "Name", grows: true, cell: (member) => <Person member={member} isOwn={member.id === ownId} /> },
    { head: "Role", cell: ({ role }) => <Badge tone={role === "admin" ? "accent" : "neutral"}>{role === "admin" ? "Admin" : "Member"}</Badge> },
    { head: "Since", wideOnly: true, cell: (member) => <Time at={member.created_at} /> },
    { head: "Last sign-in", cell: (member) => (member.last_signed_in_at ? <Time at={member.last_signed_in_at} relative /> : "Never") },
    {
      head: "Actions",
      numeric: true,
      aside: true,
      cell: (member) => (
        <Menu
          trigger={
            <IconButton label={`Actions for ${nameOf(member)}`}>
              <Ellipsis aria-hidden />
            </IconButton>
          }
        >
          {actionsFor(member, ownId).map((action) => (
            <MenuItem key={action} danger={ACTIONS[action].danger} onSelect={() => want({ action, member })}>
              {ACTIONS[action].offer}
            </MenuItem>
          ))}
        </Menu>
      ),
    },
  ];
}

export function Person({ member, isOwn = false }: { member: Member; isOwn?: boolean }) {
  return (
    <span className="flex flex-col py-1">
      <span className="truncate font-medium">
        {nameOf(member)}
        {isOwn && <span className="font-normal text-muted"> (you)</span>}
      </span>
      {member.name && <span className="truncate text-sm font-normal text-muted">{member.email}</span>}
    </span>
  );
}
