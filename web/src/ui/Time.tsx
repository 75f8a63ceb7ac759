"use client";

import { useNow } from "@/lib/clock";
import { distance, exactly, moment, utc } from "@/lib/format";
import { Tooltip } from "@/ui/Tooltip";

interface TimeProps {
  /** RFC 3339, as the API says it. */
  at: string;
  /** "3 minutes ago" in place of "20 Nov, 14:02". */
  relative?: boolean;
  /** With seconds: "20 Nov, 14:02:11". */
  exact?: boolean;
}

/** A time in the reader's own zone; UTC on hover and focus. */
export function Time({ at, relative = false, exact = false }: TimeProps) {
  const now = useNow(30_000, relative);
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return <span>{at}</span>;
  return (
    <Tooltip says={utc(when)}>
      <time dateTime={at} className="figures whitespace-nowrap" suppressHydrationWarning>
        {exact ? exactly(when) : relative ? distance(when, now) : moment(when, now)}
      </time>
    </Tooltip>
  );
}
