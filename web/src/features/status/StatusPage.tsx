"use client";

import { CircleAlert, CircleCheck, RefreshCw, TriangleAlert } from "lucide-react";

import { useHealth } from "@/hooks/health";
import { type PartState, partsOf, type Seen, summaryOf } from "@/lib/failures-platform";
import { clock } from "@/lib/format";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { cn } from "@/ui/cn";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton, SkeletonRows } from "@/ui/Skeleton";

const STATES: Readonly<Record<PartState, { tone: Tone; says: string }>> = {
  ok: { tone: "good", says: "Works" },
  unavailable: { tone: "bad", says: "Unavailable" },
  unknown: { tone: "neutral", says: "Unknown" },
};

const LOOK = {
  good: { icon: CircleCheck, className: "border-line bg-good-soft text-good" },
  warn: { icon: TriangleAlert, className: "border-warn-line bg-warn-soft text-warn" },
  bad: { icon: CircleAlert, className: "border-bad-line bg-bad-soft text-bad" },
} as const;

/** How the platform is now, part by part. A failed reading is an answer too: the API is away. */
export function StatusPage() {
  const { known, failure, failedAt, isLoading, isAsking, retry } = useHealth();
  const checkedAt = failure ? failedAt : known?.asOf;
  const seen = known && !failure ? { health: known.value } : failure?.status === 0 ? "no_server" : "no_api";
  return (
    <>
      <PageHeader
        title="Status"
        note={checkedAt ? `Last checked ${clock(checkedAt)}, every 10 seconds` : "Asking the API how it is"}
        actions={
          <Button loading={isAsking && !isLoading} onClick={retry}>
            <RefreshCw aria-hidden />
            Check now
          </Button>
        }
      />
      {isLoading ? <Loading /> : <Known seen={seen} />}
    </>
  );
}

function Known({ seen }: { seen: Seen }) {
  const { tone, title, detail } = summaryOf(seen);
  const { icon: Icon, className } = LOOK[tone];
  return (
    <>
      <div role="status" className={cn("flex items-start gap-3 rounded-lg border px-4 py-3", className)}>
        <Icon aria-hidden className="mt-0.5 size-5 shrink-0" />
        <div>
          <p className="text-lg font-semibold">{title}</p>
          <p className="text-ink">{detail}</p>
        </div>
      </div>
      <Card title="Parts" padded={false}>
        <ul>
          {partsOf(seen).map((part) => (
            <li key={part.name} className="flex items-start justify-between gap-4 border-t border-line px-4 py-3">
              <div>
                <p className="font-medium">{part.name}</p>
                <p className="text-sm text-muted">{part.detail}</p>
              </div>
              <Badge tone={STATES[part.state].tone}>{STATES[part.state].says}</Badge>
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}

function Loading() {
  return (
    <div role="status">
      <span className="sr-only">Loading: status</span>
      <div aria-hidden className="flex flex-col gap-5">
        <Skeleton className="h-18" />
        <Card title="Parts" padded={false}>
          <SkeletonRows rows={4} />
        </Card>
      </div>
    </div>
  );
}
