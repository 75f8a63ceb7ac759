/** Gate A4.3: a job from its text to its result on one page, and what happens when the network goes in between. */
import type { Page } from "@playwright/test";

import { expect, newDomain, signIn, test } from "../fixtures";

const TEXT = "The old bridge over the Lune was closed on Monday. Engineers found cracks in two of its piers. Repairs will take until March.";
const LONGER_THAN_POLLS = 7000; // milliseconds; a job is looked at every two seconds

const field = (page: Page) => page.getByRole("textbox", { name: "Text" });
const summarise = (page: Page) => page.getByRole("button", { name: "Summarise (10 credits)" });
const result = (page: Page) => page.locator("main").getByRole("region", { name: /^(Summary|Result)$/ });

async function openRun(page: Page): Promise<void> {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`, `/?next=${encodeURIComponent(`/${domain}/playground`)}`);
  await expect(summarise(page)).not.toHaveAttribute("aria-disabled", "true");
}

/** What the page asked of single jobs so far. */
function looksOf(page: Page): string[] {
  const looks: string[] = [];
  page.on("request", (request) => {
    if (/\/v1\/jobs\/[0-9a-f-]{36}$/.test(request.url())) looks.push(request.url());
  });
  return looks;
}

test("A4.3 a job is submitted, a spinner turns, its result appears without a reload, and then nobody asks any more", async ({ page, stack }) => {
  await openRun(page);
  const looks = looksOf(page);
  let loads = 0;
  page.on("load", () => loads++);

  await field(page).fill(TEXT);
  stack.freeze("worker"); // so that the job takes longer than one look
  try {
    await summarise(page).click();
    await expect(result(page).locator("svg.animate-spin")).toBeVisible();
    await expect.poll(() => looks.length).toBeGreaterThanOrEqual(2);
    await expect(result(page).locator("svg.animate-spin")).toBeVisible();
  } finally {
    stack.thaw("worker");
  }
  await expect(result(page).getByText("Completed", { exact: true })).toBeVisible();
  await expect(result(page)).toContainText("Lune");
  await expect(page.getByRole("link", { name: "90 credits" })).toBeVisible();
  expect(loads).toBe(0);

  const asked = looks.length;
  await page.waitForTimeout(LONGER_THAN_POLLS);
  expect(looks).toHaveLength(asked);
});

test("A4.3 the network goes in the middle of a request: words say so, the text stays, nothing is charged twice", async ({ page, context }) => {
  await openRun(page);
  let isCut = true;
  await page.route("**/v1/summarize", async (route) => {
    if (!isCut) return route.continue();
    await route.fetch(); // it arrives, and is accepted …
    await context.setOffline(true);
    await route.abort("internetdisconnected"); // … but the answer does not come back
  });
  await field(page).fill(TEXT);

  await summarise(page).click();

  const note = page.getByRole("alert").filter({ hasText: "Can't reach the server" });
  await expect(note).toContainText("Whether it was accepted is not known yet. Your text is kept.");
  await expect(page.getByRole("status", { name: "Notices" })).toContainText("You are offline.");
  await expect(field(page)).toHaveValue(TEXT);

  isCut = false;
  await context.setOffline(false);
  await note.getByRole("button", { name: "Retry" }).click();
  await expect(result(page).getByText("Completed", { exact: true })).toBeVisible();
  await expect(result(page)).toContainText("It had been accepted the first time. It was done and charged once.");
  await expect(field(page)).toHaveValue(TEXT);
  await expect(page.getByRole("link", { name: "90 credits" })).toBeVisible();
});

test("A4.3 a request without a network says that nothing was sent, and the text outlives a reload", async ({ page, context }) => {
  await openRun(page);
  await field(page).fill(TEXT);
  await context.setOffline(true);
  await summarise(page).click();

  await expect(page.getByRole("alert").filter({ hasText: "You are offline" })).toContainText("nothing was accepted or charged");
  await expect(field(page)).toHaveValue(TEXT);

  await context.setOffline(false);
  await page.reload();
  await expect(field(page)).toHaveValue(TEXT);
  await expect(page.getByRole("link", { name: "100 credits" })).toBeVisible();
});
