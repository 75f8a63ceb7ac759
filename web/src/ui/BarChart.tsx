"use client";

import { count } from "@/lib/format";
import { cn } from "@/ui/cn";
import { Tooltip } from "@/ui/Tooltip";

export interface Bar {
  key: string;
  /** Under the bar. */
  label: string;
  /** Not less than 0. */
  value: number;
  /** Under the pointer. */
  tip: string;
  /** May still grow: drawn as an outline. */
  isOpen?: boolean;
}

/**
 * Bars on a scale, as high as the box that they stand in. For the eye alone: whoever uses it also gives a table.
 * Drawn with the page's own elements: a library for charts weighs as much as the rest of the page.
 */
export function BarChart({ bars, mostLabels = 10 }: { bars: readonly Bar[]; mostLabels?: number }) {
  const ticks = scaleFor(Math.max(0, ...bars.map(({ value }) => value)));
  const top = ticks[ticks.length - 1] ?? 1;
  const every = Math.ceil(bars.length / mostLabels);
  return (
    <div aria-hidden className="grid h-full grid-cols-[auto_1fr] grid-rows-[1fr_1.5rem] gap-x-2 pt-2 text-xs text-muted">
      <div className="figures flex flex-col-reverse justify-between text-right">
        {ticks.map((tick) => (
          <span key={tick} className="flex h-0 items-center justify-end">
            {count(tick)}
          </span>
        ))}
      </div>
      <div className="relative flex min-w-0">
        <div className="absolute inset-0 flex flex-col justify-between">
          {ticks.map((tick) => (
            <div key={tick} className="h-0 border-t border-line" />
          ))}
        </div>
        {bars.map(({ key, value, tip, isOpen }) => (
          <Tooltip key={key} says={tip} isName>
            <div className="relative flex min-w-0 flex-1 items-end justify-center hover:bg-hover/70">
              <div
                data-bar
                style={{ height: `${(value / top) * 100}%` }}
                className={cn("w-3/4 max-w-10 rounded-t-sm bg-accent", isOpen && value > 0 && "border border-b-0 border-dashed border-accent bg-accent/35")}
              />
            </div>
          </Tooltip>
        ))}
      </div>
      <div className="col-start-2 flex min-w-0 items-end">
        {bars.map(({ key, label }, index) => (
          <span key={key} className="flex min-w-0 flex-1 justify-center whitespace-nowrap">
            {(bars.length - 1 - index) % every === 0 && label}
          </span>
        ))}
      </div>
    </div>
  );
}

/** From 0 in four or five equal steps of a round size to at least `most`: 110 gives 0, 30, 60, 90, 120. */
export function scaleFor(most: number): number[] {
  const rough = Math.max(1, most / 4);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10].map((factor) => factor * size).find((one) => one >= rough && Number.isInteger(one)) ?? 10 * size;
  return [0, 1, 2, 3, 4].map((index) => index * step);
}
