"use client";

/** Who did what in the organisation. Only admins may read it. */
import { useMore } from "@/hooks/more";
import { call, v1 } from "@/lib/api";

export interface AuditFilter {
  action?: string | undefined;
  user_id?: string | undefined;
}

export type AuditEvent = Awaited<ReturnType<typeof readEvents>>["items"][number];

export const auditKeys = {
  all: ["audit"] as const,
  list: (filter: AuditFilter) => ["audit", filter] as const,
};

function readEvents(query: AuditFilter & { limit: number; cursor?: string | undefined }, signal: AbortSignal) {
  return call(v1.listAuditEvents({ query, signal }));
}

/** The entries, newest first, page by page. */
export function useAudit(filter: AuditFilter) {
  return useMore({
    queryKey: auditKeys.list(filter),
    read: (cursor, signal) => readEvents({ ...filter, limit: 50, cursor }, signal),
  });
}
