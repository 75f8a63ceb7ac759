/** The words for an invitation that does not let somebody in. */
import type { ApiError } from "@/api/error";
import { type Words, wordsFor } from "@/lib/failures";

/** Why an invitation is over, by the API's own word. */
const OVER: Readonly<Record<string, { title: string; detail: string }>> = {
  used: { title: "This invitation was used already", detail: "A link works once. If it was not you, tell whoever sent it." },
  expired: { title: "This invitation has expired", detail: "A link is good for seven days. Ask for a new one." },
  revoked: { title: "This invitation was taken back", detail: "Ask whoever sent it for a new one." },
};

const REFUSED: Readonly<Record<string, { title: string; detail: string }>> = {
  not_found: { title: "There is no such invitation", detail: "Open the link as you got it, or ask for a new one." },
  invitation_for_another: {
    title: "This invitation is for another address",
    detail: "Sign in with the account that it was made for. Whose that is, is not told here.",
  },
  last_admin: {
    title: "You are the only admin where you are",
    detail: "Others would be left without one. Make somebody else an admin first, then open this link again.",
  },
  changed_meanwhile: { title: "Your membership was changed at the same moment", detail: "Try again." },
};

/** What to tell whoever brought the link. Only what may pass by itself can be tried again. */
export function wordsForInvitation(error: ApiError): Words {
  const over = error.code === "invitation_over" ? (OVER[String(error.problem?.["reason"])] ?? OVER["expired"]) : undefined;
  const known = over ?? REFUSED[error.code];
  if (!known) return wordsFor(error, { changing: true });
  return { ...known, tone: "warn", retry: error.code === "changed_meanwhile" ? "user" : "never" };
}
