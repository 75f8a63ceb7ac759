"use client";

/** Who is in the organisation, who waits, and who was invited. Only admins may read it. */
import { useQuery } from "@tanstack/react-query";

import { useMore } from "@/hooks/more";
import { call, v1 } from "@/lib/api";

type Page<Read extends (...args: never[]) => Promise<{ items: unknown[] }>> = Awaited<ReturnType<Read>>["items"][number];

export type Member = Page<typeof readMembers>;
export type Invitation = Page<typeof readInvitations>;
export type Role = Member["role"];
type Standing = "active" | "awaiting_approval" | "removed";

const ALL = 100; // the most that a page of the API holds

export const teamKeys = {
  all: ["team"] as const,
  members: (status: Standing) => ["team", "members", status] as const,
  invitations: ["team", "invitations"] as const,
  names: ["team", "names"] as const,
};

function readMembers(query: { status?: Standing; limit: number; cursor?: string | undefined }, signal: AbortSignal) {
  return call(v1.listMembers({ query, signal }));
}

function readInvitations(query: { limit: number; cursor?: string | undefined }, signal: AbortSignal) {
  return call(v1.listInvitations({ query, signal }));
}

/** Those who are in, or who wait to be let in, newest first. */
export function useMembers(status: "active" | "awaiting_approval") {
  return useMore({
    queryKey: teamKeys.members(status),
    read: (cursor, signal) => readMembers({ status, limit: 50, cursor }, signal),
  });
}

/** The invitations, newest first, whatever became of them. */
export function useInvitations() {
  return useMore({
    queryKey: teamKeys.invitations,
    read: (cursor, signal) => readInvitations({ limit: 20, cursor }, signal),
  });
}

/** Names by id, of who is in, who waits and who was; of a very large organisation only the newest. Without them there are ids. */
export function usePeople(): ReadonlyMap<string, string> {
  const { data } = useQuery({
    queryKey: teamKeys.names,
    queryFn: async ({ signal }) => {
      const pages = await Promise.all([{}, { status: "removed" as const }].map((those) => readMembers({ ...those, limit: ALL }, signal)));
      return pages.flatMap((page) => page.items).map(({ id, name, email }) => [id, name ?? email] as const);
    },
    staleTime: 60_000,
  });
  return new Map(data);
}
