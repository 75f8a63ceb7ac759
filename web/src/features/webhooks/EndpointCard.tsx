"use client";

import { useMemo } from "react";

import { WebhookForm } from "@/features/webhooks/WebhookForm";
import { useChangeWebhook, type WantedWebhook, type Webhook } from "@/hooks/webhooks";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Switch } from "@/ui/Choice";
import { useToast } from "@/ui/Toast";
import { useFailureToast } from "@/ui/useFailureToast";

/** What is set: where to, for what, and whether at all. */
export function EndpointCard({ webhook }: { webhook: Webhook }) {
  const toast = useToast();
  const { run, isRunning, words, fields } = useChangeWebhook(webhook.id, () => toast.done("Webhook changed"));
  const { url, description, events } = webhook;
  const initial = useMemo<WantedWebhook>(() => ({ url, description, events }), [url, description, events]);
  return (
    <Card title="Endpoint" actions={<EnabledSwitch webhook={webhook} />}>
      <WebhookForm initial={initial} onSend={run} words={words} fields={fields}>
        {(isChanged) => (
          <div>
            <Button type="submit" loading={isRunning} disabledReason={isChanged ? undefined : "Nothing is changed yet."}>
              Save
            </Button>
          </div>
        )}
      </WebhookForm>
    </Card>
  );
}

/** On or off, at once. While it is off, what happens is not sent later either. */
function EnabledSwitch({ webhook }: { webhook: Webhook }) {
  const { run, isRunning, words } = useChangeWebhook(webhook.id);
  useFailureToast(words);
  return <Switch label="Enabled" checked={webhook.enabled} disabled={isRunning} onChange={(enabled) => run({ enabled })} />;
}
