"use client";

import { useEffect, useRef, useState } from "react";

import { useNow } from "@/lib/clock";
import { waiting } from "@/lib/format";

/**
 * Counts down in minutes, the last one in seconds, then calls `onDone` once; without it the reader is to try again. A
 * screen reader hears the beginning, not every second.
 */
export function Countdown({ seconds, onDone }: { seconds: number; onDone?: (() => void) | undefined }) {
  const [end] = useState(() => Date.now() + seconds * 1000);
  const wasTold = useRef(false);
  const left = Math.max(0, Math.ceil((end - useNow(250).getTime()) / 1000));
  useEffect(() => {
    if (left > 0 || wasTold.current) return;
    wasTold.current = true;
    onDone?.();
  }, [left, onDone]);
  const verb = onDone ? "Retrying" : "Try again";
  const now = onDone ? "Retrying…" : "You can try again now";
  return (
    <span className="figures">
      <span aria-hidden>{left > 0 ? `${verb} in ${waiting(left)}` : now}</span>
      <span className="sr-only">
        {verb} in {waiting(seconds)}
      </span>
    </span>
  );
}
