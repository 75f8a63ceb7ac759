// @vitest-environment node
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { cookieName } from "./cookies";
import { pageSession } from "./page-session";
import { unseal } from "./session";
import { FakeApi, refuse, send } from "./testing/api";
import { Browser } from "./testing/browser";
import { forgetIdentity, verifiedIdentity } from "./verified-identity";

let api: FakeApi;
let browser: Browser;

beforeEach(async () => {
  api = await FakeApi.start();
  browser = await Browser.signedIn(api);
  forgetIdentity((await browser.session())!); // every API here gives the same first token
});
afterEach(() => api.stop());

describe("a page's session", () => {
  const later = () => Date.now() + 2 * api.lifeSeconds * 1000;
  const prepare = (now?: number) => pageSession(browser.request("x"), browser.settings, now);

  test("that is current is left alone, and the API is not asked", async () => {
    expect(await prepare()).toBeUndefined();
    expect(api.seen).toEqual([]);
  });

  test("that is due is renewed for the page and for the browser, and other cookies stay", async () => {
    const prepared = (await prepare(later()))!;
    const name = cookieName(browser.settings, "session-token");
    const value = new RegExp(`${name}=([^;]+)`).exec(prepared.cookie)?.[1];

    expect(prepared.cookie).toMatch(/^other=1; more=2; /);
    expect(prepared.setCookie).toContain(`${name}=${value}; Path=/;`);
    expect(await unseal(value, browser.settings)).toMatchObject({ accessToken: "access-2" });
  });

  test("that has ended is hidden from the page, and the browser keeps its cookie, by then perhaps a newer one", async () => {
    api.instead.set("/v1/auth/refresh", (response) => refuse(response, 401, "not_signed_in", { reason: "expired" }));

    expect(await prepare(later())).toEqual({ cookie: "other=1; more=2" });
  });

  test("is left as it is while the API is away", async () => {
    api.instead.set("/v1/auth/refresh", (response) => refuse(response, 503, "unavailable"));

    expect(await prepare(later())).toBeUndefined();
  });
});

describe("whose a session is", () => {
  const ask = async () => verifiedIdentity((await browser.session())!, browser.settings, "203.0.113.7");
  const me = { user: { id: "1", email: "ann@acme.test", name: "Ann", role: "member" }, organisation: { id: "2", name: "Acme", domain: null } };

  test("is what the API says now, asked once for all requests of a page", async () => {
    api.instead.set("/v1/me", (response) => send(response, 200, me));

    expect(await Promise.all([ask(), ask(), ask()])).toEqual([me, me, me]);
    expect(api.calls("/v1/me")).toBe(1);
    expect(api.seen[0]?.headers["x-forwarded-for"]).toBe("203.0.113.7");
  });

  test.each(["removed", "signature", "malformed", "type", "expired"])("is nobody's once the API says %s", async (reason) => {
    api.instead.set("/v1/me", (response) => refuse(response, 401, "not_signed_in", { reason }));

    expect(await ask()).toBeNull();
  });

  test("is asked anew after a sign-out, so that a copy of the cookie shows nothing", async () => {
    api.instead.set("/v1/me", (response) => send(response, 200, me));
    await ask();
    api.instead.set("/v1/me", (response) => refuse(response, 401, "not_signed_in", { reason: "removed" }));
    forgetIdentity((await browser.session())!);

    expect(await ask()).toBeNull();
  });

  test("is what the cookie says while a token is old that could not be renewed", async () => {
    api.instead.set("/v1/me", (response) => refuse(response, 401, "not_signed_in", { reason: "expired" }));
    const session = { ...(await browser.session())!, renewAt: Date.now() / 1000 - 1 };

    expect(await verifiedIdentity(session, browser.settings, null)).toMatchObject({ user: { role: "admin" } });
  });

  test.each([503, 429])("is what the cookie says while the API answers %i", async (status) => {
    api.instead.set("/v1/me", (response) => refuse(response, status, "unavailable"));

    expect(await ask()).toMatchObject({ user: { email: "ann@acme.test", role: "admin" } });
  });

  test("is what the cookie says while the API cannot be reached", async () => {
    const session = (await browser.session())!;
    await api.stop();

    expect(await verifiedIdentity(session, browser.settings, null)).toMatchObject({ user: { role: "admin" } });
    api = await FakeApi.start();
  });
});
