"use client";

/** A list that is read page by page with a cursor: "Load more". */
import { type QueryKey, type QueryMeta, useInfiniteQuery } from "@tanstack/react-query";

import type { ApiError } from "@/api";
import { type Reading } from "@/hooks/reading";
import { asApiError } from "@/lib/failure";

interface Page<Row> {
  items: Row[];
  next_cursor: string | null;
}

interface Asked<Row> {
  queryKey: QueryKey;
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Row>>;
  /**
   * Milliseconds until it is read again, perhaps by what was read. Only for what is known to change: each reading
   * counts in the person's window.
   */
  refetchInterval?: number | false | ((rows: Row[] | undefined) => number | false);
  meta?: QueryMeta;
}

const FRESH_FOR = 30_000; // coming back to a page within this costs no request

/** What follows the rows that are shown. */
export interface More {
  hasMore: boolean;
  isLoadingMore: boolean;
  /** Why the next page did not come; the rows that are there stay. */
  failure: ApiError | null;
  load: () => void;
}

/** All rows that were loaded so far as one list, and what follows. */
export function useMore<Row>({ queryKey, read, refetchInterval = false, meta }: Asked<Row>): Reading<Row[]> & { more: More } {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval:
      typeof refetchInterval === "function" ? ({ state }) => refetchInterval(state.data && rowsOf(state.data)) : refetchInterval,
    staleTime: typeof refetchInterval === "number" ? Math.min(refetchInterval, FRESH_FOR) : FRESH_FOR,
    ...(meta && { meta }),
    select: rowsOf,
  });
  const failure = query.error === null ? null : asApiError(query.error);
  const ofMore = query.isFetchNextPageError;
  return {
    known: query.data === undefined ? undefined : { value: query.data, asOf: new Date(query.dataUpdatedAt) },
    failure: ofMore ? null : failure,
    isLoading: query.isPending,
    retry: () => void query.refetch(),
    more: {
      hasMore: query.hasNextPage,
      isLoadingMore: query.isFetchingNextPage,
      failure: ofMore ? failure : null,
      load: () => void query.fetchNextPage(),
    },
  };
}

function rowsOf<Row>({ pages }: { pages: Page<Row>[] }): Row[] {
  return pages.flatMap((page) => page.items);
}
