"use client";

import { ChartColumn, Download } from "lucide-react";
import dynamic from "next/dynamic";
import { parseAsNumberLiteral, useQueryState } from "nuqs";

import type { UsageDay } from "@/features/dashboard/SpendChart";
import { csvName, csvOf, saveText } from "@/features/usage/csv";
import { useUsage } from "@/hooks/credits";
import { useMe } from "@/hooks/me";
import { count } from "@/lib/format";
import { Button, ButtonLink } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { cn } from "@/ui/cn";
import { Empty } from "@/ui/Empty";
import { Figure } from "@/ui/Figures";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";

const RANGES = [7, 30, 90] as const;
const CHART_HEIGHT = "h-72";

/** The chart's library is fetched after the page is there. */
const SpendChart = dynamic(() => import("@/features/dashboard/SpendChart").then((module) => module.SpendChart), {
  ssr: false,
  loading: () => <Skeleton className={CHART_HEIGHT} />,
});

/** What each day cost. */
export function Usage() {
  const [range, setRange] = useQueryState("days", parseAsNumberLiteral(RANGES).withDefault(7));
  const reading = useUsage(range);
  const days = reading.known?.value;
  return (
    <>
      <PageHeader
        title="Usage"
        note="Credits spent by day. A day begins and ends at midnight UTC."
        actions={
          <>
            <RangePicker range={range} onChange={(days) => void setRange(days)} />
            <DownloadButton days={days} />
          </>
        }
      />
      {(days || reading.isLoading) && <Card>{days ? <Totals days={days} /> : <Skeleton className="h-16" />}</Card>}
      <Panel
        title="Credits spent"
        note={`Last ${range} days, less what was refunded. Today is not over.`}
        reading={reading}
        skeleton={<Skeleton className={CHART_HEIGHT} />}
        isEmpty={(known) => known.every((day) => day.spent === 0 && day.refunded === 0)}
        empty={<NothingSpent range={range} />}
      >
        {(known) => (
          <div className={CHART_HEIGHT}>
            <SpendChart days={known} todayIsLast />
          </div>
        )}
      </Panel>
    </>
  );
}

function RangePicker({ range, onChange }: { range: number; onChange: (days: (typeof RANGES)[number]) => void }) {
  return (
    <div role="group" aria-label="Range" className="flex rounded-md border border-edge/60 bg-surface p-0.5">
      {RANGES.map((days) => (
        <button
          key={days}
          type="button"
          aria-pressed={days === range}
          onClick={() => onChange(days)}
          className={cn("h-8 rounded-sm px-3", days === range ? "bg-accent-soft font-medium text-accent" : "text-muted hover:text-ink")}
        >
          {days} days
        </button>
      ))}
    </div>
  );
}

function DownloadButton({ days }: { days: readonly UsageDay[] | undefined }) {
  const { slug } = useMe();
  const save = () => days && saveText(csvOf(days), csvName(slug, days), "text/csv;charset=utf-8");
  return (
    <Button onClick={save} disabledReason={days ? undefined : "There is nothing to save yet."}>
      <Download aria-hidden />
      Download CSV
    </Button>
  );
}

function Totals({ days }: { days: readonly UsageDay[] }) {
  const sum = (of: (day: UsageDay) => number) => days.reduce((total, day) => total + of(day), 0);
  const [spent, refunded, jobs] = [sum((day) => day.spent), sum((day) => day.refunded), sum((day) => day.jobs)];
  const today = days.at(-1);
  return (
    <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
      <Figure value={count(spent - refunded)} unit="credits" note="Spent in all" />
      <Figure value={count(refunded)} unit="credits" note="Refunded" />
      <Figure value={count(jobs)} unit={jobs === 1 ? "job" : "jobs"} note="Paid for" />
      <Figure value={count((today?.spent ?? 0) - (today?.refunded ?? 0))} unit="credits" note="Today, so far" />
    </div>
  );
}

function NothingSpent({ range }: { range: number }) {
  const { slug } = useMe();
  return (
    <Empty
      icon={<ChartColumn aria-hidden />}
      title={`Nothing was spent in the last ${range} days`}
      action={
        <ButtonLink size="sm" href={`/${slug}/playground`}>
          Run something
        </ButtonLink>
      }
    >
      When work is done, a bar for each day shows what it cost. Answers from the cache cost nothing.
    </Empty>
  );
}
