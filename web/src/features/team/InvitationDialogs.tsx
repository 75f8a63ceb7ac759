"use client";

import { InvitationLink } from "@/features/team/InvitationLink";
import { auditKeys } from "@/hooks/audit";
import { type Invitation, teamKeys } from "@/hooks/team";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { isolated } from "@/lib/format";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Dialog, DialogActions, DialogClose } from "@/ui/Dialog";
import { FailureNote } from "@/ui/FailureBlock";
import { useToast } from "@/ui/Toast";

interface DialogProps {
  invitation: Invitation;
  onClose: () => void;
}

/** A new link for an invitation, with its full time; the old one is dead. */
export function ResendDialog({ invitation, onClose }: DialogProps) {
  const { run, isRunning, words, answer } = useChange({
    send: (_: void, key) => call(v1.resendInvitation({ path: { invitation_id: invitation.id }, headers: { "Idempotency-Key": key } })),
    refresh: [teamKeys.invitations, auditKeys.all],
    asker: { doing: "invite people" },
  });
  return (
    <Dialog
      title={answer ? "New link" : `A new link for ${isolated(invitation.email)}?`}
      description={answer ? undefined : "It is good for seven days again. The link that was made before is dead at once."}
      open
      onOpenChange={(open) => !open && onClose()}
      dismissible={!answer}
    >
      {answer ? (
        <InvitationLink made={answer} onClose={onClose} />
      ) : (
        <>
          {words && <FailureNote words={words} />}
          <DialogActions>
            <DialogClose render={<Button>Cancel</Button>} />
            <Button kind="primary" loading={isRunning} onClick={() => run()}>
              Make new link
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  );
}

/** Take an invitation back. */
export function RevokeDialog({ invitation, onClose }: DialogProps) {
  const toast = useToast();
  const { run, isRunning, words } = useChange({
    send: () => call(v1.revokeInvitation({ path: { invitation_id: invitation.id } })),
    refresh: [teamKeys.invitations, auditKeys.all],
    onDone: () => {
      onClose();
      toast.done(`The invitation of ${isolated(invitation.email)} is revoked`);
    },
    asker: { doing: "revoke invitations" },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Revoke the invitation of ${isolated(invitation.email)}?`}
      action="Revoke invitation"
      onConfirm={() => run()}
      isRunning={isRunning}
    >
      <div className="flex flex-col gap-3">
        <p>Its link is dead at once. You can invite the same address again.</p>
        {words && <FailureNote words={words} />}
      </div>
    </ConfirmDialog>
  );
}
