// @vitest-environment node
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";

import { ApiError, v1 } from ".";

let server: Server;
let baseUrl: string;
let answer = { status: 200, type: "application/json", body: "{}", headers: {} as Record<string, string> };

beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(answer.status, { "Content-Type": answer.type, ...answer.headers }).end(answer.body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const AS_OF = "2026-11-20T09:12:27.212938Z";
const read = () => v1.readBalance({ baseUrl, throwOnError: true });
const failure = () => read().then(() => expect.unreachable("it was taken"), (error: unknown) => error as ApiError);

test("an answer of the agreed shape is taken", async () => {
  answer = { ...answer, status: 200, body: JSON.stringify({ balance: 100, debt: 0, as_of: AS_OF }) };
  expect((await read()).data.balance).toBe(100);
});

test.each([
  ["a balance that is text", JSON.stringify({ balance: "100", debt: 0, as_of: AS_OF })],
  ["a balance that is missing", JSON.stringify({ debt: 0, as_of: AS_OF })],
  ["a time that is none", JSON.stringify({ balance: 100, debt: 0, as_of: "today" })],
  ["half an answer", '{"balance": 1'],
  ["nothing", ""],
])("%s is bad_response", async (_, body) => {
  answer = { ...answer, status: 200, body, headers: { "X-Request-ID": "r-1" } };
  expect(await failure()).toMatchObject({ name: "ApiError", code: "bad_response", status: 200, requestId: "r-1" });
});

test("a page where JSON should be is bad_response", async () => {
  answer = { status: 502, type: "text/html", body: "<h1>Bad gateway</h1>", headers: {} };
  expect(await failure()).toMatchObject({ code: "bad_response", status: 502 });
});

test("a refusal keeps its code, its facts and when to come back", async () => {
  const problem = { code: "rate_limited", detail: "Wait.", retry_after: 7, request_id: "r-2", status: 429 };
  const headers = { "Retry-After": "7", "X-Request-ID": "r-2" };
  answer = { status: 429, type: "application/problem+json", body: JSON.stringify(problem), headers };
  expect(await failure()).toMatchObject({ code: "rate_limited", status: 429, retryAfter: 7, requestId: "r-2", problem });
});

test("no answer at all is unreachable", async () => {
  const gone = v1.readBalance({ baseUrl: "http://127.0.0.1:9", throwOnError: true });
  await expect(gone).rejects.toMatchObject({ code: "unreachable", status: 0 });
});

test("a call that nobody waits for any more is no failure", async () => {
  const cancelled = v1.readBalance({ baseUrl, throwOnError: true, signal: AbortSignal.abort() });
  await expect(cancelled).rejects.toMatchObject({ name: "AbortError" });
});
