"use client";

/** Which jobs the list shows. It stands in the address, so that a view can be shared. */
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";

import type { JobFilter } from "@/hooks/jobs";

export const STATUSES = ["pending", "running", "completed", "failed"] as const;
const A_TYPE = /^[a-z0-9-]{1,40}$/; // as the API takes it; anything else is no filter

export function useJobFilters() {
  const [{ status, type }, set] = useQueryStates({ status: parseAsStringLiteral(STATUSES), type: parseAsString });
  const job_type = type !== null && A_TYPE.test(type) ? type : undefined;
  const filter: JobFilter = { ...(status && { status }), ...(job_type && { job_type }) };
  return {
    filter,
    isFiltered: status !== null || job_type !== undefined,
    choose: (chosen: { status?: (typeof STATUSES)[number] | null; type?: string | null }) => void set(chosen),
    clear: () => void set({ status: null, type: null }),
  };
}
