"use client";

import { ACTIONS, type MemberAction, nameOf, roleAfter } from "@/features/team/member-actions";
import { leaveForGood } from "@/features/sign-in/session";
import { auditKeys } from "@/hooks/audit";
import { useReadAnew } from "@/hooks/identity";
import { useMe } from "@/hooks/me";
import { organisationKeys } from "@/hooks/organisation";
import { type Member, teamKeys } from "@/hooks/team";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { isolated } from "@/lib/format";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { FailureNote } from "@/ui/FailureBlock";
import { useToast } from "@/ui/Toast";

/** What is to be done, and with whom. */
export interface Wanted {
  action: MemberAction;
  member: Member;
}

/** Asks, does it, and says why not: that the last admin stays is the API's to judge. */
export function MemberDialog({ wanted, onClose }: { wanted: Wanted; onClose: () => void }) {
  const { action, member } = wanted;
  const { user } = useMe();
  const toast = useToast();
  const readAnew = useReadAnew();
  const says = ACTIONS[action];
  const { run, isRunning, words } = useChange({
    send: async () => {
      const path = { user_id: member.id };
      const role = roleAfter(action);
      if (role) await call(v1.changeMember({ path, body: { role } }));
      else await call(v1.removeMember({ path }));
    },
    onDone: () => {
      onClose();
      if (action === "leave") return void leaveForGood();
      toast.done(says.done(isolated(nameOf(member))));
      if (member.id === user.id) void readAnew();
    },
    refresh: action === "leave" ? [] : [teamKeys.all, organisationKeys.all, auditKeys.all],
    asker: { doing: "manage members" },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={says.title(isolated(nameOf(member)))}
      action={says.action}
      danger={says.danger}
      onConfirm={() => run()}
      isRunning={isRunning}
    >
      <div className="flex flex-col gap-3">
        <p>{says.meaning}</p>
        {words && <FailureNote words={words} onRetry={() => run()} />}
      </div>
    </ConfirmDialog>
  );
}
