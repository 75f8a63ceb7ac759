"use client";

import { AdminOnly } from "@/features/shell/AdminOnly";
import { InvitationsPanel } from "@/features/team/InvitationsPanel";
import { InviteDialog } from "@/features/team/InviteDialog";
import { MembersPanel } from "@/features/team/MembersPanel";
import { WaitingPanel } from "@/features/team/WaitingPanel";
import { useMe } from "@/hooks/me";
import { PageHeader } from "@/ui/PageHeader";

/** Who is in, who waits to be let in, who was invited. */
export function Members() {
  const { isAdmin } = useMe();
  return (
    <>
      <PageHeader title="Members" note="Who is in your organisation, and how people come in" actions={isAdmin && <InviteDialog />} />
      <AdminOnly doing="manage members">
        <WaitingPanel />
        <MembersPanel />
        <InvitationsPanel />
      </AdminOnly>
    </>
  );
}
