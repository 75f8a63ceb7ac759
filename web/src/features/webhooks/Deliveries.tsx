"use client";

import { Send } from "lucide-react";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";

import { DeliveryRow } from "@/features/webhooks/DeliveryRow";
import { ReplayFailed } from "@/features/webhooks/ReplayFailed";
import { type Delivery, DELIVERY_STATUSES, useDeliveries, useReplay } from "@/hooks/webhooks";
import { Button } from "@/ui/Button";
import { LoadMore } from "@/ui/DataTable";
import { Empty } from "@/ui/Empty";
import { Panel } from "@/ui/Panel";
import { Select } from "@/ui/Select";
import { SkeletonRows } from "@/ui/Skeleton";
import { useFailureToast } from "@/ui/useFailureToast";

const FILTERS = [
  { value: "all", label: "All" },
  { value: "pending", label: "Pending" },
  { value: "delivered", label: "Delivered" },
  { value: "dead", label: "Gave up" },
] as const;

const SAYS = { pending: "on its way", delivered: "delivered", dead: "could not be delivered" } as const;

/** Everything that was and is to be sent, newest first, with its attempts; and sending it once more. */
export function Deliveries({ webhookId, disabledReason }: { webhookId: string; disabledReason: string | undefined }) {
  const [status, setStatus] = useQueryState("status", parseAsStringLiteral(DELIVERY_STATUSES));
  const [replayed, setReplayed] = useState<string | null>(null);
  const reading = useDeliveries(webhookId, status);
  const { run, isRunning, words, input } = useReplay(webhookId, ({ id }) => setReplayed(id));
  useFailureToast(words);
  return (
    <Panel
      title="Deliveries"
      note="Tried at once, then 5, 25 and 125 seconds after the try before. Kept for 30 days."
      padded={false}
      reading={reading}
      actions={
        <>
          <Select label="Show deliveries" className="w-32" options={FILTERS} value={status ?? "all"} onChange={(next) => void setStatus(next === "all" ? null : next)} />
          <ReplayFailed webhookId={webhookId} disabledReason={disabledReason} />
        </>
      }
      skeleton={<SkeletonRows rows={4} />}
      isEmpty={(rows) => rows.length === 0}
      empty={
        status ? (
          <Empty title="None match" action={<Button onClick={() => void setStatus(null)}>Show all</Button>}>
            There are no deliveries that stand so.
          </Empty>
        ) : (
          <Empty icon={<Send aria-hidden />} title="Nothing was sent yet">
            The next job that ends is told here. Send a test to try your receiver now.
          </Empty>
        )
      }
    >
      {(rows) => (
        <>
          <p role="status" className="sr-only">
            {said(rows.find(({ id }) => id === replayed))}
          </p>
          <ul aria-label="Deliveries">
            {rows.map((delivery) => (
              <DeliveryRow
                key={delivery.id}
                delivery={delivery}
                isReplaying={isRunning && input === delivery.id}
                onReplay={() => run(delivery.id)}
                disabledReason={disabledReason}
              />
            ))}
          </ul>
          <LoadMore more={reading.more} shown={rows.length} />
        </>
      )}
    </Panel>
  );
}

/** How it goes with what was replayed, for who does not see the row. */
function said(replayed: Delivery | undefined): string {
  return replayed ? `Replayed: ${replayed.type} is ${SAYS[replayed.status]}.` : "";
}
