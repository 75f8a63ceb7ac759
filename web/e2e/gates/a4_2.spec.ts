/** Gate A4.2: the balance follows what happens elsewhere, and survives an API that is away. */
import type { Page } from "@playwright/test";

import { expect, newDomain, readAgain, signIn, test } from "../fixtures";

const THIRTY_SECONDS = 30_000;
const NEXT_POLL = 45_000;
const TEXT = { text: "A text that is long enough to be summarised by somebody. It has two sentences." };

const region = (page: Page, name: string) => page.getByRole("region", { name });
const notices = (page: Page) => page.getByRole("status", { name: "Notices" });

test("A4.2 a balance that changes elsewhere appears within 30 seconds, without a reload", async ({ page, stack }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  await expect(region(page, "Balance")).toContainText("100credits");
  let loads = 0;
  page.on("load", () => loads++);
  const token = await stack.token(`ann@${domain}`);

  await stack.call(token, "POST", "/v1/summarize", TEXT);

  await expect(region(page, "Balance")).toContainText("90credits", { timeout: THIRTY_SECONDS });
  await expect(page.getByRole("link", { name: "90 credits" })).toBeVisible();
  await expect(region(page, "Last transactions")).toContainText("Summary");
  await expect(region(page, "Recent jobs")).toContainText("Summary");
  expect(loads).toBe(0);
});

test("A4.2 the dashboard has name, balance with its time, transactions, seven days, jobs and the limit", async ({ page, stack }) => {
  const domain = newDomain();
  const token = await stack.token(`ann@${domain}`);
  for (let job = 0; job < 10; job++) await stack.call(token, "POST", "/v1/summarize", { text: `Text number ${job}. It is short.` });
  await signIn(page, `ann@${domain}`);

  await expect(page.getByRole("heading", { level: 1 })).toHaveText(domain);
  await expect(region(page, "Balance")).toContainText(/Updated \d\d:\d\d:\d\d/);
  await expect(page.getByRole("table", { name: "Last transactions" }).getByRole("row")).toHaveCount(1 + 10);
  await expect(page.getByRole("table", { name: "Credits spent per day" }).getByRole("row")).toHaveCount(1 + 7);
  await expect(page.locator("[data-bar]")).not.toHaveCount(0);
  await expect(region(page, "Recent jobs")).toContainText("Summary");
  await expect(region(page, "Rate limit")).toContainText(/\d of /);
});

test("A4.2 when the API is stopped, the balance stays with its time, also over a reload, and recovers", async ({ page, stack }) => {
  test.setTimeout(240_000);
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  const balance = region(page, "Balance");
  await expect(balance).toContainText("100credits");

  stack.stopApi();
  await readAgain(page);
  await expect(balance).toContainText(/Can't reach the server. Last updated \d\d:\d\d:\d\d/, { timeout: NEXT_POLL });
  await expect(balance).toContainText("100credits");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(domain);
  await expect(notices(page)).toContainText("Can't reach the server.");

  await page.reload();
  await expect(balance).toContainText("100credits");
  await expect(balance).toContainText(/Last updated \d\d:\d\d:\d\d/);
  await expect(region(page, "Last transactions").getByRole("alert")).toContainText("Can't reach the server");

  await stack.startApi();
  await expect(notices(page)).toBeEmpty({ timeout: NEXT_POLL });
  await expect(balance).toContainText(/Updated \d\d:\d\d:\d\d/);
  await expect(region(page, "Last transactions")).toContainText("Welcome");
});
