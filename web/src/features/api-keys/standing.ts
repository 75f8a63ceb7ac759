import type { ApiKey } from "@/hooks/api-keys";
import type { Person } from "@/hooks/people";
import type { Tone } from "@/ui/Badge";

export type Standing = "active" | "soon" | "expired" | "orphaned";

const WEEK = 7 * 24 * 3600 * 1000;

/** Where a key stands. It ends with whoever answers for it, and an end within a week is soon. */
export function standingOf(key: Pick<ApiKey, "expires_at">, owner: Person | undefined, now: Date): Standing {
  if (owner?.isRemoved) return "orphaned";
  if (key.expires_at === null) return "active";
  const left = Date.parse(key.expires_at) - now.getTime();
  if (left <= 0) return "expired";
  return left <= WEEK ? "soon" : "active";
}

/** Whether a program can still use it. */
export function holds(standing: Standing): boolean {
  return standing === "active" || standing === "soon";
}

export const STANDINGS: Readonly<Record<Standing, { tone: Tone; says: string }>> = {
  active: { tone: "good", says: "Active" },
  soon: { tone: "warn", says: "Expires soon" },
  expired: { tone: "neutral", says: "Expired" },
  orphaned: { tone: "bad", says: "Owner left" },
};
