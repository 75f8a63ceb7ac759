"use client";

import { KeyActions } from "@/features/api-keys/KeyActions";
import { holds, STANDINGS, standingOf } from "@/features/api-keys/standing";
import type { ApiKey } from "@/hooks/api-keys";
import type { More } from "@/hooks/more";
import { type Person, usePeople } from "@/hooks/people";
import { useNow } from "@/lib/clock";
import { Badge } from "@/ui/Badge";
import { type Column, DataTable } from "@/ui/DataTable";
import { Time } from "@/ui/Time";

/** The keys: which, how they stand, whose, and when they were used. */
export function KeyTable({ keys, api, more }: { keys: readonly ApiKey[]; api: string; more: More }) {
  const personOf = usePeople();
  const now = useNow(60_000);
  return <DataTable caption="API keys" columns={columnsOf(personOf, now, api)} rows={keys} keyOf={(key) => key.id} more={more} />;
}

function columnsOf(personOf: (id: string) => Person | undefined, now: Date, api: string): readonly Column<ApiKey>[] {
  const of = (key: ApiKey) => standingOf(key, personOf(key.user_id), now);
  return [
    {
      head: "Key",
      grows: true,
      cell: (key) => (
        <div className="py-2">
          <p className="truncate font-medium">{key.name}</p>
          <p className="truncate font-mono text-xs text-muted">{key.prefix}…</p>
        </div>
      ),
    },
    { head: "State", cell: (key) => <State of={key} standing={of(key)} now={now} /> },
    { head: "May", cell: (key) => <span className="whitespace-nowrap text-muted">{key.scopes.join(", ")}</span> },
    {
      head: "Made",
      cell: (key) => (
        <div>
          <Time at={key.created_at} />
          <p className="max-w-36 truncate text-sm text-muted">{personOf(key.user_id)?.name ?? "—"}</p>
        </div>
      ),
    },
    { head: "Last used", cell: (key) => (key.last_used_at ? <Time at={key.last_used_at} relative /> : <span className="text-muted">Never</span>) },
    { head: "Expires", cell: (key) => (key.expires_at ? <Time at={key.expires_at} relative /> : <span className="text-muted">Never</span>) },
    { head: "Actions", numeric: true, aside: true, cell: (key) => <KeyActions of={key} api={api} canRotate={holds(of(key)) || of(key) === "orphaned"} /> },
  ];
}

function State({ of, standing, now }: { of: ApiKey; standing: keyof typeof STANDINGS; now: Date }) {
  const { tone, says } = STANDINGS[standing];
  const overlaps = of.previous_until !== null && Date.parse(of.previous_until) > now.getTime();
  return (
    <div>
      <Badge tone={tone}>{says}</Badge>
      {overlaps && of.previous_until && (
        <p className="text-xs whitespace-nowrap text-muted">
          old value ends <Time at={of.previous_until} relative />
        </p>
      )}
    </div>
  );
}
