"use client";

import { count } from "@/lib/format";
import { type Bar, BarChart } from "@/ui/BarChart";

export interface UsageDay {
  date: string;
  spent: number;
  refunded: number;
  jobs: number;
}

interface SpendChartProps {
  days: readonly UsageDay[];
  /** The last day is today: its bar is only an outline, because it may still grow. */
  todayIsLast?: boolean;
}

const WEEKDAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" });
const DAY_AND_MONTH = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });

/** A bar for each day, in UTC; the same as a table for who cannot see it. A week is told by its weekdays. */
export function SpendChart({ days, todayIsLast = false }: SpendChartProps) {
  const label = days.length > 7 ? DAY_AND_MONTH : WEEKDAY;
  const isOpen = (index: number) => todayIsLast && index === days.length - 1;
  const bars = days.map((day, index) => barOf(day, label, isOpen(index)));
  return (
    <>
      <BarChart bars={bars} mostLabels={7} />
      {/* In a box of its own: a table does not shrink, and hidden rows would make the page longer. */}
      <div className="sr-only">
        <table>
          <caption>Credits spent per day, in UTC</caption>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Spent</th>
              <th scope="col">Refunded</th>
              <th scope="col">Jobs</th>
            </tr>
          </thead>
          <tbody>
            {days.map((day, index) => (
              <tr key={day.date}>
                <th scope="row">
                  {day.date}
                  {isOpen(index) && ", so far"}
                </th>
                <td>{day.spent}</td>
                <td>{day.refunded}</td>
                <td>{day.jobs}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** What was refunded is taken off; of an older day's job that may be more than this day's work. */
function barOf(day: UsageDay, label: Intl.DateTimeFormat, isOpen: boolean): Bar {
  const when = new Date(`${day.date}T00:00:00Z`);
  const net = day.spent - day.refunded;
  const refunds = day.refunded > 0 ? `, ${count(day.refunded)} refunded` : "";
  const tip = `${DATE.format(when)}${isOpen ? ", so far" : ""}: ${count(net, "credit")}, ${count(day.jobs, "job")}${refunds}`;
  return { key: day.date, label: label.format(when), value: Math.max(0, net), tip, isOpen };
}
