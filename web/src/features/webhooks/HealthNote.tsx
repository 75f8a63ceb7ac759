"use client";

import { CircleAlert, TriangleAlert } from "lucide-react";

import { useChangeWebhook, type Webhook } from "@/hooks/webhooks";
import { wordsForDisabled } from "@/lib/failures-deliveries";
import { count } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Time } from "@/ui/Time";
import { useToast } from "@/ui/Toast";
import { useFailureToast } from "@/ui/useFailureToast";

/** Said above everything else: that nothing is sent, and why; or that it has been failing. */
export function HealthNote({ webhook }: { webhook: Webhook }) {
  if (!webhook.enabled) return <Disabled webhook={webhook} />;
  if (!webhook.failing_since) return null;
  return (
    <div role="status" className="flex items-start gap-3 rounded-lg border border-warn-line bg-warn-soft px-4 py-3">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
      <div>
        <p className="font-medium text-warn">
          Failing since <Time at={webhook.failing_since} />
        </p>
        <p className="text-sm">
          {webhook.failed_events > 0 && `${count(webhook.failed_events, "event")} in a row could not be delivered. `}
          It is disabled after three days without a success, or 100 events in a row (10 if it has never answered 2xx).
        </p>
      </div>
    </div>
  );
}

function Disabled({ webhook }: { webhook: Webhook }) {
  const toast = useToast();
  const { run, isRunning, words } = useChangeWebhook(webhook.id, () => toast.done("Webhook enabled"));
  useFailureToast(words);
  const { title, detail } = wordsForDisabled(webhook.disabled_reason);
  const isOurs = webhook.disabled_reason !== "switched_off";
  return (
    <div
      role={isOurs ? "alert" : "status"}
      className={`flex flex-wrap items-center justify-between gap-3 rounded-lg border px-4 py-3 ${isOurs ? "border-bad-line bg-bad-soft" : "border-line bg-surface"}`}
    >
      <div className="flex min-w-0 flex-1 basis-64 items-start gap-3">
        <CircleAlert aria-hidden className={`mt-0.5 size-4 shrink-0 ${isOurs ? "text-bad" : "text-muted"}`} />
        <div>
          <p className={`font-medium ${isOurs ? "text-bad" : ""}`}>{title}</p>
          <p className="text-sm">{detail}</p>
          {webhook.disabled_at && (
            <p className="text-sm text-muted">
              Since <Time at={webhook.disabled_at} />
            </p>
          )}
        </div>
      </div>
      <Button loading={isRunning} onClick={() => run({ enabled: true })}>
        Enable
      </Button>
    </div>
  );
}
