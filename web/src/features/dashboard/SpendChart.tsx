"use client";

import { Bar, BarChart, CartesianGrid, Cell, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { count } from "@/lib/format";

export interface UsageDay {
  date: string;
  spent: number;
  refunded: number;
  jobs: number;
}

type DayBar = UsageDay & { name: string; net: number; isToday: boolean };

const DAY_AND_MONTH = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const WEEKDAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" });

/** A week is told by its weekdays, what is longer by dates. */
function barsOf(days: readonly UsageDay[], todayIsLast: boolean): DayBar[] {
  const format = days.length > 7 ? DAY_AND_MONTH : WEEKDAY;
  return days.map((day, index) => ({
    ...day,
    name: format.format(new Date(`${day.date}T00:00:00Z`)),
    net: day.spent - day.refunded,
    isToday: todayIsLast && index === days.length - 1,
  }));
}

const DATE = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });

const TICK = { tickLine: false, axisLine: false, fontSize: 12, tick: { fill: "currentColor" } } as const;

interface SpendChartProps {
  days: readonly UsageDay[];
  /** The last day is today: its bar is only an outline, because it may still grow. */
  todayIsLast?: boolean;
}

/** A bar for each day; the same as a table for who cannot see it. */
export function SpendChart({ days, todayIsLast = false }: SpendChartProps) {
  const bars = barsOf(days, todayIsLast);
  return (
    <>
      <div aria-hidden className="h-full text-muted">
        <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 320, height: 224 }}>
          <BarChart data={bars} margin={{ top: 8, right: 0, bottom: 0, left: -16 }} accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--color-line)" />
            <XAxis dataKey="name" {...(bars.length > 7 ? { minTickGap: 16 } : { interval: 0 })} {...TICK} />
            <YAxis allowDecimals={false} width={56} {...TICK} />
            <Tooltip
              cursor={{ fill: "var(--color-hover)" }}
              isAnimationActive={false}
              content={({ payload }) => <DayTip day={payload[0]?.payload as DayBar | undefined} />}
            />
            <Bar dataKey="net" fill="var(--color-accent)" radius={[3, 3, 0, 0]} maxBarSize={40} isAnimationActive={false}>
              {bars.map((bar) => (
                <Cell key={bar.date} {...(bar.isToday && { fillOpacity: 0.35, stroke: "var(--color-accent)", strokeDasharray: "3 3" })} />
              ))}
            </Bar>
          </BarChart>
        </ResponsiveContainer>
      </div>
      <SpendTable bars={bars} />
    </>
  );
}

/** In a box of its own: a table does not shrink, and hidden rows would make the page longer. */
function SpendTable({ bars }: { bars: readonly DayBar[] }) {
  return (
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
          {bars.map((day) => (
            <tr key={day.date}>
              <th scope="row">
                {day.date}
                {day.isToday && ", so far"}
              </th>
              <td>{day.spent}</td>
              <td>{day.refunded}</td>
              <td>{day.jobs}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DayTip({ day }: { day: DayBar | undefined }) {
  if (!day) return null;
  return (
    <div className="figures rounded-md border border-line bg-raised px-2.5 py-1.5 text-sm text-ink shadow-popup">
      <p className="font-medium">
        {DATE.format(new Date(`${day.date}T00:00:00Z`))}
        {day.isToday && ", so far"}
      </p>
      <p>{count(day.net, "credit")}</p>
      <p className="text-muted">
        {count(day.jobs, "job")}
        {day.refunded > 0 && `, ${count(day.refunded)} refunded`}
      </p>
    </div>
  );
}
