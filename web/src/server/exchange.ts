/**
 * From the identity provider's word to a token pair of ours: the API checks the ID token itself.
 *
 * Every refusal has a code of its own, which the sign-in page turns into a sentence.
 */
import { BackendUnreachable, postAsOurselves } from "./backend";
import { log } from "./log";
import { type Pair, readPair } from "./session";
import type { Settings } from "./settings";

/** What the provider said, and what the person came with. */
export type Word = {
  idToken: string | undefined;
  nonce: string | undefined;
  emailVerified: unknown;
  invitation: string | null;
  address: string | null;
};

const PASSED_ON = new Set([
  "membership_removed",
  "approval_pending",
  "invitation_needed",
  "invitation_for_another",
  "invitation_over",
  "last_admin",
  "changed_meanwhile",
  "rate_limited",
]);

/** Sign somebody in at the API: a token pair, or the code of why not. */
export async function exchange(settings: Settings, word: Word): Promise<{ pair: Pair } | { refusal: string }> {
  if (word.emailVerified !== true) return { refusal: "email_not_verified" };
  if (!word.idToken || !word.nonce) return { refusal: "exchange_refused" };
  const body = { id_token: word.idToken, nonce: word.nonce, ...(word.invitation && { invitation: word.invitation }) };
  try {
    const answer = await postAsOurselves(settings, "v1/auth/google", body, word.address);
    const said: unknown = await answer.json().catch(() => null);
    const pair = answer.ok ? readPair(said) : null;
    return pair ? { pair } : { refusal: refusalOf(answer.status, said, word) };
  } catch (error) {
    if (error instanceof BackendUnreachable) return { refusal: "backend_unreachable" };
    throw error;
  }
}

function refusalOf(status: number, said: unknown, word: Word): string {
  const code = String((said as { code?: unknown } | null)?.code ?? "");
  log("warning", "sign_in.refused", { status, code });
  if (PASSED_ON.has(code)) return code;
  if (status === 404 && word.invitation) return "invitation_unknown";
  return status >= 500 || status < 400 ? "backend_unreachable" : "exchange_refused";
}
