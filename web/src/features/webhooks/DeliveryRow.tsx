"use client";

import { ChevronRight } from "lucide-react";
import { useId, useState } from "react";

import { DeliveryDetails } from "@/features/webhooks/DeliveryDetails";
import { NextTry } from "@/features/webhooks/NextTry";
import type { Delivery } from "@/hooks/webhooks";
import { wordsForAttempt } from "@/lib/failures-deliveries";
import { utc } from "@/lib/format";
import { Status } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Time } from "@/ui/Time";

interface DeliveryRowProps {
  delivery: Delivery;
  isReplaying: boolean;
  onReplay: () => void;
  /** Why nothing can be replayed at all. */
  disabledReason: string | undefined;
}

/** An event and how its sending stands; opened, its attempts and its body. */
export function DeliveryRow({ delivery, isReplaying, onReplay, disabledReason }: DeliveryRowProps) {
  const [isOpen, setOpen] = useState(false);
  const detailsId = useId();
  const last = delivery.attempts.at(-1);
  const underWay = delivery.status === "pending" ? "Still on its way." : undefined;
  const when = utc(new Date(delivery.created_at));
  return (
    <li className="border-t border-line">
      <div className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={detailsId}
          onClick={() => setOpen(!isOpen)}
          className="flex min-w-0 flex-1 basis-60 flex-wrap items-center gap-x-3 gap-y-1 rounded-sm text-left"
        >
          <ChevronRight aria-hidden className={`size-4 shrink-0 text-muted transition-transform ${isOpen ? "rotate-90" : ""}`} />
          <span className="font-mono text-sm">{delivery.type}</span>
          <Status of={delivery.status} />
          <span className="text-sm text-muted">{last && wordsForAttempt(last).short}</span>
        </button>
        <span className="text-sm text-muted">
          {delivery.next_attempt_at ? <NextTry at={delivery.next_attempt_at} attempt={delivery.attempts.length + 1} /> : <Time at={delivery.created_at} />}
        </span>
        <Button size="sm" aria-label={`Replay ${delivery.type} of ${when}`} loading={isReplaying} disabledReason={underWay ?? disabledReason} onClick={onReplay}>
          Replay
        </Button>
      </div>
      <div id={detailsId} hidden={!isOpen}>
        {isOpen && <DeliveryDetails delivery={delivery} />}
      </div>
    </li>
  );
}
