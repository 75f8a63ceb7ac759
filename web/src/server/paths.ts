/**
 * What of the API a browser may reach through us: this list, and nothing else.
 *
 * `:` stands for one segment of an id or name. Left out on purpose: whatever gives tokens away (`/v1/auth/…`, and
 * accepting an invitation, which has a path of its own here), and what is Stripe's.
 */
const PATHS: Record<string, readonly string[]> = {
  GET: [
    "health",
    "v1/me",
    "v1/organisation",
    "v1/organisation/export",
    "v1/organisations/:",
    "v1/members",
    "v1/invitations",
    "v1/api-keys",
    "v1/audit-events",
    "v1/audit-events/export",
    "v1/sessions",
    "v1/credits",
    "v1/credits/transactions",
    "v1/credits/usage",
    "v1/job-types",
    "v1/jobs",
    "v1/jobs/:",
    "v1/webhooks",
    "v1/webhooks/:",
    "v1/webhooks/:/deliveries",
    "v1/webhook-deliveries/:",
    "v1/billing/packs",
  ],
  POST: [
    "v1/:", // every kind of work has a path of its own, and a new one needs no line here
    "v2/:",
    "v1/jobs/:/cancel",
    "v1/organisation/deletion",
    "v1/invitations/look-up",
    "v1/invitations/:/resend",
    "v1/api-keys/:/rotate",
    "v1/webhooks/:/rotate-secret",
    "v1/webhooks/:/test",
    "v1/webhooks/:/replay-failed",
    "v1/webhook-deliveries/:/replay",
    "v1/billing/checkout",
  ],
  PATCH: ["v1/organisation", "v1/members/:", "v1/webhooks/:"],
  DELETE: [
    "v1/organisation/deletion",
    "v1/members/:",
    "v1/invitations/:",
    "v1/api-keys/:",
    "v1/sessions",
    "v1/sessions/:",
    "v1/webhooks/:",
  ],
};
const SEGMENT = "[A-Za-z0-9_-]{1,128}";

const ALLOWED: Record<string, RegExp> = Object.fromEntries(
  Object.entries(PATHS).map(([method, paths]) => {
    const written = paths.map((path) => path.replaceAll(":", SEGMENT)).join("|");
    return [method, new RegExp(`^(?:${written})$`)];
  }),
);

/** Whether a browser may call this; `path` without the slash in front. */
export function isListed(method: string, path: string): boolean {
  return ALLOWED[method]?.test(path) ?? false;
}
