/**
 * The one table from failure to words. No page words a failure itself: it asks `wordsFor`, or `wordsForJob`.
 *
 * A sentence says what happened and what to do, never what the machine thought of it.
 */
import type { ApiError } from "@/api/error";
import { type Facts, factsOf, type FailureKind, kindOf } from "@/lib/failure";
import { count } from "@/lib/format";

/** Who tries again, if anybody: the next reading, the page after a wait, the person, the person once signed in. */
export type Retry = "poll" | "wait" | "user" | "sign_in" | "never";

export interface Words {
  title: string;
  detail: string;
  tone: "warn" | "bad";
  retry: Retry;
  /** Where the way out lies, if it is another page. */
  way?: "billing" | "sign_in";
  /** Shown with a button that copies it. */
  requestId?: string | undefined;
  /** Seconds until there is room again. */
  waitSeconds?: number | undefined;
}

export interface Asker {
  role?: "admin" | "member" | undefined;
  /** What was tried, to complete "Only admins can …": "invite people". */
  doing?: string | undefined;
  /** Whether something was to be changed, not only read. */
  changing?: boolean | undefined;
}

interface Met extends Asker {
  error: ApiError;
  facts: Facts;
  requestId: string | undefined;
}

function unreachable({ changing, requestId }: Met): Words {
  const detail = changing
    ? "Nothing that you entered is lost. Try again: what was asked for twice is done once."
    : "We keep trying. It appears as soon as it can be read.";
  return { title: "Can't reach the server", detail, tone: "warn", retry: changing ? "user" : "poll", requestId };
}

function invalid({ error, facts }: Met): Words {
  const detail = facts.errors?.map(({ message }) => message).join(" ") ?? error.message;
  return { title: "Please correct what you entered", detail, tone: "bad", retry: "user" };
}

function noCredits({ facts: { needed, available }, role }: Met): Words {
  const known = needed !== undefined && available !== undefined;
  const title = known ? `You need ${count(needed, "credit")}, you have ${count(available)}` : "Not enough credits for this";
  if (role === "member") {
    const detail = "Nothing was charged. Ask an admin of your organisation for credits.";
    return { title, detail, tone: "warn", retry: "never" };
  }
  return { title, detail: "Nothing was charged. Send it again when there are enough credits.", tone: "warn", retry: "never", way: "billing" };
}

function forbidden({ error, doing }: Met): Words {
  const title = doing ? `Only admins can ${doing}` : "You may not do this";
  const detail = doing || !error.problem ? "Ask an admin of your organisation." : error.message;
  return { title, detail, tone: "warn", retry: "never" };
}

function conflict({ error }: Met): Words {
  const known = error.problem !== null && error.code !== "conflict" && error.code !== "changed_meanwhile";
  const title = known ? "That does not go now" : "Changed by someone else";
  const detail = known ? error.message : "Reload, compare, then try again.";
  return { title, detail, tone: "warn", retry: "user" };
}

function tooLarge({ facts }: Met): Words {
  const limit = facts.limit_bytes === undefined ? "" : ` At most ${count(Math.floor(facts.limit_bytes / 1000))} KB go through.`;
  return { title: "That is too large to send", detail: `Nothing was sent.${limit} Make it shorter.`, tone: "warn", retry: "user" };
}

function rateLimited({ error }: Met): Words {
  const waitSeconds = Math.max(1, Math.ceil(error.retryAfter ?? 5));
  const detail = "You have used your requests for now. Nothing that you entered is lost.";
  return { title: "Too many requests", detail, tone: "warn", retry: "wait", waitSeconds };
}

function server({ requestId }: Met): Words {
  const detail = "It was not your doing. Try again; if it stays, report the request id.";
  return { title: "Something went wrong on our side", detail, tone: "bad", retry: "user", requestId };
}

function badResponse({ requestId }: Met): Words {
  const detail = "It is not shown, because it cannot be trusted. Try again; if it stays, report the request id.";
  return { title: "The server gave an answer that makes no sense", detail, tone: "bad", retry: "user", requestId };
}

const TABLE: Readonly<Record<FailureKind, (met: Met) => Words>> = {
  unreachable,
  invalid,
  signed_out: () => ({
    title: "Your session expired",
    detail: "Sign in again; you come back to this page.",
    tone: "warn",
    retry: "sign_in",
    way: "sign_in",
  }),
  no_credits: noCredits,
  forbidden,
  missing: () => ({
    title: "Not found",
    detail: "There is nothing here by that address, or it is not your organisation's.",
    tone: "warn",
    retry: "never",
  }),
  conflict,
  too_large: tooLarge,
  rate_limited: rateLimited,
  not_configured: ({ error }) => ({ title: "Not available here", detail: error.message, tone: "warn", retry: "never" }),
  provider_away: ({ error }) => ({ title: "That does not go at the moment", detail: error.message, tone: "warn", retry: "user" }),
  server,
  bad_response: badResponse,
};

/** The words for a failure, for whoever met it. */
export function wordsFor(error: ApiError, asker: Asker = {}): Words {
  const requestId = error.requestId ?? undefined;
  return TABLE[kindOf(error)]({ ...asker, error, facts: factsOf(error), requestId });
}

/** What to say beside each field: `{"text": "…"}`. Empty where the failure is not about fields. */
export function fieldMessages(error: ApiError): Record<string, string> {
  const named = factsOf(error).errors ?? [];
  return Object.fromEntries(named.map(({ field, message }) => [field.replace(/^body\./, ""), message]));
}
