"use client";

/** The organisation's credits: balance, ledger, use by day. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import * as z from "zod";

import { useMe } from "@/hooks/me";
import { readingOf } from "@/hooks/reading";
import { useMore } from "@/hooks/more";
import { call, v1 } from "@/lib/api";

const EVERY_30_SECONDS = 30_000;

/** The names under which it is remembered; `creditsKeys.all` is what a change of the balance makes old. */
export const creditsKeys = {
  all: ["credits"] as const,
  balance: ["credits", "balance"] as const,
  transactions: ["credits", "transactions"] as const,
  usage: (days: number) => ["credits", "usage", days] as const,
};

/**
 * The balance, read again every 30 seconds. While the API is away the last one known stays, with its time, and a page
 * that is loaded meanwhile still finds it.
 */
export function useCredits() {
  const { organisation } = useMe();
  const query = useQuery({
    queryKey: creditsKeys.balance,
    queryFn: ({ signal }) => call(v1.readBalance({ signal })),
    refetchInterval: EVERY_30_SECONDS,
    retry: 1,
  });
  useKeptBalance(organisation.id, query.data, query.dataUpdatedAt);
  return readingOf(query);
}

const keptShape = z.object({
  value: z.object({ balance: z.number().int(), debt: z.number().int(), as_of: z.string() }),
  at: z.number(),
});

/** Keep the balance for the next load of a page in this tab; and take up what an earlier one kept. */
function useKeptBalance(organisationId: string, value: unknown, at: number): void {
  const memory = useQueryClient();
  const slot = `nexus:balance:${organisationId}`;
  useEffect(() => {
    if (memory.getQueryData(creditsKeys.balance) !== undefined) return;
    const kept = keptShape.safeParse(parsed(sessionStorage.getItem(slot)));
    if (kept.success) memory.setQueryData(creditsKeys.balance, kept.data.value, { updatedAt: kept.data.at });
  }, [memory, slot]);
  useEffect(() => {
    if (value !== undefined) sessionStorage.setItem(slot, JSON.stringify({ value, at }));
  }, [slot, value, at]);
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined; // what is not ours is as good as nothing
  }
}

/** The ledger, newest first, page by page. */
export function useTransactions(limit = 20) {
  return useMore({
    queryKey: [...creditsKeys.transactions, limit],
    read: (cursor, signal) => call(v1.listTransactions({ query: { limit, cursor }, signal })),
    refetchInterval: EVERY_30_SECONDS,
  });
}

/** Credits spent, given back, and jobs, for each of the last `days` days (UTC); today is the last. */
export function useUsage(days = 7) {
  return readingOf(
    useQuery({
      queryKey: creditsKeys.usage(days),
      queryFn: async ({ signal }) => (await call(v1.readDailyUsage({ query: { days }, signal }))).items,
      refetchInterval: EVERY_30_SECONDS,
    }),
  );
}
