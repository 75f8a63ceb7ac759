"use client";

import { Ellipsis, Mail } from "lucide-react";
import { useState } from "react";

import { MAIL } from "@/features/team/InvitationLink";
import { ResendDialog, RevokeDialog } from "@/features/team/InvitationDialogs";
import { type Invitation, useInvitations } from "@/hooks/team";
import { Badge, Status } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { cn } from "@/ui/cn";
import { type Column, DataTable } from "@/ui/DataTable";
import { Empty } from "@/ui/Empty";
import { Menu, MenuItem } from "@/ui/Menu";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";

type Wanted = { what: "resend" | "revoke"; invitation: Invitation } | null;

/** Every invitation and where it stands. */
export function InvitationsPanel() {
  const reading = useInvitations();
  const [wanted, setWanted] = useState<Wanted>(null);
  const close = () => setWanted(null);
  return (
    <Panel
      title="Invitations"
      padded={false}
      reading={reading}
      asker={{ doing: "see invitations" }}
      skeleton={<SkeletonRows rows={3} />}
      isEmpty={(rows) => rows.length === 0}
      empty={
        <Empty icon={<Mail aria-hidden />} title="Nobody was invited yet">
          An invitation is a link that lets one address in, whatever the join policy says. Those that you make are listed here.
        </Empty>
      }
    >
      {(rows) => (
        <>
          <DataTable caption="Invitations" columns={columnsFor(setWanted)} rows={rows} keyOf={(one) => one.id} more={reading.more} />
          {wanted?.what === "resend" && <ResendDialog invitation={wanted.invitation} onClose={close} />}
          {wanted?.what === "revoke" && <RevokeDialog invitation={wanted.invitation} onClose={close} />}
        </>
      )}
    </Panel>
  );
}

function columnsFor(want: (wanted: Wanted) => void): readonly Column<Invitation>[] {
  return [
    { head: "Address", grows: true, cell: ({ email }) => email },
    { head: "Role", cell: ({ role }) => <Badge tone={role === "admin" ? "accent" : "neutral"}>{role === "admin" ? "Admin" : "Member"}</Badge> },
    { head: "Status", cell: ({ status }) => <Status of={status} /> },
    { head: "Mail", wideOnly: true, cell: ({ mail }) => <span className={cn("whitespace-nowrap", mail === "failed" ? "text-warn" : "text-muted")}>{MAIL[mail]}</span> },
    { head: "Time", cell: (invitation) => <When invitation={invitation} /> },
    {
      head: "Actions",
      numeric: true,
      aside: true,
      cell: (invitation) =>
        invitation.status === "accepted" || invitation.status === "revoked" ? (
          <span className="sr-only">None</span>
        ) : (
          <Menu
            trigger={
              <IconButton label={`Actions for the invitation of ${invitation.email}`}>
                <Ellipsis aria-hidden />
              </IconButton>
            }
          >
            <MenuItem onSelect={() => want({ what: "resend", invitation })}>New link…</MenuItem>
            <MenuItem danger onSelect={() => want({ what: "revoke", invitation })}>
              Revoke…
            </MenuItem>
          </Menu>
        ),
    },
  ];
}

function When({ invitation: { status, accepted_at, expires_at, created_at } }: { invitation: Invitation }) {
  if (status === "accepted" && accepted_at) return <Time at={accepted_at} relative />;
  if (status === "revoked")
    return (
      <span className="whitespace-nowrap">
        Made <Time at={created_at} relative />
      </span>
    );
  return (
    <span className="whitespace-nowrap">
      {status === "open" ? "Ends" : "Ended"} <Time at={expires_at} relative />
    </span>
  );
}
