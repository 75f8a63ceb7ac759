"use client";

import { useEffect, useState } from "react";

/** The time, read again every so often; it stands still while `running` is false. */
export function useNow(everyMilliseconds = 1000, running = true): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(new Date()), everyMilliseconds);
    return () => clearInterval(timer);
  }, [everyMilliseconds, running]);
  return now;
}
