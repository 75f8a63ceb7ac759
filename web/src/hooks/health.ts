"use client";

import { useQuery } from "@tanstack/react-query";

import { readHealth } from "@/api/health";
import { readingOf } from "@/hooks/reading";

const EVERY_10_SECONDS = 10_000;

/** How the platform is, read again every 10 seconds while somebody looks. It counts in nobody's limit. */
export function useHealth() {
  const query = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => readHealth(signal),
    refetchInterval: EVERY_10_SECONDS,
    retry: false, // the next reading is the retry
    staleTime: 0,
  });
  return { ...readingOf(query), failedAt: query.errorUpdatedAt ? new Date(query.errorUpdatedAt) : null, isAsking: query.isFetching };
}
