"use client";

import { ChartColumn } from "lucide-react";

import { SpendChart } from "@/features/dashboard/SpendChart";
import { useUsage } from "@/hooks/credits";
import { count } from "@/lib/format";
import { Empty } from "@/ui/Empty";
import { Panel } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";

const CHART_HEIGHT = "h-56";

/** Credits spent on each of the last seven days. */
export function SpendPanel({ className }: { className?: string }) {
  const reading = useUsage(7);
  const spent = reading.known?.value.reduce((sum, day) => sum + day.spent - day.refunded, 0) ?? 0;
  return (
    <Panel
      title="Credits spent"
      note={spent === 0 ? "Last 7 days, in UTC" : `${count(spent)} in the last 7 days (UTC), less what was refunded`}
      className={className}
      reading={reading}
      skeleton={<Skeleton className={CHART_HEIGHT} />}
      isEmpty={(days) => days.every((day) => day.spent === 0)}
      empty={
        <Empty icon={<ChartColumn aria-hidden />} title="Nothing was spent in these seven days">
          When work is done, a bar for each day shows what it cost.
        </Empty>
      }
    >
      {(days) => (
        <div className={CHART_HEIGHT}>
          <SpendChart days={days} />
        </div>
      )}
    </Panel>
  );
}
