"use client";

/** Rows of a list of jobs, those that have not ended looked at one by one: a list itself counts in the organisation's window. */
import { useQueries } from "@tanstack/react-query";

import { isSettled, jobKeys, type ListedJob, nextLook, readJob } from "@/hooks/jobs";

/** At most one look a second for the whole list, however many rows move: the window of status reads is shared too. */
const PACE = 1000;

/** The rows as they are now. `asOf` is when the list was read: ten minutes later nobody looks any more. */
export function useLiveJobs(rows: readonly ListedJob[], asOf: Date): ListedJob[] {
  const moving = rows.filter((job) => !isSettled(job));
  const looks = useQueries({
    queries: moving.map((job) => ({
      queryKey: jobKeys.row(job.id),
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<ListedJob> => ({ ...job, ...(await readJob(job.id, signal)) }),
      refetchInterval: ({ state }: { state: { data: ListedJob | undefined; error: Error | null } }) => {
        const next = nextLook(state.data, state.error, Date.now() - asOf.getTime());
        return next === false ? false : Math.max(next, moving.length * PACE);
      },
      retry: false, // the next look is the retry
      initialData: job,
      initialDataUpdatedAt: asOf.getTime(),
      staleTime: Infinity, // the list was read just now; only the interval looks
    })),
  });
  const now = new Map(looks.map(({ data }) => [data.id, data]));
  return rows.map((row) => (isSettled(row) ? row : (now.get(row.id) ?? row)));
}
