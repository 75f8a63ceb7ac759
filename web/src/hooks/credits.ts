"use client";

/** The organisation's credits: balance, ledger, use by day. */
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { useMe } from "@/hooks/me";
import { readingOf } from "@/hooks/reading";
import { useMore } from "@/hooks/more";
import { call, v1 } from "@/lib/api";
import { keepBalance, keptBalance, type KeptBalance } from "@/lib/kept-balance";
import { POLL_MILLISECONDS } from "@/lib/query";

type Balance = KeptBalance["value"];

/** The names under which it is remembered; `creditsKeys.all` is what a change of the balance makes old. */
export const creditsKeys = {
  all: ["credits"] as const,
  balance: ["credits", "balance"] as const,
  transactions: ["credits", "transactions"] as const,
  usage: (days: number) => ["credits", "usage", days] as const,
};

/** For the `meta` of what is out of date as soon as the balance has changed: a page's panels agree with each other. */
export const FOLLOWS_BALANCE = { followsBalance: true } as const;

/**
 * The balance, read again every 15 seconds while the page is visible. While the API is away the last one known stays,
 * with its time, and a page that is loaded meanwhile still finds it.
 */
export function useCredits() {
  const { organisation } = useMe();
  const query = useQuery({
    queryKey: creditsKeys.balance,
    queryFn: ({ signal, client }) => readBalance(client, signal),
    refetchInterval: POLL_MILLISECONDS, // and one more try at once, where that may help (lib/query.tsx)
  });
  useKeptBalance(organisation.id, query.data, query.dataUpdatedAt);
  return readingOf(query);
}

/** Read the balance; where it has changed, what follows it is read again as well. */
async function readBalance(client: QueryClient, signal: AbortSignal): Promise<Balance> {
  const read = await call(v1.readBalance({ signal }));
  const before = client.getQueryData<Balance>(creditsKeys.balance);
  const hasChanged = before !== undefined && (before.balance !== read.balance || before.debt !== read.debt);
  if (hasChanged) void client.invalidateQueries({ predicate: ({ meta }) => meta?.followsBalance === true });
  return read;
}

/** Keep the balance for the next load of a page in this tab; and take up what an earlier one kept. */
function useKeptBalance(organisationId: string, value: Balance | undefined, at: number): void {
  const memory = useQueryClient();
  useEffect(() => {
    if (memory.getQueryData(creditsKeys.balance) !== undefined) return;
    const kept = keptBalance(organisationId);
    if (kept) memory.setQueryData(creditsKeys.balance, kept.value, { updatedAt: kept.at });
  }, [memory, organisationId]);
  useEffect(() => {
    if (value !== undefined) keepBalance(organisationId, { value, at });
  }, [organisationId, value, at]);
}

/** The ledger, newest first, page by page. */
export function useTransactions(limit = 20) {
  return useMore({
    queryKey: [...creditsKeys.transactions, limit],
    read: (cursor, signal) => call(v1.listTransactions({ query: { limit, cursor }, signal })),
    refetchInterval: POLL_MILLISECONDS,
    meta: FOLLOWS_BALANCE,
  });
}

/** Credits spent, given back, and jobs, for each of the last `days` days (UTC); today is the last. */
export function useUsage(days = 7) {
  return readingOf(
    useQuery({
      queryKey: creditsKeys.usage(days),
      queryFn: async ({ signal }) => (await call(v1.readDailyUsage({ query: { days }, signal }))).items,
      refetchInterval: POLL_MILLISECONDS,
      meta: FOLLOWS_BALANCE,
    }),
  );
}
