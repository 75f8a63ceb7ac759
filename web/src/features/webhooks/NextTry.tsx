"use client";

import { useNow } from "@/lib/clock";
import { count, duration, utc } from "@/lib/format";
import { Tooltip } from "@/ui/Tooltip";

const OVERDUE = 30_000; // milliseconds after which nobody seems to work on it

/** When the next try is due, counted down. A screen reader finds the time, and does not hear every second. */
export function NextTry({ at, attempt }: { at: string; attempt: number }) {
  const now = useNow(1000);
  const left = Date.parse(at) - now.getTime();
  const says = left > 0 ? `Try ${count(attempt)} in ${duration(Math.max(left, 1000))}` : left > -OVERDUE ? "Being sent…" : "Waits to be sent";
  return (
    <Tooltip says={`Due ${utc(new Date(at))}`}>
      <span className="figures whitespace-nowrap">{says}</span>
    </Tooltip>
  );
}
