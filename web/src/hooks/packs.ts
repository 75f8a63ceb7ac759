"use client";

/** What is sold, and where an admin gets credits. Every page asks, so nothing heavy is imported here. */
import { useQuery } from "@tanstack/react-query";

import { useMe } from "@/hooks/me";
import { readingOf } from "@/hooks/reading";
import { call, v1 } from "@/lib/api";
import { asApiError, kindOf } from "@/lib/failure";

export const packKeys = { all: ["billing", "packs"] as const };

type PackList = Awaited<ReturnType<typeof listPacks>>;
export type Pack = PackList["items"][number];

function listPacks(signal: AbortSignal) {
  return call(v1.listPacks({ signal }));
}

/** An API of an earlier release refuses where nothing is sold: that is an answer as well. */
function nothingSold(thrown: unknown): PackList {
  if (kindOf(asApiError(thrown)) !== "not_configured") throw thrown;
  return { items: [], next_cursor: null, configured: false, support_contact: null };
}

/** What is sold here, and whom to ask where nothing is. Only for admins: nobody else can buy. */
export function usePacks() {
  const { isAdmin } = useMe();
  return readingOf(
    useQuery({
      queryKey: packKeys.all,
      queryFn: ({ signal }) => listPacks(signal).catch(nothingSold),
      staleTime: Infinity, // they change with the operator's settings
      enabled: isAdmin,
    }),
  );
}

/** Where an admin gets credits: from our packs, or from the operator, whose contact may not be known. */
export type CreditSource = { from: "packs" } | { from: "operator"; contact: string | null };

/** Undefined until it is known; where it cannot be read, the page with the packs says why. */
export function useCreditSource(): CreditSource | undefined {
  const { known, failure } = usePacks();
  if (!known) return failure ? { from: "packs" } : undefined;
  const { configured, items, support_contact } = known.value;
  return configured && items.length > 0 ? { from: "packs" } : { from: "operator", contact: support_contact };
}
