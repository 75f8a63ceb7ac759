"use client";

import { ReceiptText } from "lucide-react";
import Link from "next/link";

import { entryName } from "@/features/jobs/job-words";
import { useTransactions } from "@/hooks/credits";
import { useMe } from "@/hooks/me";
import { Badge, type Tone } from "@/ui/Badge";
import { type Column, DataTable } from "@/ui/DataTable";
import { Empty } from "@/ui/Empty";
import { Credits } from "@/ui/Figures";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";

type Entry = NonNullable<ReturnType<typeof useTransactions>["known"]>["value"][number];

const KINDS: Readonly<Record<Entry["type"], { says: string; tone: Tone }>> = {
  grant: { says: "Grant", tone: "good" },
  purchase: { says: "Purchase", tone: "good" },
  deduction: { says: "Spent", tone: "neutral" },
  refund: { says: "Refund", tone: "accent" },
  clawback: { says: "Taken back", tone: "bad" },
  adjustment: { says: "Adjustment", tone: "warn" },
};

function columnsOf(slug: string): readonly Column<Entry>[] {
  return [
    { head: "Reason", grows: true, cell: (entry) => <Reason entry={entry} slug={slug} /> },
    { head: "Kind", cell: ({ type }) => <Badge tone={KINDS[type].tone}>{KINDS[type].says}</Badge> },
    { head: "When", cell: (entry) => <Time at={entry.created_at} /> },
    { head: "Entry", numeric: true, wideOnly: true, cell: (entry) => <span className="text-muted">{entry.seq}</span> },
    { head: "Credits", numeric: true, aside: true, cell: (entry) => <Credits amount={entry.amount} change /> },
    { head: "Balance", numeric: true, cell: (entry) => <Credits amount={entry.balance_after} /> },
  ];
}

/** Every entry of the ledger, with the balance that it left. Nothing in it is ever changed. */
export function LedgerPanel() {
  const { slug } = useMe();
  const reading = useTransactions(20);
  return (
    <Panel
      title="Ledger"
      note="Every credit that came or went, newest first. Entries are only ever added."
      padded={false}
      reading={reading}
      skeleton={<SkeletonRows rows={10} />}
      isEmpty={(rows) => rows.length === 0}
      empty={
        <Empty icon={<ReceiptText aria-hidden />} title="No entries yet">
          What is given, bought, spent and refunded is entered here, with the reason and the balance after it.
        </Empty>
      }
    >
      {(rows) => <DataTable caption="Ledger" columns={columnsOf(slug)} rows={rows} keyOf={(entry) => entry.id} more={reading.more} />}
    </Panel>
  );
}

function Reason({ entry, slug }: { entry: Entry; slug: string }) {
  const name = <span dir="auto">{entryName(entry)}</span>;
  if (!entry.job_id) return name;
  return (
    <Link
      href={`/${slug}/jobs/${entry.job_id}`}
      prefetch={false}
      className="rounded-sm underline decoration-line underline-offset-4 hover:decoration-current"
    >
      {name}
    </Link>
  );
}
