import type { Page } from "@playwright/test";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

import { expect, newDomain, readAgain, signIn, test } from "./fixtures";

const LARGEST_FIRST_LOAD = 270_000; // bytes of the dashboard over the wire: headers, page, scripts, fonts, and what the API answers
const LARGEST_SCRIPTS = 360_000; // bytes of any page over the wire: most of them are Next.js, React and the checks of forms
const LARGEST_ANSWERS = 20_000; // bytes over the wire: what the API answers to one page

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

test("no letter is lost that follows Ctrl-K at once, and the palette is empty when it is opened again", async ({ page, context }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  await expect(balance(page)).toContainText("100credits");
  const fresh = await context.newPage(); // whose palette was never fetched
  await fresh.route("**/_next/static/**/*.js", async (route) => {
    await new Promise((later) => setTimeout(later, 150));
    await route.continue();
  });
  await fresh.goto(`/${domain}`);
  await expect(fresh.getByRole("region", { name: "Balance" })).toContainText("100credits");
  const box = fresh.getByRole("combobox", { name: "Search pages and actions" });
  await fresh.keyboard.press("Control+k");
  await fresh.keyboard.type("jobs");
  await expect(box).toHaveValue("jobs");

  await fresh.keyboard.press("Escape");
  await fresh.keyboard.press("Control+k");
  await fresh.keyboard.type("usage");
  await expect(box).toHaveValue("usage");
  await fresh.keyboard.press("Enter");
  await expect(fresh).toHaveURL(`/${domain}/usage`);
});

test("the menu of a phone can be used before its code is there", async ({ page, context }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  await expect(balance(page)).toContainText("100credits");
  const phone = await context.newPage();
  await phone.setViewportSize({ width: 390, height: 700 });
  await phone.goto(`/${domain}`);
  await expect(phone.getByRole("region", { name: "Balance" })).toContainText("100credits");
  await phone.route("**/_next/static/**/*.js", () => undefined); // from now on no script comes
  await phone.getByRole("button", { name: "Open the menu" }).click();

  const jobs = phone.getByRole("link", { name: "Jobs", exact: true });
  await expect(jobs).toBeVisible();
  await phone.unrouteAll({ behavior: "ignoreErrors" });
  await jobs.click();
  await expect(phone).toHaveURL(`/${domain}/jobs`);
  await expect(jobs).toBeHidden();
});

test("on a slow line a link says at once that its page is on its way, until the page is there", async ({ page }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  await expect(balance(page)).toContainText("100credits");
  let arrive: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(`**/${domain}/jobs?*`, async (route) => {
    await slow;
    await route.continue();
  });
  const onItsWay = page.getByRole("status").filter({ hasText: "Loading the page" });
  await page.getByRole("link", { name: "Jobs", exact: true }).click();

  await expect(onItsWay).toBeVisible();
  await expect(onItsWay).toContainText("This takes longer than usual.");
  await expect(balance(page)).toContainText("100credits"); // the page that is left stays meanwhile
  arrive();
  await expect(page).toHaveURL(`/${domain}/jobs`);
  await expect(onItsWay).toHaveCount(0);
});

test(`with real data no page moves more than ${LARGEST_SCRIPTS} bytes of scripts and ${LARGEST_ANSWERS} of answers`, async ({
  page,
  context,
  stack,
}) => {
  test.setTimeout(120_000);
  const domain = newDomain();
  const token = await stack.token(`ann@${domain}`);
  for (let number = 0; number < 10; number++) {
    const text = `${number}. ${"The bridge over the Lune was closed on Monday, for engineers had found cracks. ".repeat(250)}`;
    await stack.call(token, "POST", "/v1/summarize", { text });
  }
  await signIn(page, `ann@${domain}`);
  await expect(balance(page)).toContainText("0credits");

  const jobs = await page.request.get("/api/nexus/v1/jobs", { headers: { "accept-encoding": "gzip" } });
  expect(jobs.headers()["content-encoding"]).toBe("gzip");
  expect(((await jobs.json()) as { items: unknown[] }).items).toHaveLength(10);

  const loads: Record<string, Load> = {};
  for (const path of ["", "/jobs", "/usage", "/billing", "/members", "/api-keys", "/webhooks", "/audit", "/settings", "/playground"]) {
    loads[path] = await loadOf(await context.newPage(), `${stack.web}/${domain}${path}`);
  }

  expect(loads[""]?.bytes).toBeGreaterThan(50_000);
  expect(loads[""]?.bytes).toBeLessThanOrEqual(LARGEST_FIRST_LOAD);
  expect(Object.entries(loads).filter(([, { scripts }]) => scripts > LARGEST_SCRIPTS)).toEqual([]);
  expect(Object.entries(loads).filter(([, { answers }]) => answers > LARGEST_ANSWERS)).toEqual([]);
});

type Load = { bytes: number; scripts: number; answers: number };

/** What one page moves with an empty cache: bytes in all, those of scripts, and those of the API's answers. */
async function loadOf(page: Page, address: string): Promise<Load> {
  const wire = await page.context().newCDPSession(page);
  const answering = new Set<string>();
  const scripts = new Set<string>();
  const load = { bytes: 0, scripts: 0, answers: 0 };
  await wire.send("Network.enable");
  await wire.send("Network.setCacheDisabled", { cacheDisabled: true });
  wire.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (request.url.includes("/api/nexus/")) answering.add(requestId);
    if (request.url.includes(".js")) scripts.add(requestId);
  });
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    load.bytes += encodedDataLength;
    if (answering.has(requestId)) load.answers += encodedDataLength;
    if (scripts.has(requestId)) load.scripts += encodedDataLength;
  });
  const firstAnswer = page.waitForResponse((response) => response.url().includes("/api/nexus/v1/"));
  await page.goto(address);
  expect((await firstAnswer).status()).toBe(200);
  await page.waitForLoadState("networkidle");
  await page.close();
  return load;
}

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
