// @vitest-environment node
import { expect, test } from "vitest";

import { cookieName, cookieOptions, sessionCookie } from "./cookies";
import { type Pair, seal, sessionOf, unseal } from "./session";
import { readSettings } from "./settings";
import { SECRET } from "./testing/browser";

const ENVIRONMENT = {
  NEXTAUTH_URL: "https://nexus.example.com",
  NEXTAUTH_SECRET: SECRET,
  BACKEND_URL: "http://api:8000",
  OIDC_CLIENT_ID: "client",
  OIDC_CLIENT_SECRET: "secret of the client",
  WEB_CLIENT_SECRET: "secret of the web application",
};
const settings = readSettings(ENVIRONMENT);

function pair(name: string, email: string): Pair {
  return {
    access_token: "a".repeat(700),
    refresh_token: "r".repeat(140),
    expires_in: 900,
    user: { id: "019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d3f", email, name, role: "admin" },
    organisation: { id: "019f9b1c-7a59-715a-a63f-23b61ad0b72a", name, domain: email.split("@")[1] ?? null },
  };
}

test("the cookie stays small enough for every browser, whatever people are called", async () => {
  const longest = pair("𝓝".repeat(200), `${"a".repeat(64)}@${"b".repeat(189)}`);
  const value = await seal(sessionOf(longest), settings);
  expect(sessionCookie(settings, value).length).toBeLessThan(4096);
  const usual = await seal(sessionOf(pair("Ann Archer", "ann@acme.test")), settings);
  expect(usual.length).toBeLessThan(2000);
});

test("a cookie that a browser would drop is not sent", async () => {
  const huge = sessionOf({ ...pair("Ann", "ann@acme.test"), access_token: "a".repeat(4000) });
  await expect(seal(huge, settings)).rejects.toThrow("bytes");
});

test("over https no other host and no page without https can set it", () => {
  expect(cookieName(settings, "session-token")).toBe("__Host-next-auth.session-token");
  expect(cookieOptions(settings)).toEqual({ httpOnly: true, sameSite: "lax", path: "/", secure: true });
  expect(sessionCookie(settings, "v")).toMatch(/; Path=\/; Max-Age=28800; HttpOnly; SameSite=Lax; Secure$/);
});

test("two applications on one machine keep their sessions apart", () => {
  const names = [3000, 3001, 30001].map((port) =>
    cookieName(readSettings({ ...ENVIRONMENT, NEXTAUTH_URL: `http://127.0.0.1:${port}` }), "session-token"),
  );
  for (const one of names) expect(names.filter((other) => other.startsWith(one))).toEqual([one]);
});

test("another's key opens nothing", async () => {
  const value = await seal(sessionOf(pair("Ann", "ann@acme.test")), settings);
  const others = readSettings({ ...ENVIRONMENT, NEXTAUTH_SECRET: `${SECRET}?` });
  expect(await unseal(value, settings)).not.toBeNull();
  expect(await unseal(value, others)).toBeNull();
});

test("samples name the API where programs reach it, which may be elsewhere than where this server does", () => {
  expect(readSettings(ENVIRONMENT).api).toBe(ENVIRONMENT.BACKEND_URL);
  expect(readSettings({ ...ENVIRONMENT, PUBLIC_API_URL: "https://api.example.com/" }).api).toBe("https://api.example.com");
});

test.each([
  ["no secret", { NEXTAUTH_SECRET: undefined }, "NEXTAUTH_SECRET"],
  ["a short one", { NEXTAUTH_SECRET: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF" }, "NEXTAUTH_SECRET"],
  ["one that repeats itself", { NEXTAUTH_SECRET: "changeme".repeat(8) }, "NEXTAUTH_SECRET"],
  ["http to somewhere else", { NEXTAUTH_URL: "http://nexus.example.com" }, "NEXTAUTH_URL"],
  ["a path", { NEXTAUTH_URL: "https://nexus.example.com/app" }, "NEXTAUTH_URL"],
  ["a provider without https", { OIDC_ISSUER: "http://login.example.com" }, "OIDC_ISSUER"],
  ["no API", { BACKEND_URL: "" }, "BACKEND_URL"],
  ["samples that send keys without https", { PUBLIC_API_URL: "http://api.example.com" }, "PUBLIC_API_URL"],
])("it does not start with %s, and does not show the value", (_, wrong, named) => {
  const read = () => readSettings({ ...ENVIRONMENT, ...wrong });
  expect(read).toThrow(named);
  const value = Object.values(wrong)[0];
  if (value) expect(read).not.toThrow(value);
});
