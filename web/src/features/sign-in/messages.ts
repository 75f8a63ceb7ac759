/** What a person reads when a sign-in did not work: what happened, and what to do. One sentence pair for each code. */
const MESSAGES: Record<string, string> = {
  cancelled: "The sign-in was cancelled. Choose an account to go on.",
  email_not_verified: "This account's e-mail address is not verified. Verify it with the provider, then try again.",
  exchange_refused: "This sign-in was not accepted. Begin again; if it stays, ask whoever runs this platform.",
  backend_unreachable: "The platform cannot be reached at the moment. Nothing is lost; try again in a minute.",
  provider_unreachable: "The sign-in service cannot be reached at the moment. Try again in a minute.",
  membership_removed: "You were removed from your organisation. Ask one of its admins for an invitation.",
  approval_pending: "Your request is with the admins of your organisation. You can sign in as soon as one of them lets you in.",
  invitation_needed: "Your organisation takes new people by invitation only. Ask one of its admins for one.",
  invitation_for_another: "This invitation is for another address. Sign in with the account that it was made for.",
  invitation_over: "This invitation is no longer good: it has expired, or was used or taken back. Ask for a new one.",
  invitation_unknown: "There is no such invitation. Open the link as you got it, or ask for a new one.",
  last_admin: "You are the only admin of your organisation. Make somebody else an admin before you move.",
  changed_meanwhile: "Your membership was changed at the same moment. Sign in again.",
  rate_limited: "There were too many attempts from your network. Wait a minute, then try again.",
  session_expired: "Your session has expired. Sign in to go on where you were.",
  sign_in_failed: "The sign-in could not be finished. Begin again.",
};

/** NextAuth's own words for what went wrong before the API was asked. */
const ALSO: Record<string, string> = { OAuthSignin: "provider_unreachable", SessionRequired: "session_expired" };

/** The sentence for a code; null where there is none. A code that we do not know is a sign-in that failed. */
export function signInMessage(code: string | undefined): string | null {
  if (!code) return null;
  return MESSAGES[ALSO[code] ?? code] ?? MESSAGES["sign_in_failed"] ?? null;
}

const DOMAIN = /^(?=.{1,253}$)[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u;

/** The same for somebody who waits, which is no failure: whose admins decide, where the address names them. */
export function waitingMessage(code: string | undefined, domain: string | undefined): string | null {
  if (code !== "approval_pending") return null;
  if (!domain || !DOMAIN.test(domain)) return MESSAGES["approval_pending"] ?? null;
  return `Your request is with the admins of ${domain}. You can sign in as soon as one of them lets you in.`;
}

/** Every code that has a sentence. */
export const SIGN_IN_CODES = Object.keys(MESSAGES);
