// @vitest-environment node
import { afterEach, beforeEach, expect, test } from "vitest";

import { SIGN_IN_CODES } from "../features/sign-in/messages";
import { exchange } from "./exchange";
import { FakeApi, refuse, send } from "./testing/api";
import { settingsFor } from "./testing/browser";

const WORD = { idToken: "id.token", nonce: "n-1", emailVerified: true, invitation: null, address: "203.0.113.7" };
let api: FakeApi;

beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.stop());

test("the API is told what the provider said, and that it is the web application that asks", async () => {
  api.instead.set("/v1/auth/google", (response) => send(response, 200, api.pair()));
  const outcome = await exchange(settingsFor(api), { ...WORD, invitation: "nxi_1" });
  expect(outcome).toMatchObject({ pair: { access_token: "access-1" } });
  expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({
    id_token: "id.token",
    nonce: "n-1",
    invitation: "nxi_1",
    web_client_secret: "secret of the web application",
  });
  expect(api.seen[0]?.headers["x-forwarded-for"]).toBe("203.0.113.7");
});

test.each([
  [401, "invalid_identity", "exchange_refused"],
  [422, "invalid_request", "exchange_refused"],
  [403, "membership_removed", "membership_removed"],
  [403, "approval_pending", "approval_pending"],
  [403, "invitation_needed", "invitation_needed"],
  [403, "invitation_for_another", "invitation_for_another"],
  [409, "invitation_over", "invitation_over"],
  [409, "last_admin", "last_admin"],
  [409, "changed_meanwhile", "changed_meanwhile"],
  [404, "not_found", "invitation_unknown"],
  [429, "rate_limited", "rate_limited"],
  [500, "internal_error", "backend_unreachable"],
  [503, "unavailable", "backend_unreachable"],
])("%i %s is told as %s", async (status, code, expected) => {
  api.instead.set("/v1/auth/google", (response) => refuse(response, status, code));
  const outcome = await exchange(settingsFor(api), { ...WORD, invitation: "nxi_1" });
  expect(outcome).toEqual({ refusal: expected });
  expect(SIGN_IN_CODES).toContain(expected);
});

test("an answer that is no token pair lets nobody in", async () => {
  api.instead.set("/v1/auth/google", (response) => send(response, 200, { access_token: "x" }));
  expect(await exchange(settingsFor(api), WORD)).toEqual({ refusal: "backend_unreachable" });
});

test.each([[false], [undefined], ["true"]])("an address whose proof is %s never reaches the API", async (emailVerified) => {
  expect(await exchange(settingsFor(api), { ...WORD, emailVerified })).toEqual({ refusal: "email_not_verified" });
  expect(api.seen).toEqual([]);
});

test("without a nonce nobody is let in", async () => {
  expect(await exchange(settingsFor(api), { ...WORD, nonce: undefined })).toEqual({ refusal: "exchange_refused" });
  expect(api.seen).toEqual([]);
});

test("an API that is away is told apart from a refusal", async () => {
  const settings = settingsFor(api);
  await api.stop();
  expect(await exchange(settings, WORD)).toEqual({ refusal: "backend_unreachable" });
  api = await FakeApi.start();
});
