/** The words for an invitation that does not let somebody in. */
import type { ApiError } from "@/api/error";
import { type Words, wordsFor } from "@/lib/failures";
import { isolated } from "@/lib/format";

type Said = Pick<Words, "title" | "detail">;

/** Why an invitation is over; `to` is " to Acme" where it may be told. */
const OVER: Readonly<Record<"used" | "expired" | "revoked", (to: string) => Said>> = {
  used: (to) => ({ title: "This invitation has been used", detail: `A link works once. To join${to}, ask an admin there for a new invitation.` }),
  expired: (to) => ({ title: "This invitation has expired", detail: `An invitation is valid for seven days. To join${to}, ask an admin there for a new one.` }),
  revoked: (to) => ({ title: "This invitation has been revoked", detail: `An admin revoked it. To join${to}, ask for a new one.` }),
};

const REFUSED: Readonly<Record<string, Said>> = {
  not_found: { title: "There is no such invitation", detail: "Open the link as you got it, or ask for a new one." },
  invitation_for_another: {
    title: "This invitation is for another address",
    detail: "Sign in with the account of the address that it was sent to. For privacy, this page doesn't show which address that is.",
  },
  last_admin: {
    title: "You are the only admin where you are",
    detail: "Others would be left without one. Make somebody else an admin first, then open this link again.",
  },
  changed_meanwhile: { title: "Your membership was changed at the same moment", detail: "Try again." },
};

/** For an invitation that cannot be accepted any more: accepted, expired or revoked. */
export function wordsForOver(status: string, organisation?: string): Words {
  const reason = status === "accepted" || status === "used" ? "used" : status === "revoked" ? "revoked" : "expired";
  return { ...OVER[reason](organisation ? ` ${isolated(organisation)}` : ""), tone: "warn", retry: "never" };
}

/** What to tell whoever brought the link. Only what may pass by itself can be tried again. */
export function wordsForInvitation(error: ApiError): Words {
  if (error.code === "invitation_over") return wordsForOver(String(error.problem?.["reason"]));
  const known = REFUSED[error.code];
  if (!known) return wordsFor(error, { changing: true });
  return { ...known, tone: "warn", retry: error.code === "changed_meanwhile" ? "user" : "never" };
}
