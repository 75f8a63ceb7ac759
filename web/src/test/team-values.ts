/** Values of a team, as the API answers them. */
import { ann } from "@/test/show";

const TIME = "2026-11-20T09:12:27.212938Z";

/** The member with this number; 1 is ann, an admin, who is signed in. */
export function member(number: number, more: Record<string, unknown> = {}) {
  const { id, email, name } = ann().user;
  const own = number === 1 ? { id, email, name, role: "admin" } : { id: idOf(number), email: `m${number}@acme.test`, name: null, role: "member" };
  return { ...own, status: "active", created_at: TIME, last_signed_in_at: null, ...more };
}

export function invitation(number: number, status: "open" | "accepted" | "expired" | "revoked", more: Record<string, unknown> = {}) {
  return {
    id: idOf(number + 100),
    email: `i${number}@elsewhere.test`,
    role: "member",
    status,
    mail: "off",
    mail_error: null,
    invited_by: member(1).id,
    created_at: TIME,
    expires_at: "2026-11-27T09:12:27.212938Z",
    accepted_at: status === "accepted" ? TIME : null,
    accepted_by: status === "accepted" ? idOf(2) : null,
    ...more,
  };
}

export const ORGANISATION = {
  ...ann().organisation,
  join_policy: "automatic",
  rate_limit: 100,
  caching: true,
  erased_after: null as string | null,
  awaiting_approval: 0 as number | null,
};

export function auditEvent(number: number, action: string, more: Record<string, unknown> = {}) {
  return {
    id: idOf(number + 200),
    created_at: TIME,
    action,
    user_id: member(1).id,
    target: member(2).id,
    facts: { role: "admin" },
    address: "192.0.2.7",
    request_id: "019f9b1c7a5e7c0e8d2f4b6a8c0e1d3f",
    ...more,
  };
}

export function session(number: number, more: Record<string, unknown> = {}) {
  return { id: idOf(number + 300), client: "web", started_at: TIME, last_used_at: TIME, expires_at: "2026-12-20T09:12:27.212938Z", current: number === 1, ...more };
}

export function idOf(number: number): string {
  return `0190c1d2-0000-7000-8000-${String(number).padStart(12, "0")}`;
}
