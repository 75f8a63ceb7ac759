"use client";

import { useState } from "react";

import { SIGNATURE_CHECK } from "@/features/webhooks/samples";
import { SecretShown } from "@/features/webhooks/SecretShown";
import { useRotateSecret, type Webhook } from "@/hooks/webhooks";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { CodeSample } from "@/ui/CodeSample";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { FailureNote } from "@/ui/FailureBlock";
import { Time } from "@/ui/Time";

const OVERLAP = "For 24 hours both the new and the old secret sign every request; after that the old one is worth nothing.";

/** The secret that signs what is sent: nobody can look it up, but it can be replaced. */
export function SecretCard({ webhook }: { webhook: Webhook }) {
  const [isAsking, setAsking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const { run, isRunning, words } = useRotateSecret(webhook.id, (made) => {
    setAsking(false);
    setSecret(made.secret);
  });
  return (
    <Card
      title="Secret"
      note="Signs every request. It was shown when it was made."
      actions={
        <Button size="sm" onClick={() => setAsking(true)}>
          Rotate secret
        </Button>
      }
    >
      {webhook.previous_secret_until && (
        <p className="mb-3 text-sm">
          The secret before this one signs as well until <Time at={webhook.previous_secret_until} />.
        </p>
      )}
      <CodeSample label="Signature check" samples={SIGNATURE_CHECK} />
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title="Rotate the secret?"
        action="Rotate secret"
        danger={false}
        onConfirm={() => run()}
        isRunning={isRunning}
      >
        <p>{OVERLAP}</p>
        {webhook.previous_secret_until && <p className="mt-2">The secret before this one still signs: rotating now ends it at once.</p>}
        {words && (
          <div className="mt-3">
            <FailureNote words={words} />
          </div>
        )}
      </ConfirmDialog>
      <Dialog
        title="The new secret"
        open={secret !== null}
        onOpenChange={(open) => !open && setSecret(null)}
        dismissible={false}
        className="max-w-2xl"
      >
        <SecretShown secret={secret ?? ""} note={OVERLAP}>
          <DialogActions>
            <Button kind="primary" onClick={() => setSecret(null)}>
              I have copied it
            </Button>
          </DialogActions>
        </SecretShown>
      </Dialog>
    </Card>
  );
}
