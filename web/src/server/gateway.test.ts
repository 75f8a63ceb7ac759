// @vitest-environment node
import { gunzipSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ENCODING } from "./content-encoding";
import { BODY_BYTES, letIn } from "./gateway";
import { acceptInvitation } from "./invitation";
import { FakeApi, refuse, send } from "./testing/api";
import { Browser, ORIGIN, settingsFor } from "./testing/browser";
import { forgetIdentity, verifiedIdentity } from "./verified-identity";

let api: FakeApi;

/** Accept an invitation, and take the cookie that comes back. */
async function accept(browser: Browser): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const request = browser.request("x", { method: "POST", headers, body: '{"token":"nxi_1"}' });
  return browser.take(await letIn(request, browser.settings, "id-of-the-request", acceptInvitation));
}

beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.stop());

describe("a call", () => {
  test("goes to the API with the token, under one request id, and comes back", async () => {
    const browser = await Browser.signedIn(api);
    const answer = await browser.call("v1/jobs?limit=5&status=failed");

    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(api.seen[0]).toMatchObject({ path: "/v1/jobs?limit=5&status=failed", headers: { authorization: "Bearer access-1" } });
    expect(api.seen[0]?.headers["x-request-id"]).toBe(answer.headers.get("x-request-id"));
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("carries its body and the key that makes it safe to repeat", async () => {
    const browser = await Browser.signedIn(api);
    const headers = { "content-type": "application/json", "idempotency-key": "k-1", "x-evil": "1" };
    const answer = await browser.call("v1/summarize", { method: "POST", headers, body: '{"text":"Ünï"}' });

    expect(await answer.json()).toMatchObject({ said: '{"text":"Ünï"}' });
    expect(api.seen[0]?.headers).toMatchObject({ "idempotency-key": "k-1", "content-type": "application/json" });
    expect(api.seen[0]?.headers).not.toHaveProperty("x-evil");
    expect(api.seen[0]?.headers["cache-control"]).toBe("no-store"); // no-cache would pass by the API's own cache
    expect(api.seen[0]?.headers).not.toHaveProperty("cookie");
  });

  test("brings back what a page needs of a refusal, and nothing else", async () => {
    const headers = {
      "Retry-After": "7",
      RateLimit: '"organisation";r=0;t=7',
      "RateLimit-Policy": '"organisation";q=100;w=900',
      "Idempotency-Replayed": "true",
      "X-Request-ID": "of-the-api",
      "Set-Cookie": "stolen=1",
      Server: "secret/1.0",
    };
    api.instead.set("/v1/credits", (response) => send(response, 429, { code: "rate_limited" }, headers));
    const answer = await (await Browser.signedIn(api)).call("v1/credits");

    expect(answer.status).toBe(429);
    for (const name of ["Retry-After", "RateLimit", "RateLimit-Policy", "Idempotency-Replayed", "X-Request-ID"] as const) {
      expect(answer.headers.get(name)).toBe(headers[name]);
    }
    expect([answer.headers.get("set-cookie"), answer.headers.get("server")]).toEqual([null, null]);
  });

  test("that finds no API is told so in the API's own shape", async () => {
    const browser = await Browser.signedIn(api);
    await api.stop();
    const answer = await browser.call("v1/credits");

    expect(answer.status).toBe(503);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({
      type: "urn:nexus:error:backend_unreachable",
      status: 503,
      code: "backend_unreachable",
      request_id: answer.headers.get("x-request-id"),
    });
    expect(answer.headers.getSetCookie()).toEqual([]); // the session stays
    api = await FakeApi.start();
  });

  test("of a path that is not listed does not reach the API", async () => {
    const browser = await Browser.signedIn(api);
    for (const path of ["v1/auth/refresh", "v1/../metrics", "metrics", "v1/jobs/..", "v1/jobs/a%2fb", "v1/invitations/accept"]) {
      const answer = await browser.call(path, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
      expect([path, answer.status]).toEqual([path, 404]);
    }
    expect(api.seen).toEqual([]);
  });

  test("of the platform's health needs no session, and renews none", async () => {
    const away = { status: "unavailable", database: "unavailable", redis: "ok" };
    api.instead.set("/health", (response) => send(response, 503, away));
    api.lifeSeconds = 0; // the access token has ended: any other call would renew it
    for (const browser of [await Browser.signedIn(api), new Browser(settingsFor(api), null)]) {
      const answer = await browser.call("health");

      expect([answer.status, await answer.json()]).toEqual([503, away]);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(api.seen.map(({ path, headers }) => [path, headers.authorization])).toEqual(Array(2).fill(["/health", undefined]));
  });

  test("without a session is 401 in the API's own shape", async () => {
    const answer = await new Browser(settingsFor(api), null).call("v1/me");
    expect([answer.status, (await answer.json()).reason]).toEqual([401, "missing"]);
    const forged = await new Browser(settingsFor(api), "eyJhbGciOiJkaXIifQ.x.y.z.w").call("v1/me");
    expect(forged.status).toBe(401);
    expect(api.seen).toEqual([]);
  });

  test("with a body that is too large stops here, whatever its length claims", async () => {
    const browser = await Browser.signedIn(api);
    const large = new Uint8Array(BODY_BYTES + 1).fill(65);
    const stream = () => new Blob([large]).stream();
    const streamed = browser.request("v1/summarize", { method: "POST", headers: { "content-type": "application/json" } });
    const request = new Request(streamed, { body: stream(), duplex: "half" } as RequestInit);
    const { passOn } = await import("./gateway");

    expect((await passOn(request, "v1/summarize", browser.settings)).status).toBe(413);
    expect((await browser.call("v1/summarize", { method: "POST", body: large })).status).toBe(413);
    expect(api.seen).toEqual([]);
  });
});

describe("a long answer", () => {
  const jobs = { items: Array.from({ length: 100 }, (_, number) => ({ id: number, excerpt: "The old bridge was closed." })) };

  async function asked(accepted: string | null, type = "application/json"): Promise<Response> {
    api.instead.set("/v1/jobs", (response) => send(response, 200, jobs, { "Content-Type": type }));
    return (await Browser.signedIn(api)).call("v1/jobs", { headers: { "accept-encoding": accepted } });
  }

  test.each(["gzip", "br, gzip;q=0.5", "deflate, GZIP"])("is compressed for a browser that takes %s", async (accepted) => {
    const answer = await asked(accepted);
    const sent = Buffer.from(await answer.arrayBuffer());

    expect(answer.headers.get(ENCODING)).toBe("gzip");
    expect(answer.headers.get("vary")).toBe("Accept-Encoding");
    expect(JSON.parse(gunzipSync(sent).toString())).toEqual(jobs);
    expect(sent.byteLength).toBeLessThan(JSON.stringify(jobs).length / 5);
  });

  test.each([[null], ["br"], ["gzip;q=0"], ["identity"]])("is sent as it is to one that takes %s", async (accepted) => {
    const answer = await asked(accepted);

    expect(answer.headers.get(ENCODING)).toBeNull();
    expect(await answer.json()).toEqual(jobs);
  });

  test("that is no text is sent as it is", async () => {
    expect((await asked("gzip", "application/zip")).headers.get(ENCODING)).toBeNull();
  });
});

describe("a change", () => {
  const table: [string, Record<string, string | null>, number][] = [
    ["from our own page", {}, 200],
    ["from our own page, by a browser that says no more", { "sec-fetch-site": null }, 200],
    ["from nowhere", { origin: null }, 403],
    ["from nowhere, and says it is from here", { origin: null, "sec-fetch-site": "same-origin" }, 403],
    ["from a sandbox or a file", { origin: "null" }, 403],
    ["from a foreign page", { origin: "https://evil.test", "sec-fetch-site": "cross-site" }, 403],
    ["from a foreign page that hides it", { origin: "https://evil.test", "sec-fetch-site": null }, 403],
    ["from another port", { origin: "http://127.0.0.1:3001" }, 403],
    ["from another scheme", { origin: "https://127.0.0.1:3000" }, 403],
    ["from a name that begins as ours", { origin: `${ORIGIN}.evil.test` }, 403],
    ["from a name that ends as ours", { origin: "http://evil.test/http://127.0.0.1:3000" }, 403],
    ["from two places", { origin: `${ORIGIN}, https://evil.test` }, 403],
    ["from our origin, as a neighbour tells it", { "sec-fetch-site": "same-site" }, 403],
    ["from our origin, as a foreign page tells it", { "sec-fetch-site": "cross-site" }, 403],
  ];
  test.each(table)("%s", async (_, headers, status) => {
    const browser = await Browser.signedIn(api);
    for (const [method, path] of [["POST", "v1/summarize"], ["PATCH", "v1/organisation"], ["DELETE", "v1/sessions"]] as const) {
      const answer = await browser.call(path, { method, headers });
      expect([method, answer.status]).toEqual([method, status]);
    }
    expect(api.seen.length).toBe(status === 200 ? 3 : 0);
  });
});

describe("a session", () => {
  test("is renewed once for all calls that find it over, and rotates", async () => {
    api.lifeSeconds = 1;
    const browser = await Browser.signedIn(api);
    const old = browser.cookie;
    await new Promise((wake) => setTimeout(wake, 1100));
    api.lifeSeconds = 900;

    const answers = await Promise.all(Array.from({ length: 8 }, () => browser.call("v1/credits")));

    expect(answers.map((one) => one.status)).toEqual(Array(8).fill(200));
    expect(api.calls("/v1/auth/refresh")).toBe(1);
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({
      refresh_token: expect.stringMatching(/^refresh-1-/),
      web_client_secret: "secret of the web application",
    });
    expect(browser.cookie).not.toBe(old);
    expect(await browser.session()).toMatchObject({ accessToken: "access-2", refreshToken: expect.stringMatching(/^refresh-2-/) });

    // One that left before the new cookie came: the old one still works, without another renewal.
    const late = await new Browser(browser.settings, old).call("v1/credits");
    expect([late.status, api.calls("/v1/auth/refresh")]).toEqual([200, 1]);
  });

  test("is renewed with every life of a 5 s token, and not before its last fifth", async () => {
    api.lifeSeconds = 5;
    const browser = await Browser.signedIn(api);
    await new Promise((wake) => setTimeout(wake, 3000));
    await browser.call("v1/credits");
    expect(api.calls("/v1/auth/refresh")).toBe(0);
    await new Promise((wake) => setTimeout(wake, 1500));
    expect((await browser.call("v1/credits")).status).toBe(200);
    expect(api.calls("/v1/auth/refresh")).toBe(1);
  });

  test("whose token the API finds over is renewed, and the same body is sent again", async () => {
    const browser = await Browser.signedIn(api);
    api.instead.set("/v1/summarize", (response, { headers, body }) =>
      headers.authorization === "Bearer access-1"
        ? refuse(response, 401, "not_signed_in", { reason: "expired" })
        : send(response, 202, { said: body }),
    );
    const answer = await browser.call("v1/summarize", { method: "POST", body: '{"text":"x"}' });
    expect([answer.status, await answer.json()]).toEqual([202, { said: '{"text":"x"}' }]);
    expect(await browser.session()).toMatchObject({ accessToken: "access-2" });
  });

  test("that has ended at the API is refused, and the cookie stays: it may be that of a newer session", async () => {
    api.lifeSeconds = 0.001;
    const browser = await Browser.signedIn(api);
    const { cookie } = browser;
    api.pair(); // somebody else has spent the refresh token
    const answer = await browser.call("v1/credits");
    expect([answer.status, (await answer.json()).reason, browser.cookie]).toEqual([401, "expired", cookie]);
  });

  test("of somebody who was removed is refused, is not renewed, and no page is shown in its name", async () => {
    const browser = await Browser.signedIn(api);
    const session = (await browser.session())!;
    forgetIdentity(session); // every API here gives the same first token
    api.instead.set("/v1/me", (response) => refuse(response, 503, "unavailable"));
    expect(await verifiedIdentity(session, browser.settings, null)).not.toBeNull();
    api.instead.set("/v1/me", (response) => refuse(response, 401, "not_signed_in", { reason: "removed" }));
    const answer = await browser.call("v1/me");
    expect([answer.status, (await answer.json()).reason]).toEqual([401, "removed"]);
    expect(await verifiedIdentity(session, browser.settings, null)).toBeNull();
    expect(api.calls("/v1/auth/refresh")).toBe(0);
  });

  test("that begins while an older one's call is under way is not ended by that call's answer", async () => {
    const browser = await Browser.signedIn(api);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    api.instead.set("/v1/credits", (response) => {
      void held.then(() => refuse(response, 401, "not_signed_in", { reason: "expired" }));
    });
    api.instead.set("/v1/auth/refresh", (response) => refuse(response, 401, "not_signed_in", { reason: "revoked" }));
    const late = browser.call("v1/credits");
    await accept(browser);
    const { cookie } = browser;
    release();
    expect([(await late).status, browser.cookie]).toEqual([401, cookie]);
  });

  test("outlives an API that cannot renew it now, and the next call tries again", async () => {
    api.lifeSeconds = 0.001;
    const browser = await Browser.signedIn(api);
    const cookie = browser.cookie;
    api.instead.set("/v1/auth/refresh", (response) => refuse(response, 503, "unavailable"));
    expect((await browser.call("v1/credits")).status).toBe(503);
    expect(browser.cookie).toBe(cookie);
    api.instead.clear();
    api.lifeSeconds = 900;
    expect((await browser.call("v1/credits")).status).toBe(200);
  });
});

describe("tokens", () => {
  test("of an accepted invitation go into the cookie, and the page sees only who it is", async () => {
    const browser = await Browser.signedIn(api);
    const answer = await accept(browser);

    const text = await answer.text();
    expect(text).not.toMatch(/access|refresh/);
    expect(JSON.parse(text)).toMatchObject({ organisation: { domain: "globex.test" }, user: { role: "admin" } });
    expect(await browser.session()).toMatchObject({ accessToken: "access-2", organisation: { domain: "globex.test" } });
  });

  test("are in no answer at all", async () => {
    api.lifeSeconds = 0.001;
    const browser = await Browser.signedIn(api);
    api.lifeSeconds = 900;
    const answer = await browser.call("v1/me");
    const seen = JSON.stringify([await answer.text(), ...answer.headers.entries()]);
    expect(seen).not.toMatch(/access-\d|refresh-\d/);
  });
});

describe("the browser's address", () => {
  test.each([
    ["the peer's own", {}, "", "203.0.113.7"],
    ["not what a stranger claims", { "x-forwarded-for": "10.0.0.1" }, "", "203.0.113.7"],
    ["what a trusted proxy says", { "x-forwarded-for": "198.51.100.4" }, "203.0.113.0/24", "198.51.100.4"],
    ["only what the last trusted proxy says", { "x-forwarded-for": "1.1.1.1, 198.51.100.4" }, "203.0.113.7", "198.51.100.4"],
    ["the peer's, where the proxy writes nonsense", { "x-forwarded-for": "unknown" }, "203.0.113.7", "203.0.113.7"],
  ])("is %s", async (_, headers, proxies, expected) => {
    const browser = await Browser.signedIn(api, settingsFor(api, { TRUSTED_PROXIES: proxies }));
    await browser.call("v1/me", { headers: { "x-nexus-peer": "::ffff:203.0.113.7", ...headers } });
    expect(api.seen[0]?.headers["x-forwarded-for"]).toBe(expected);
  });
});
