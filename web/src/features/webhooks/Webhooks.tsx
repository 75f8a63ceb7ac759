"use client";

import { Plus, Webhook as WebhookIcon } from "lucide-react";
import { useState } from "react";

import { CreateWebhook } from "@/features/webhooks/CreateWebhook";
import { SIGNATURE_CHECK } from "@/features/webhooks/samples";
import { Standing } from "@/features/webhooks/Standing";
import { useMe } from "@/hooks/me";
import { useWebhooks, type Webhook } from "@/hooks/webhooks";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { CodeSample } from "@/ui/CodeSample";
import { type Column, DataTable } from "@/ui/DataTable";
import { Empty } from "@/ui/Empty";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";

const COLUMNS: readonly Column<Webhook>[] = [
  { head: "URL", grows: true, cell: (webhook) => <span title={webhook.url}>{webhook.url}</span> },
  { head: "For", wideOnly: true, cell: (webhook) => <span className="block max-w-48 truncate text-muted">{webhook.description || "—"}</span> },
  { head: "Events", cell: (webhook) => <span className="font-mono text-xs whitespace-nowrap">{webhook.events.join(" ")}</span> },
  { head: "State", aside: true, cell: (webhook) => <Standing of={webhook} /> },
  { head: "Created", cell: (webhook) => <Time at={webhook.created_at} /> },
];

/** Who is told of the organisation's jobs. */
export function Webhooks() {
  const { slug, isAdmin } = useMe();
  const [isMaking, setMaking] = useState(false);
  const reading = useWebhooks();
  const make = (
    <Button kind="primary" onClick={() => setMaking(true)}>
      <Plus aria-hidden />
      New webhook
    </Button>
  );
  const hasSome = (reading.known?.value.length ?? 0) > 0;
  return (
    <>
      <PageHeader title="Webhooks" note="Your servers are told of every job that ends" actions={isAdmin && hasSome && make} />
      <Panel
        title="Endpoints"
        note="At most 10, each with a secret of its own."
        padded={false}
        reading={reading}
        asker={{ doing: "see and make webhooks" }}
        skeleton={<SkeletonRows rows={3} />}
        isEmpty={(rows) => rows.length === 0}
        empty={
          <Empty icon={<WebhookIcon aria-hidden />} title="No webhooks yet" action={make}>
            Register an address of a server of yours, and it is sent a signed request whenever a job completes or fails.
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            caption="Webhooks"
            columns={COLUMNS}
            rows={rows}
            keyOf={(webhook) => webhook.id}
            hrefOf={(webhook) => `/${slug}/webhooks/${webhook.id}`}
            more={reading.more}
          />
        )}
      </Panel>
      {isAdmin && (
        <Card title="Know that it was us" note="Check the signature over the raw body before anything parses it. Standard Webhooks' and Stripe's libraries work as well.">
          <CodeSample label="Signature check" samples={SIGNATURE_CHECK} />
        </Card>
      )}
      <CreateWebhook open={isMaking} onOpenChange={setMaking} />
    </>
  );
}
