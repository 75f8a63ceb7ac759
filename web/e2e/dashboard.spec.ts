import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect, newDomain, signIn, test } from "./fixtures";

const LARGEST_LOAD = 250_000; // bytes over the wire: scripts, styles, fonts, pictures
const THIRTY_SECONDS = 30_000;
const SLACK = 10_000;

const balance = (page: Page) => page.getByRole("region", { name: "Balance" });

test("A4.2 a balance that changes elsewhere appears within 30 seconds", async ({ page, stack }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  await expect(balance(page)).toContainText("100credits");
  const token = await stack.token(`ann@${domain}`);

  await stack.call(token, "POST", "/v1/summarize", { text: "A text that is long enough to be summarised by somebody." });

  await expect(balance(page)).toContainText("90credits", { timeout: THIRTY_SECONDS + SLACK });
  await expect(page.getByRole("link", { name: "90 credits" })).toBeVisible();
});

test("A4.2 the dashboard has name, balance with its time, transactions, seven days, jobs and the limit", async ({ page, stack }) => {
  const domain = newDomain();
  const token = await stack.token(`ann@${domain}`);
  await stack.call(token, "POST", "/v1/summarize", { text: "A text that is long enough to be summarised by somebody." });
  await signIn(page, `ann@${domain}`);

  await expect(page.getByRole("heading", { level: 1 })).toHaveText(domain);
  await expect(balance(page)).toContainText(/Updated \d\d:\d\d:\d\d/);
  await expect(page.getByRole("table", { name: "Last transactions" }).getByRole("row")).toHaveCount(1 + 2);
  await expect(page.getByRole("table", { name: "Credits spent per day" }).getByRole("row")).toHaveCount(1 + 7);
  await expect(page.locator("[data-bar]")).toHaveCount(7);
  await expect(page.getByRole("region", { name: "Recent jobs" })).toContainText("summarize");
  await expect(page.getByRole("region", { name: "Rate limit" })).toContainText(/\d of /);
});

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
  await context.setOffline(true);
  await context.setOffline(false); // it reads at once

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

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, 390]) {
    test(`axe finds nothing on the dashboard, ${colorScheme}, ${width} px`, async ({ page, stack }) => {
      const domain = newDomain();
      const token = await stack.token(`ann@${domain}`);
      await stack.call(token, "POST", "/v1/summarize", { text: "A text that is long enough to be summarised by somebody." });
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await signIn(page, `ann@${domain}`);
      await expect(page.getByRole("table", { name: "Credits spent per day" })).toBeAttached();

      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    });
  }
}
