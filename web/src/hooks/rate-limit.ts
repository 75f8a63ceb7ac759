"use client";

import { useSyncExternalStore } from "react";

import { latestRateLimit, onRateLimit, type RateLimit } from "@/lib/rate-limit";

/** The organisation's window as the last answer told it; undefined until one did. It asks nothing itself. */
export function useRateLimit(): RateLimit | undefined {
  return useSyncExternalStore(onRateLimit, latestRateLimit, () => undefined);
}
