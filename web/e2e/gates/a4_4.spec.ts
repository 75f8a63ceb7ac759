/**
 * Gate A4.4: what the three bugs of the debugging exercise would break, as a person would see it.
 *
 * That each of them is caught is shown by web/debugging, which puts them into a copy; here stands that the product, as it
 * is, does the right thing in a real browser.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { expect, newDomain, readAgain, signIn, test } from "../fixtures";
import type { Stack } from "../stack";

const LONGER_THAN_POLLS = 7000; // milliseconds; a job is looked at every two seconds
const TEXT = "The old bridge over the Lune was closed on Monday. Engineers found cracks in two of its piers. Repairs will take until March.";

const region = (page: Page, name: string) => page.getByRole("region", { name });

/** How an organisation's looks at its jobs were answered, as the logs of the API tell. */
function looksIn(stack: Stack, organisationId: string): number[] {
  const logs = stack.run.pids.api.map((_, replica) => readFileSync(join(stack.run.log_dir, `api-${replica}.log`), "utf8"));
  const lines = logs.join("").trim().split("\n");
  const said = lines.map((line) => JSON.parse(line) as { route?: string; org_id?: string; status?: number });
  return said.filter((one) => one.route === "/v1/jobs/{job_id}" && one.org_id === organisationId).map((one) => one.status ?? 0);
}

test("A4.4 bug 1: the API takes the token as it is sent, and whom it refuses is led to sign-in, never to a blank page", async ({ page, stack }) => {
  const domain = newDomain();
  const admin = await stack.token(`ann@${domain}`);
  await signIn(page, `bob@${domain}`);
  await expect(region(page, "Balance")).toContainText("100credits"); // so the API took it
  const members = await stack.call<{ items: { id: string; email: string }[] }>(admin, "GET", "/v1/members");
  const bob = members.items.find((one) => one.email === `bob@${domain}`);
  const refused = page.waitForResponse((answer) => answer.status() === 401);

  await stack.call(admin, "DELETE", `/v1/members/${bob?.id}`);
  await readAgain(page);

  expect((await refused).url()).toContain("/api/nexus/v1/");
  await expect(page).toHaveURL(`/?error=session_expired&next=${encodeURIComponent(`/${domain}`)}`);
  await expect(page.getByRole("button", { name: "Continue with Google" })).toBeVisible();
});

test("A4.4 bug 2: a balance that is a string is said to make no sense, no chart is drawn of it, and the rest stays", async ({ page }) => {
  const asText = (json: string) => json.replace(/"(balance|spent)":\s*(\d+)/g, '"$1":"$2"');
  await page.route(/\/v1\/credits(\/usage)?(\?|$)/, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: asText(await answer.text()) });
  });
  await signIn(page, `ann@${newDomain()}`);

  for (const name of ["Balance", "Credits spent"]) {
    await expect(region(page, name).getByRole("alert")).toContainText("an answer that makes no sense");
  }
  await expect(region(page, "Last transactions")).toContainText("Welcome");
  await expect(page.locator("[data-bar]")).toHaveCount(0);
});

test("A4.4 bug 3: when a job has ended, the API hears of it no more", async ({ page, stack }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`, `/?next=${encodeURIComponent(`/${domain}/playground`)}`);
  await page.getByRole("textbox", { name: "Text" }).fill(TEXT);
  await page.getByRole("button", { name: "Summarise (10 credits)" }).click();
  await expect(page.locator("main").getByText("Completed", { exact: true })).toBeVisible();
  const me = await stack.call<{ organisation: { id: string } }>(await stack.token(`ann@${domain}`), "GET", "/v1/me");
  const looks = looksIn(stack, me.organisation.id);

  await page.waitForTimeout(LONGER_THAN_POLLS);

  expect(looks).toContain(200); // it did ask, before
  expect(looksIn(stack, me.organisation.id)).toEqual(looks);
});
