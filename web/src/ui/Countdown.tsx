"use client";

import { useEffect, useRef, useState } from "react";

import { useNow } from "@/lib/clock";
import { count } from "@/lib/format";

/** Counts seconds down, then calls `onDone` once. A screen reader hears the beginning, not every second. */
export function Countdown({ seconds, onDone }: { seconds: number; onDone?: (() => void) | undefined }) {
  const [end] = useState(() => Date.now() + seconds * 1000);
  const wasTold = useRef(false);
  const left = Math.max(0, Math.ceil((end - useNow(250).getTime()) / 1000));
  useEffect(() => {
    if (left > 0 || wasTold.current) return;
    wasTold.current = true;
    onDone?.();
  }, [left, onDone]);
  return (
    <span className="figures">
      <span aria-hidden>{left > 0 ? `Again in ${count(left, "second")}` : "Trying again…"}</span>
      <span className="sr-only">Again in {count(Math.ceil(seconds), "second")}</span>
    </span>
  );
}
