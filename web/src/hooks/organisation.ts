"use client";

/** The organisation itself, as its settings have it. */
import { useQuery } from "@tanstack/react-query";

import { readingOf } from "@/hooks/reading";
import { call, v1 } from "@/lib/api";

export const organisationKeys = { all: ["organisation"] as const };

export type Organisation = Awaited<ReturnType<typeof readOrganisation>>;

export function readOrganisation(signal?: AbortSignal) {
  return call(v1.readOrganisation(signal ? { signal } : {}));
}

export function useOrganisation() {
  return readingOf(useQuery({ queryKey: organisationKeys.all, queryFn: ({ signal }) => readOrganisation(signal) }));
}
