"use client";

import { ReceiptText } from "lucide-react";

import { entryName } from "@/features/jobs/job-words";
import { useTransactions } from "@/hooks/credits";
import { useMe } from "@/hooks/me";
import { ButtonLink } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { Empty } from "@/ui/Empty";
import { Credits } from "@/ui/Figures";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";

type Entry = NonNullable<ReturnType<typeof useTransactions>["known"]>["value"][number];

const COLUMNS: readonly Column<Entry>[] = [
  { head: "What", grows: true, cell: (entry) => <span dir="auto">{entryName(entry)}</span> },
  { head: "When", cell: (entry) => <Time at={entry.created_at} /> },
  { head: "Credits", numeric: true, aside: true, cell: (entry) => <Credits amount={entry.amount} change /> },
  { head: "Balance", numeric: true, cell: (entry) => <Credits amount={entry.balance_after} /> },
];

/** The last ten entries of the ledger. */
export function TransactionsPanel() {
  const { slug } = useMe();
  return (
    <Panel
      title="Last transactions"
      padded={false}
      reading={useTransactions(10)}
      actions={
        <ButtonLink kind="quiet" size="sm" href={`/${slug}/billing`} aria-label="All transactions">
          All
        </ButtonLink>
      }
      skeleton={<SkeletonRows rows={10} />}
      isEmpty={(rows) => rows.length === 0}
      empty={
        <Empty icon={<ReceiptText aria-hidden />} title="No transactions yet">
          Every credit that comes or goes is entered here, with the reason and the balance after it.
        </Empty>
      }
    >
      {(rows) => <DataTable caption="Last transactions" columns={COLUMNS} rows={rows.slice(0, 10)} keyOf={(entry) => entry.id} />}
    </Panel>
  );
}
