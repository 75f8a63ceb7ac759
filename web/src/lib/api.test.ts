import { expect, test } from "vitest";

import { ApiError, call, v1 } from "@/lib/api";
import { latestRateLimit } from "@/lib/rate-limit";
import { serveApi } from "@/test/api";
import { BALANCE } from "@/test/values";

const api = serveApi();

async function failureOf(asked: Promise<unknown>): Promise<ApiError> {
  const thrown: unknown = await asked.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof ApiError)) throw new Error(`Not an ApiError: ${String(thrown)}`);
  return thrown;
}

test("an answer of the agreed shape is given", async () => {
  api.answer("GET /v1/credits", BALANCE);

  await expect(call(v1.readBalance())).resolves.toEqual(BALANCE);
});

test("a field that is new to us does no harm", async () => {
  api.answer("GET /v1/credits", { ...BALANCE, colour: "green" });

  await expect(call(v1.readBalance())).resolves.toMatchObject(BALANCE);
});

test.each([
  ["a balance that is a string", { ...BALANCE, balance: "80" }],
  ["a missing field", { balance: 80 }],
  ["something else", []],
  ["a page of HTML", "<!doctype html><title>Sign in to the Wi-Fi</title>"],
  ["half of an answer", '{"balance": 8'],
  ["nothing", ""],
])("%s is a bad response", async (_, body) => {
  api.answer("GET /v1/credits", body);

  const { code, requestId } = await failureOf(call(v1.readBalance()));

  expect(code).toBe("bad_response");
  expect(requestId).not.toBeNull();
});

test("HTML with status 200 is no answer either", async () => {
  api.answer("GET /v1/credits", "<p>Hello</p>", { "Content-Type": "text/html" });

  expect((await failureOf(call(v1.readBalance()))).code).toBe("bad_response");
});

test("an answer that says of itself that it is empty is none", async () => {
  api.answer("GET /v1/credits", "", { "Content-Length": "0" });

  expect((await failureOf(call(v1.readBalance()))).code).toBe("bad_response");
});

test("a broken connection is told apart from a refusal", async () => {
  api.away(true);

  expect(await failureOf(call(v1.readBalance()))).toMatchObject({ code: "unreachable", status: 0 });
});

test("a refusal keeps its code, its facts, its request id and when to come again", async () => {
  api.refuse("GET /v1/credits", 429, "rate_limited", { retry_after: 7 }, { "Retry-After": "7" });

  const failure = await failureOf(call(v1.readBalance()));

  expect(failure).toMatchObject({ code: "rate_limited", status: 429, retryAfter: 7 });
  expect(failure.requestId).not.toBeNull();
});

test("204 is an answer", async () => {
  api.say("DELETE /v1/sessions", () => ({ status: 204 }));

  await expect(call(v1.endAllSessions())).resolves.toBeDefined();
});

test("each answer says how much of the limit is left, a refusal too", async () => {
  const headers = { "RateLimit-Policy": '"organisation";q=100;w=900', RateLimit: '"organisation";r=57;t=412' };
  api.answer("GET /v1/credits", BALANCE, headers);
  await call(v1.readBalance());
  expect(latestRateLimit()).toMatchObject({ quota: 100, windowSeconds: 900, remaining: 57, resetSeconds: 412 });

  api.refuse("GET /v1/credits", 429, "rate_limited", {}, { ...headers, RateLimit: '"organisation";r=0;t=9' });
  await failureOf(call(v1.readBalance()));
  expect(latestRateLimit()).toMatchObject({ remaining: 0 });
});
