"use client";

/** Buying credits: whether a payment has come into the ledger. What is sold stands in `packs.ts`. */
import { useQuery } from "@tanstack/react-query";
import * as z from "zod";

import { creditsKeys } from "@/hooks/credits";
import { readingOf } from "@/hooks/reading";
import { call, v1 } from "@/lib/api";

/** What a tab remembers of a checkout while its buyer is at Stripe's. */
export const checkoutShape = z.object({
  /** The newest entry of the ledger before; null if it was not known. */
  seq: z.number().int().nullable(),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** What was bought; null where the tab remembers nothing. */
  credits: z.number().int().nullable(),
});

export type Checkout = z.infer<typeof checkoutShape>;
type Entry = Awaited<ReturnType<typeof readLedger>>[number];

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const RECENT = 10 * MINUTE; // a purchase of an unknown checkout may be as old as this
export const STOP_LOOKING_AFTER = 5 * MINUTE;

/** Whether this entry is the purchase that the checkout was for. */
export function isPurchaseOf(entry: Entry, { seq, at, credits }: Checkout): boolean {
  if (entry.type !== "purchase" || (credits !== null && entry.amount !== credits)) return false;
  return seq === null ? Date.parse(entry.created_at) > at - RECENT : entry.seq > seq;
}

async function readLedger(signal: AbortSignal) {
  return (await call(v1.listTransactions({ query: { limit: 100 }, signal }))).items;
}

/**
 * Look into the ledger until the purchase is there: every 2 seconds, every 5 after half a minute, for 5 minutes. It is
 * a status read. Coming back from Stripe proves nothing.
 */
export function usePurchase(checkout: Checkout, since: number) {
  const query = useQuery({
    queryKey: [...creditsKeys.all, "purchase", checkout],
    queryFn: async ({ signal }) => (await readLedger(signal)).find((entry) => isPurchaseOf(entry, checkout)) ?? null,
    refetchInterval: ({ state }) => {
      const passed = Date.now() - since;
      if (state.data || passed > STOP_LOOKING_AFTER) return false;
      return passed < 30 * SECOND ? 2 * SECOND : 5 * SECOND;
    },
    retry: false, // the next look is the retry
    staleTime: 0,
  });
  return { ...readingOf(query), purchase: query.data ?? null };
}
