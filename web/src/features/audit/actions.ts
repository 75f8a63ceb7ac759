/** What the audit calls an action, in words. One that is new to us is shown as it is. */
const ACTIONS = {
  "session.started": "Signed in",
  "session.ended": "Ended a session",
  "session.reused": "A copied session was found and ended",
  "sessions.ended": "Signed out everywhere",
  "member.joined": "Joined",
  "member.approved": "Let somebody in",
  "member.refused": "Refused somebody who waited",
  "member.role_changed": "Changed a role",
  "member.removed": "Removed a member",
  "member.left": "Left",
  "invitation.created": "Invited somebody",
  "invitation.resent": "Made a new invitation link",
  "invitation.revoked": "Revoked an invitation",
  "invitation.accepted": "Accepted an invitation",
  "api_key.created": "Made an API key",
  "api_key.rotated": "Rotated an API key",
  "api_key.revoked": "Revoked an API key",
  "webhook.created": "Added a webhook",
  "webhook.changed": "Changed a webhook",
  "webhook.deleted": "Deleted a webhook",
  "webhook.disabled": "A webhook was switched off",
  "webhook.secret_rotated": "Rotated a webhook's secret",
  "webhook.tested": "Tested a webhook",
  "webhook.delivery_replayed": "Replayed a delivery",
  "webhook.failed_replayed": "Replayed failed deliveries",
  "job.cancelled": "Cancelled a job",
  "checkout.created": "Opened a checkout",
  "credits.purchased": "Credits were bought",
  "credits.granted": "Credits were given",
  "credits.taken_back": "Credits were taken back",
  "credits.given_back": "Credits were given back",
  "payment.disputed": "A payment was disputed",
  "organisation.created": "The organisation was made",
  "organisation.changed": "Changed the settings",
  "organisation.rate_limit_changed": "The rate limit was changed",
  "organisation.exported": "Downloaded the organisation's data",
  "organisation.deletion_requested": "Asked for deletion",
  "organisation.deletion_cancelled": "Called the deletion off",
  "audit.exported": "Downloaded the audit log",
} as const;

/** Every action that can be asked for, in the order in which they are offered. */
export const KNOWN_ACTIONS = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];

export function wordsForAction(action: string): string {
  return (ACTIONS as Readonly<Record<string, string>>)[action] ?? action;
}

/** The facts of an entry in one line: "role: admin, credits: 1000". What holds more is shown as JSON. */
export function wordsForFacts(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
}
