"use client";

import { useState } from "react";

import { SecretShown } from "@/features/webhooks/SecretShown";
import { TestButton } from "@/features/webhooks/TestButton";
import { WebhookForm } from "@/features/webhooks/WebhookForm";
import { useMe } from "@/hooks/me";
import { useCreateWebhook, type WantedWebhook, type WebhookWithSecret } from "@/hooks/webhooks";
import { Button, ButtonLink } from "@/ui/Button";
import { Dialog, DialogActions, DialogClose } from "@/ui/Dialog";

const NEW: WantedWebhook = { url: "", description: "", events: ["job.completed", "job.failed"] };

/** Registers an address, then shows its secret. While it does, nothing but its buttons closes the dialog. */
export function CreateWebhook({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const [made, setMade] = useState<WebhookWithSecret | null>(null);
  const change = (next: boolean) => {
    onOpenChange(next);
    if (!next) setMade(null);
  };
  return (
    <Dialog
      title={made ? "The webhook's secret" : "New webhook"}
      open={open}
      onOpenChange={change}
      dismissible={made === null}
      {...(made && { className: "max-w-2xl" })}
    >
      {made ? <Made made={made} /> : <CreateForm onMade={setMade} />}
    </Dialog>
  );
}

function CreateForm({ onMade }: { onMade: (made: WebhookWithSecret) => void }) {
  const { run, isRunning, words, fields } = useCreateWebhook(onMade);
  return (
    <WebhookForm initial={NEW} onSend={run} words={words} fields={fields}>
      {() => (
        <DialogActions>
          <DialogClose render={<Button>Cancel</Button>} />
          <Button type="submit" kind="primary" loading={isRunning}>
            Create webhook
          </Button>
        </DialogActions>
      )}
    </WebhookForm>
  );
}

function Made({ made }: { made: WebhookWithSecret }) {
  const { slug } = useMe();
  return (
    <SecretShown secret={made.secret}>
      <DialogActions>
        <TestButton id={made.id} />
        <ButtonLink kind="primary" href={`/${slug}/webhooks/${made.id}`}>
          I have copied it
        </ButtonLink>
      </DialogActions>
    </SecretShown>
  );
}
