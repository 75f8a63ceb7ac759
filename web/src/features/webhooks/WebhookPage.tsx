"use client";

import { Deliveries } from "@/features/webhooks/Deliveries";
import { DeleteWebhook } from "@/features/webhooks/DeleteWebhook";
import { EndpointCard } from "@/features/webhooks/EndpointCard";
import { HealthNote } from "@/features/webhooks/HealthNote";
import { SecretCard } from "@/features/webhooks/SecretCard";
import { Standing } from "@/features/webhooks/Standing";
import { TestButton } from "@/features/webhooks/TestButton";
import { NothingHere } from "@/features/shell/NothingHere";
import { useMe } from "@/hooks/me";
import { useWebhook, type Webhook } from "@/hooks/webhooks";
import { kindOf } from "@/lib/failure";
import { PageHeader } from "@/ui/PageHeader";
import { ReadingBody } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";

/** One endpoint: how it does, what is set, and everything that was sent to it. */
export function WebhookPage({ id }: { id: string }) {
  const reading = useWebhook(id);
  if (!reading.known && reading.failure && kindOf(reading.failure) === "missing") return <NothingHere />;
  return (
    <ReadingBody reading={reading} title="Webhook" asker={{ doing: "see webhooks" }} skeleton={<Shapes />}>
      {(webhook) => <Found webhook={webhook} />}
    </ReadingBody>
  );
}

function Found({ webhook }: { webhook: Webhook }) {
  const { slug } = useMe();
  const off = webhook.enabled ? undefined : "Enable the webhook first.";
  return (
    <>
      <PageHeader
        crumbs={[{ label: "Webhooks", href: `/${slug}/webhooks` }]}
        title={
          <span className="flex min-w-0 items-center gap-3">
            <span className="truncate">{hostOf(webhook.url)}</span>
            <Standing of={webhook} />
          </span>
        }
        note={webhook.description || "Told of this organisation's jobs"}
        actions={
          <>
            <DeleteWebhook webhook={webhook} />
            <TestButton id={webhook.id} disabledReason={off} />
          </>
        }
      />
      <HealthNote webhook={webhook} />
      <Deliveries webhookId={webhook.id} disabledReason={off} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <EndpointCard webhook={webhook} />
        <SecretCard webhook={webhook} />
      </div>
    </>
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function Shapes() {
  return (
    <div className="flex flex-col gap-5">
      <Skeleton className="h-9 w-64" />
      <Skeleton className="h-72" />
      <div className="grid gap-4 lg:grid-cols-2">
        <Skeleton className="h-56" />
        <Skeleton className="h-56" />
      </div>
    </div>
  );
}
