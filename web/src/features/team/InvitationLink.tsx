"use client";

import type { Invitation } from "@/hooks/team";
import { isolated } from "@/lib/format";
import { Button } from "@/ui/Button";
import { DialogActions } from "@/ui/Dialog";
import { SecretOnce } from "@/ui/SecretOnce";

/** What became of the mail with the link. */
export const MAIL: Readonly<Record<Invitation["mail"], string>> = {
  off: "Not mailed",
  sending: "Being mailed",
  sent: "Mailed",
  failed: "Mail failed",
};

interface LinkProps {
  made: Invitation & { link: string };
  onClose: () => void;
}

/** A new link, this once. */
export function InvitationLink({ made, onClose }: LinkProps) {
  const isMailed = made.mail === "sending" || made.mail === "sent";
  return (
    <>
      <SecretOnce
        name="invitation link"
        value={made.link}
        note={
          <>
            It lets in whoever signs in as <bdi className="font-semibold break-all">{made.email}</bdi>, once, within seven days.
          </>
        }
      />
      <p className="text-sm text-muted">
        {isMailed ? `It is mailed to ${isolated(made.email)} as well.` : "This platform sends no mail: pass the link on yourself."}
      </p>
      <DialogActions>
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </>
  );
}
