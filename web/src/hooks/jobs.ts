"use client";

/** Jobs: one that is watched until it is settled, the list of them, and what kinds there are. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { creditsKeys, FOLLOWS_BALANCE } from "@/hooks/credits";
import { useMore } from "@/hooks/more";
import { readingOf } from "@/hooks/reading";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { asApiError, type FailureKind, kindOf } from "@/lib/failure";
import type { Asker } from "@/lib/failures";
import { POLL_MILLISECONDS } from "@/lib/query";

export type Job = Awaited<ReturnType<typeof readJob>>;

/** A job as a list shows it: without its texts. */
export type ListedJob = Awaited<ReturnType<typeof readJobs>>["items"][number];

export const jobKeys = {
  all: ["jobs"] as const,
  one: (id: string) => ["jobs", "one", id] as const,
  row: (id: string) => ["jobs", "row", id] as const,
  list: (filter: JobFilter, limit: number) => ["jobs", "list", filter, limit] as const,
  recent: ["jobs", "list", "recent"] as const,
  types: ["job-types"] as const,
};

export interface JobFilter {
  status?: Job["status"] | undefined;
  job_type?: string | undefined;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
export const GIVE_UP_AFTER = 10 * MINUTE;

/** Failures after which looking again shows nothing new. */
const FINAL: readonly FailureKind[] = ["missing", "forbidden", "signed_out"];

export function readJob(id: string, signal: AbortSignal) {
  return call(v1.readJob({ path: { job_id: id }, signal }));
}

export function readJobs(query: JobFilter & { limit: number; cursor?: string | undefined }, signal: AbortSignal) {
  return call(v1.listJobs({ query, signal }));
}

export function isSettled(job: Pick<Job, "status"> | undefined): boolean {
  return job?.status === "completed" || job?.status === "failed";
}

/** Milliseconds until the next look at a job that is watched for so long; false when there is none. */
export function nextLook(job: Pick<Job, "status"> | undefined, thrown: unknown, watchedFor: number): number | false {
  if (isSettled(job) || watchedFor >= GIVE_UP_AFTER) return false;
  const pace = watchedFor < 30 * SECOND ? 2 * SECOND : watchedFor < 2 * MINUTE ? 5 * SECOND : 10 * SECOND;
  if (thrown === null) return pace;
  const failure = asApiError(thrown);
  if (FINAL.includes(kindOf(failure))) return false;
  return Math.max(pace, (failure.retryAfter ?? 0) * SECOND);
}

/**
 * A job, looked at every 2 seconds until it is settled, and never after. Slower with time (5 s after 30 s, 10 s after
 * 2 min), after a 429 not before its Retry-After, not at all while the tab is hidden. After 10 minutes it gives up:
 * `gaveUp` says so, and `watchAgain` begins anew.
 */
export function useJob(id: string | null) {
  const [watch, setWatch] = useState(() => beginning(id));
  if (watch.id !== id) setWatch(beginning(id)); // another job: its time begins now
  const { since } = watch;
  const query = useQuery({
    queryKey: jobKeys.one(id ?? ""),
    queryFn: ({ signal }) => readJob(id ?? "", signal),
    enabled: id !== null,
    refetchInterval: ({ state }) => nextLook(state.data, state.error, Date.now() - since),
    retry: false, // the next look is the retry
    staleTime: ({ state }) => (isSettled(state.data) ? Infinity : 0),
  });
  const isOver = usePassed(since + GIVE_UP_AFTER);
  const { refetch, data } = query;
  return {
    ...readingOf(query),
    job: data,
    isWatching: id !== null && !isSettled(data) && !isOver,
    gaveUp: isOver && id !== null && !isSettled(data),
    watchAgain: () => {
      setWatch(beginning(id));
      void refetch();
    },
  };
}

/** A watch that begins now. */
function beginning(id: string | null) {
  return { id, since: Date.now() };
}

/** Whether a moment has passed. */
function usePassed(moment: number): boolean {
  const [passed, setPassed] = useState<number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setPassed(moment), moment - Date.now());
    return () => clearTimeout(timer);
  }, [moment]);
  return passed === moment;
}

const RECENT = 5;

/** The last five jobs, read again like the balance beside which they stand. */
export function useRecentJobs() {
  return useMore({
    queryKey: jobKeys.recent,
    read: (cursor, signal) => readJobs({ limit: RECENT, cursor }, signal),
    refetchInterval: POLL_MILLISECONDS,
    meta: FOLLOWS_BALANCE,
  });
}

/** The jobs, newest first, page by page. Nobody polls the list: rows that move are looked at one by one. */
export function useJobs(filter: JobFilter = {}, limit = 20) {
  return useMore({
    queryKey: jobKeys.list(filter, limit),
    read: (cursor, signal) => readJobs({ ...filter, limit, cursor }, signal),
  });
}

/** What kinds of work there are, with their prices. They change with a release, so they are read once. */
export function useJobTypes() {
  return readingOf(
    useQuery({
      queryKey: jobKeys.types,
      queryFn: async ({ signal }) => (await call(v1.listJobTypes({ signal }))).items,
      staleTime: Infinity,
    }),
  );
}

/** Cancel a job. What the API answers is the job as it is now. */
export function useCancelJob(role: Asker["role"], onDone: () => void) {
  const memory = useQueryClient();
  const again = (id: string) => memory.invalidateQueries({ queryKey: jobKeys.one(id) });
  return useChange({
    send: (id: string, key) =>
      call(v1.cancelJob({ path: { job_id: id }, headers: { "Idempotency-Key": key } })).catch((thrown: unknown) => {
        if (asApiError(thrown).code === "job_is_settled") void again(id); // it ended while somebody decided
        throw thrown;
      }),
    refresh: [[...jobKeys.all, "list"], creditsKeys.all],
    onDone: (job) => {
      memory.setQueryData(jobKeys.one(job.id), job);
      onDone();
    },
    asker: { role },
  });
}
