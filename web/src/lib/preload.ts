"use client";

/** Parts of the page that are fetched before they are wanted, and not with the page. */
import { useEffect } from "react";

const FIRST_SIGNS = ["pointermove", "pointerdown", "touchstart", "scroll", "keydown", "focusin"] as const;

/** Fetch these at the first sign that somebody uses the page: a pointer that moves, a touch, a key. */
export function usePreload(...parts: readonly (() => Promise<unknown>)[]): void {
  useEffect(() => {
    const stop = new AbortController();
    const fetchAll = () => {
      stop.abort();
      for (const part of parts) part().catch(() => undefined); // whoever wants it asks again, and is told
    };
    for (const sign of FIRST_SIGNS) window.addEventListener(sign, fetchAll, { passive: true, capture: true, signal: stop.signal });
    return () => stop.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what is preloaded does not change
  }, []);
}
