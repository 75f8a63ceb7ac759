import type { Page } from "@playwright/test";

import { expect, newDomain, readAgain, signIn, test } from "./fixtures";

const LARGEST_LOAD = 250_000; // bytes over the wire, everything of ours

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

test(`the first load moves at most ${LARGEST_LOAD} bytes of static files`, async ({ page, context, stack }) => {
  await signIn(page, `ann@${newDomain()}`);
  await expect(balance(page)).toContainText("100credits");
  const address = page.url();
  const fresh = await context.newPage();
  const wire = await context.newCDPSession(fresh);
  const ours = new Set<string>();
  let bytes = 0;
  await wire.send("Network.enable");
  await wire.send("Network.setCacheDisabled", { cacheDisabled: true });
  wire.on("Network.responseReceived", ({ requestId, response }) => {
    if (/_next\/static|icon\.svg/.test(response.url)) ours.add(requestId);
  });
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (ours.has(requestId)) bytes += encodedDataLength;
  });
  await fresh.goto(address, { waitUntil: "networkidle" });
  await expect(balance(fresh)).toContainText("100credits");

  expect(address).toContain(stack.web);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(LARGEST_LOAD);
});
