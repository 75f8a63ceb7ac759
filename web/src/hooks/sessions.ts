"use client";

/** Where a person is signed in. */
import { useMore } from "@/hooks/more";
import { call, v1 } from "@/lib/api";

export const sessionKeys = { all: ["sessions"] as const };

export type Session = Awaited<ReturnType<typeof readSessions>>["items"][number];

function readSessions(cursor: string | undefined, signal: AbortSignal) {
  return call(v1.listSessions({ query: { limit: 20, cursor }, signal }));
}

export function useSessions() {
  return useMore({ queryKey: sessionKeys.all, read: readSessions });
}
