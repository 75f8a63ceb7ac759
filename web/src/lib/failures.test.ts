import { expect, test } from "vitest";

import { ApiError } from "@/api";
import { FAILURE_KINDS, kindOf } from "@/lib/failure";
import { type Asker, fieldMessages, wordsFor } from "@/lib/failures";
import { problem, REQUEST_ID } from "@/test/api";

function refusal(status: number, code: string, facts: Record<string, unknown> = {}, retryAfter: number | null = null): ApiError {
  const said = problem(status, code, facts);
  return new ApiError(code, status, said.detail, said, REQUEST_ID, retryAfter);
}

const noAnswer = new ApiError("unreachable", 0, "The server could not be reached.");
const nonsense = new ApiError("bad_response", 200, "Unreadable.", null, REQUEST_ID);

const ROWS: readonly [string, ApiError, Asker, Partial<ReturnType<typeof wordsFor>>][] = [
  ["no answer while reading", noAnswer, {}, { title: "Can't reach the server", retry: "poll", tone: "warn" }],
  ["no answer to a change", noAnswer, { changing: true }, { title: "Can't reach the server", retry: "user" }],
  ["the back end is away", refusal(503, "backend_unreachable"), {}, { title: "Can't reach the server", retry: "poll" }],
  ["the database is away", refusal(503, "unavailable"), {}, { title: "Can't reach the server", retry: "poll" }],
  [
    "422",
    refusal(422, "invalid_request", { errors: [{ field: "text", message: "Say something." }] }),
    {},
    { title: "Please correct what you entered", detail: "Say something.", retry: "user" },
  ],
  ["400", refusal(400, "bad"), {}, { detail: "The API's sentence for bad.", retry: "user" }],
  ["401", refusal(401, "not_signed_in"), {}, { title: "Your session expired", retry: "sign_in", way: "sign_in" }],
  [
    "402 for an admin",
    refusal(402, "insufficient_credits", { needed: 25, available: 8 }),
    { role: "admin" },
    { title: "You need 25 credits, you have 8", retry: "never", way: "billing" },
  ],
  [
    "402 for a member",
    refusal(402, "insufficient_credits", { needed: 25, available: 8 }),
    { role: "member" },
    { title: "You need 25 credits, you have 8", detail: "Nothing was charged. Ask an admin of your organisation for credits.", retry: "never" },
  ],
  ["402 without figures", refusal(402, "insufficient_credits", { needed: "25" }), {}, { title: "Not enough credits for this" }],
  ["403", refusal(403, "not_allowed"), { doing: "invite people" }, { title: "Only admins can invite people", retry: "never" }],
  ["403 of something else", refusal(403, "not_allowed"), {}, { title: "You may not do this", detail: "The API's sentence for not_allowed." }],
  ["404", refusal(404, "not_found"), {}, { title: "Not found", retry: "never" }],
  ["409", refusal(409, "changed_meanwhile"), {}, { title: "Changed by someone else", detail: "Reload, compare, then try again.", retry: "user" }],
  ["409 with a reason", refusal(409, "last_admin"), {}, { title: "That does not go now", detail: "The API's sentence for last_admin." }],
  ["413", refusal(413, "body_too_large", { limit_bytes: 1_000_000 }), {}, { detail: "Nothing was sent. At most 1,000 KB go through. Make it shorter." }],
  ["413 of a proxy", new ApiError("bad_response", 413, ""), {}, { title: "That is too large to send" }],
  ["429", refusal(429, "rate_limited", {}, 41.2), {}, { title: "Too many requests", retry: "wait", waitSeconds: 42 }],
  ["429 of replays", refusal(429, "too_many_replays", {}, 1260), {}, { detail: "The API's sentence for too_many_replays." }],
  ["429 without a time", refusal(429, "rate_limited"), {}, { retry: "wait", waitSeconds: 5 }],
  ["not set up", refusal(503, "billing_not_configured"), {}, { detail: "The API's sentence for billing_not_configured.", retry: "never" }],
  ["somebody else's service is away", refusal(503, "stripe_unavailable"), {}, { detail: "The API's sentence for stripe_unavailable.", retry: "user" }],
  ["500", refusal(500, "internal_error"), {}, { title: "Something went wrong on our side", retry: "user", requestId: REQUEST_ID }],
  ["502 of a proxy", new ApiError("bad_response", 502, ""), {}, { title: "Something went wrong on our side" }],
  ["a bad payload", nonsense, {}, { title: "The server gave an answer that makes no sense", retry: "user", requestId: REQUEST_ID }],
  ["a page's own defect", new ApiError("page_error", 0, "x.y is undefined"), {}, { title: "Something went wrong on our side" }],
];

test.each(ROWS)("%s is said in words", (_, error, asker, words) => {
  expect(wordsFor(error, asker)).toMatchObject(words);
});

test("every kind of failure is met by a row of this test", () => {
  const met = new Set(ROWS.map(([, error]) => kindOf(error)));

  expect([...met].sort()).toEqual([...FAILURE_KINDS].sort());
});

test("a limit is not said to be the organisation's: what a person does here is counted for them alone", () => {
  const { title, detail } = wordsFor(refusal(429, "rate_limited", {}, 3));

  expect(`${title} ${detail}`).toBe("Too many requests You have used your requests for now. Nothing that you entered is lost.");
});

test("a member is not sent to a page that they cannot use", () => {
  expect(wordsFor(refusal(402, "insufficient_credits"), { role: "member" }).way).toBeUndefined();
});

test("nothing of the inside is in the words for what we did not foresee", () => {
  const error = new ApiError("page_error", 0, "TypeError: x.y is undefined at page.tsx:12");
  const { title, detail } = wordsFor(error);

  expect(`${title} ${detail}`).not.toMatch(/TypeError|undefined|tsx/);
});

test("each message is found by its field", () => {
  const errors = [
    { field: "text", message: "Too long." },
    { field: "body.name", message: "Missing." },
  ];

  expect(fieldMessages(refusal(422, "invalid_request", { errors }))).toEqual({ text: "Too long.", name: "Missing." });
  expect(fieldMessages(noAnswer)).toEqual({});
});
