/** Gate A4.1: the tokens lie in a cookie that no script can read, and nowhere else. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { BrowserContext, Page } from "@playwright/test";
import { decode } from "next-auth/jwt";

import { expect, newDomain, sessionCookie, signIn, test } from "../fixtures";
import type { Stack } from "../stack";

const LARGEST_COOKIE = 2000; // bytes; every request carries it

/** The very tokens of a browser's session: its cookie, decrypted with the key of this stack. */
async function tokensOf(page: Page, stack: Stack): Promise<{ accessToken: string; refreshToken: string }> {
  const value = (await sessionCookie(page))?.value ?? "";
  const { web_session_key } = JSON.parse(readFileSync(join(stack.dataDir, "secrets.json"), "utf8")) as Record<string, string>;
  const session = await decode({ token: value, secret: web_session_key ?? "" });
  return session as unknown as { accessToken: string; refreshToken: string };
}

/** Everything that the server sends to this browser, scripts included. */
function everythingSentTo(context: BrowserContext): string[] {
  const sent: string[] = [];
  context.on("response", async (answer) => {
    const headers: Record<string, string> = await answer.allHeaders().catch(() => ({}));
    delete headers["set-cookie"]; // the one place where the session's cookie belongs
    sent.push(answer.url(), JSON.stringify(headers), await answer.text().catch(() => ""));
  });
  return sent;
}

/** What a script that somebody smuggled in could find. */
function whatScriptsSee(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const readable = (key: string) => {
      try {
        return JSON.stringify((window as unknown as Record<string, unknown>)[key]) ?? "";
      } catch {
        return ""; // circular: a browser's own object
      }
    };
    const cookies = await cookieStore.getAll();
    const databases = await indexedDB.databases();
    const stores = [{ ...localStorage }, { ...sessionStorage }, cookies, databases, await caches.keys(), history.state, name];
    return [document.cookie, JSON.stringify(stores), document.documentElement.outerHTML, ...Object.keys(window).map(readable)].join("\n");
  });
}

test("A4.1 the sign-in sets a cookie that no script can read, and the page works by it", async ({ page, stack }) => {
  const domain = newDomain();

  await signIn(page, `ann@${domain}`);

  await expect(page).toHaveURL(`/${domain}`);
  await expect(page.getByRole("region", { name: "Balance" })).toContainText("100credits");
  const cookie = await sessionCookie(page);
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
  const bytes = (cookie?.name.length ?? 0) + 1 + (cookie?.value.length ?? 0);
  test.info().annotations.push({ type: "cookie", description: `${bytes} bytes` });
  expect(bytes).toBeLessThan(LARGEST_COOKIE);
  expect(await page.evaluate(() => document.cookie)).toBe("");
  expect(await page.evaluate(async () => (await cookieStore.getAll()).length)).toBe(0);
  expect(stack.web).toContain("127.0.0.1"); // without https only here, where Secure is not asked for
});

test("A4.1 no token is in the HTML, in a script, in the browser's storage or in a log", async ({ page, context, stack }) => {
  const sent = everythingSentTo(context);
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  await expect(page.getByRole("region", { name: "Balance" })).toContainText("100credits");
  const session = await context.request.get("/api/auth/session");
  expect(await session.json()).toMatchObject({ user: { email: `ann@${domain}`, role: "admin" }, organisation: { domain } });
  expect(session.headers()["set-cookie"]).toBeUndefined();
  sent.push(await session.text());
  await page.reload({ waitUntil: "networkidle" });

  const { accessToken, refreshToken } = await tokensOf(page, stack);
  expect((await stack.call<{ user: { email: string } }>(accessToken, "GET", "/v1/me")).user.email).toBe(`ann@${domain}`);
  const cookie = (await sessionCookie(page))?.value ?? "";
  const logs = readdirSync(stack.run.log_dir).map((file) => readFileSync(join(stack.run.log_dir, file), "utf8"));
  const places = { sent: sent.join("\n"), scripts: await whatScriptsSee(page), console: said.join("\n"), logs: logs.join("\n") };

  expect(places.sent).toContain(`ann@${domain}`); // it is her pages that were searched,
  expect(places.scripts).toContain(domain);
  expect(places.logs).toContain("/v1/credits"); // and the logs of her calls
  const secrets = { accessToken, refreshToken, cookie, signature: accessToken.split(".")[2] ?? "" };
  for (const [secret, value] of Object.entries(secrets)) {
    expect(value.length).toBeGreaterThan(20);
    for (const [place, text] of Object.entries(places)) expect(text.includes(value), `${secret} in ${place}`).toBe(false);
  }
});
