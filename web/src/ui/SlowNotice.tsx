"use client";

import { useEffect, useState } from "react";

import { cn } from "@/ui/cn";

const SLOW_MILLISECONDS = 5_000;

/** A sentence that appears when what is being waited for has not come within five seconds. */
export function SlowNotice({ className }: { className?: string }) {
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), SLOW_MILLISECONDS);
    return () => clearTimeout(timer);
  }, []);
  return isSlow ? <p className={cn("text-sm text-muted", className)}>This takes longer than usual.</p> : null;
}
