"use client";

/** Who is meant by a person's id, where an admin reads a list that names people by it. */
import { useQuery } from "@tanstack/react-query";

import { useMe } from "@/hooks/me";
import { call, v1 } from "@/lib/api";

type Member = Awaited<ReturnType<typeof readMembers>>[number];

const MOST_PAGES = 5;

/** All members, as far as a few requests tell. */
async function readMembers(signal: AbortSignal) {
  const found = [];
  let cursor: string | undefined;
  for (let read = 0; read < MOST_PAGES; read += 1) {
    const page = await call(v1.listMembers({ query: { limit: 100, cursor }, signal }));
    found.push(...page.items);
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  return found;
}

export interface Person {
  /** Their name, else their address; "You" for whoever looks. */
  name: string;
  /** Removed people's keys end with them. */
  isRemoved: boolean;
}

/** Who that is, by id; undefined while nobody knows. Only an admin may ask, so nothing is asked for a member. */
export function usePeople(): (id: string) => Person | undefined {
  const { user, isAdmin } = useMe();
  const { data } = useQuery({
    queryKey: ["members", "names"],
    queryFn: ({ signal }) => readMembers(signal),
    enabled: isAdmin,
    staleTime: 60_000,
  });
  return (id) => (id === user.id ? { name: "You", isRemoved: false } : personOf(data?.find((one) => one.id === id)));
}

function personOf(member: Member | undefined): Person | undefined {
  return member && { name: member.name ?? member.email, isRemoved: member.status === "removed" };
}
