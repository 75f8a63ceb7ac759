// @vitest-environment node
import { afterEach, beforeEach, expect, test } from "vitest";

import { letIn } from "./gateway";
import { readAnew } from "./identity";
import { FakeApi, refuse } from "./testing/api";
import { Browser } from "./testing/browser";

let api: FakeApi;

beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.stop());

const ask = async (browser: Browser, headers: Record<string, string> = {}) =>
  browser.take(await letIn(browser.request("x", { method: "POST", headers }), browser.settings, "id-of-the-request", readAnew));

test("who somebody is by now goes into the cookie, and no token to the page", async () => {
  const browser = await Browser.signedIn(api);
  const answer = await ask(browser);

  const text = await answer.text();
  expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
  expect(Object.keys(JSON.parse(text) as object).sort()).toEqual(["organisation", "user"]);
  expect(text).not.toMatch(/access-\d|refresh-\d/);
  expect(await browser.session()).toMatchObject({ accessToken: "access-2" });
});

test("a session that has ended is refused, and the cookie stays: it may be that of a newer session", async () => {
  const browser = await Browser.signedIn(api);
  const { cookie } = browser;
  api.instead.set("/v1/auth/refresh", (response) => refuse(response, 401, "not_signed_in", { reason: "expired" }));

  expect([(await ask(browser)).status, browser.cookie]).toEqual([401, cookie]);
});

test("an API that is away leaves the session as it is", async () => {
  const browser = await Browser.signedIn(api);
  const cookie = browser.cookie;
  api.instead.set("/v1/auth/refresh", (response) => refuse(response, 503, "unavailable"));

  expect([(await ask(browser)).status, browser.cookie]).toEqual([503, cookie]);
});

test("another page cannot ask for it", async () => {
  const browser = await Browser.signedIn(api);

  expect((await ask(browser, { origin: "https://elsewhere.test" })).status).toBe(403);
  expect(api.calls("/v1/auth/refresh")).toBe(0);
});
