"use client";

import { useCredits } from "@/hooks/credits";
import { useRateLimit } from "@/hooks/rate-limit";
import { wordsFor } from "@/lib/failures";
import { count } from "@/lib/format";
import { Card } from "@/ui/Card";
import { StaleLine } from "@/ui/FailureBlock";
import { Meter } from "@/ui/Meter";

/** How many requests there are left, as the last answer said: it is as old as the balance, which is read all the time. */
export function RateLimitPanel() {
  const limit = useRateLimit();
  const { failure } = useCredits();
  return (
    <Card title="Rate limit" className="flex-1">
      {limit ? (
        <>
          {failure && <StaleLine words={{ ...wordsFor(failure), retry: "poll" }} asOf={limit.at} />}
          <Meter
            label="Requests left"
            value={limit.remaining}
            max={Math.max(1, limit.quota)}
            says={`${count(limit.remaining)} of ${count(limit.quota)}`}
            tone={limit.remaining === 0 ? "bad" : limit.remaining < limit.quota / 10 ? "warn" : "accent"}
          />
          <p className="figures mt-2 text-sm text-muted">
            In any {count(Math.round(limit.windowSeconds / 60), "minute")},{" "}
            {limit.isShared ? "shared by all people, keys and programs of your organisation." : "for you in this application. API keys have requests of their own."}
          </p>
        </>
      ) : (
        <p className="text-sm text-muted">Loading…</p>
      )}
    </Card>
  );
}
