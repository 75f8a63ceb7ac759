"use client";

/** What every hook that reads gives to its page, so that `<Panel>` can show each state of it. */
import type { UseQueryResult } from "@tanstack/react-query";

import type { ApiError } from "@/api";
import { asApiError } from "@/lib/failure";

export interface Reading<Value> {
  /** The last good value and when it was read; stays while later readings fail. */
  known: { value: Value; asOf: Date } | undefined;
  /** Why the last reading failed; may stand beside `known`. */
  failure: ApiError | null;
  /** Nothing known and nothing failed yet. */
  isLoading: boolean;
  retry: () => void;
}

/** A query's result, as a page shows it. */
export function readingOf<Value>(query: UseQueryResult<Value>): Reading<Value> {
  const { data, dataUpdatedAt, error, isPending, refetch } = query;
  return {
    known: data === undefined ? undefined : { value: data, asOf: new Date(dataUpdatedAt) },
    failure: error === null ? null : asApiError(error),
    isLoading: isPending,
    retry: () => void refetch(),
  };
}
