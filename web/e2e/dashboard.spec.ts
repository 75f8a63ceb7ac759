import type { Page } from "@playwright/test";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

import { expect, newDomain, readAgain, signIn, test } from "./fixtures";

const LARGEST_LOAD = 250 * 1024; // bytes over the wire: headers, page, scripts, fonts, and what the API answers

const balance = (page: Page) => page.getByRole("region", { name: "Balance" });

test("offline is said at once and in words, and taken back by itself", async ({ page, context }) => {
  await signIn(page, `ann@${newDomain()}`);
  await expect(balance(page)).toContainText("100credits");

  await context.setOffline(true);
  await expect(page.getByRole("status", { name: "Notices" })).toContainText("You are offline. What you see was last updated");
  await expect(balance(page)).toContainText("100credits");

  await context.setOffline(false);
  await expect(page.getByRole("status", { name: "Notices" })).toBeEmpty();
});

test("a session that is over leads to sign-in, and back", async ({ page, context }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  await expect(balance(page)).toContainText("100credits");
  await context.clearCookies();
  await readAgain(page);

  await expect(page).toHaveURL(`/?error=session_expired&next=${encodeURIComponent(`/${domain}`)}`);
  await expect(page.getByRole("alert").filter({ hasText: "expired" })).toBeVisible();
});

test("the keyboard alone finds a page by its name", async ({ page }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  await expect(balance(page)).toContainText("100credits");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Search pages and actions" })).toBeFocused();
  await page.keyboard.type("dark");
  await page.keyboard.press("Enter");

  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test(`the first load moves at most ${LARGEST_LOAD} bytes`, async ({ page, context, stack }) => {
  await signIn(page, `ann@${newDomain()}`);
  await expect(balance(page)).toContainText("100credits");
  const address = page.url();
  const fresh = await context.newPage();
  const wire = await context.newCDPSession(fresh);
  let bytes = 0;
  await wire.send("Network.enable");
  await wire.send("Network.setCacheDisabled", { cacheDisabled: true });
  wire.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await fresh.goto(address, { waitUntil: "networkidle" });
  await expect(balance(fresh)).toContainText("100credits");

  expect(address).toContain(stack.web);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(LARGEST_LOAD);
});

test("an error in a page reaches Sentry, with whose it was and without its words", async ({ page, context }) => {
  const sent: string[] = [];
  const sentry = createServer((request, response) => void text(request).then((body) => response.end("{}", () => sent.push(body))));
  await new Promise<void>((ready) => sentry.listen(Number(new URL(process.env.E2E_SENTRY ?? "").port), "127.0.0.1", ready));
  try {
    await signIn(page, `ann@${newDomain()}`);
    await expect(balance(page)).toContainText("100credits");
    const broken = await context.newPage();
    await broken.goto(page.url());
    await expect(balance(broken)).toContainText("100credits");
    await broken.evaluate(() => void setTimeout(() => null!["what a customer wrote"]));
    await expect.poll(() => sent.length).toBe(1);

    const event = JSON.parse(sent[0]?.split("\n")[2] ?? "") as Record<string, unknown>;
    const uuid: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(event).toMatchObject({ user: { id: uuid }, contexts: { organisation: { id: uuid } }, tags: { side: "browser" } });
    expect(event.exception).toMatchObject({ values: [{ type: "TypeError", value: "" }] });
    expect(sent[0]).not.toMatch(/customer|ann@|cookie/);
  } finally {
    sentry.closeAllConnections();
    sentry.close();
  }
});
