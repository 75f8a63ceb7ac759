"use client";

import { useRateLimit } from "@/hooks/rate-limit";
import { count } from "@/lib/format";
import { Card } from "@/ui/Card";
import { Meter } from "@/ui/Meter";

/** How many requests the whole organisation has left, as the last answer said. */
export function RateLimitPanel() {
  const limit = useRateLimit();
  return (
    <Card title="Rate limit" className="flex-1">
      {limit ? (
        <>
          <Meter
            label="Requests left"
            value={limit.remaining}
            max={Math.max(1, limit.quota)}
            says={`${count(limit.remaining)} of ${count(limit.quota)}`}
            tone={limit.remaining === 0 ? "bad" : limit.remaining < limit.quota / 10 ? "warn" : "accent"}
          />
          <p className="figures mt-2 text-sm text-muted">
            In any {count(Math.round(limit.windowSeconds / 60), "minute")}, shared by all people, keys and programs of your organisation.
          </p>
        </>
      ) : (
        <p className="text-sm text-muted">Shown as soon as an answer of the API tells it.</p>
      )}
    </Card>
  );
}
