"use client";

/** The organisation itself, as its settings have it. */
import { useQuery } from "@tanstack/react-query";

import { useMe } from "@/hooks/me";
import { readingOf } from "@/hooks/reading";
import { call, v1 } from "@/lib/api";

export const organisationKeys = { all: ["organisation"] as const };

export type Organisation = Awaited<ReturnType<typeof readOrganisation>>;

export function readOrganisation(signal?: AbortSignal) {
  return call(v1.readOrganisation(signal ? { signal } : {}));
}

const EVERY_MINUTE = 60_000;

/** What the frame of every page tells an admin about: undefined for a member, and until it is read. */
export function useOrganisationAsAdmin(): Organisation | undefined {
  const { isAdmin } = useMe();
  const { data } = useQuery({
    queryKey: organisationKeys.all,
    queryFn: ({ signal }) => readOrganisation(signal),
    enabled: isAdmin,
    refetchInterval: EVERY_MINUTE,
  });
  return data;
}

export function useOrganisation() {
  return readingOf(useQuery({ queryKey: organisationKeys.all, queryFn: ({ signal }) => readOrganisation(signal) }));
}
