/**
 * Pictures of every page, in both themes, wide and narrow, into web/pictures; and the two of README.md into
 * docs/pictures. `make pictures`. Nothing is asserted: they are there to be looked at.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { expect, newDomain, signIn, test } from "../fixtures";
import { furnish, open, placesOf, showIn, THEMES, WIDTHS } from "../places";
import { environment, python, REPOSITORY, type Stack } from "../stack";

const PICTURES = join(REPOSITORY, "web/pictures");
const README_PICTURES = join(REPOSITORY, "docs/pictures");
const SUBJECTS = ["bridge", "ferry", "harbour", "orchard", "library", "railway", "lighthouse", "market", "museum", "river", "tower", "mill"];
const ARTICLE =
  "The city council of Lunemouth voted on Monday to close the old bridge over the Lune for five months. Engineers had found " +
  "cracks in two of its piers during the yearly inspection, and called the damage serious but repairable. Repairs will cost " +
  "four million euros, half of which the state pays. Until March, buses take the northern bridge, and a ferry carries people " +
  "on foot and bicycles from seven in the morning until ten at night. Shopkeepers on the market square fear for their winter " +
  "trade. The mayor promised that the Christmas market will take place as planned, and that parking will be free in December.";

async function take(page: Page, name: string): Promise<void> {
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      await showIn(page, theme, width);
      const file = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}-${theme}-${width}.png`;
      await page.screenshot({ path: join(PICTURES, file), fullPage: true, animations: "disabled" });
    }
  }
}

/** A week of acme.test. */
async function makeAcme(stack: Stack): Promise<void> {
  const token = await stack.token("ann@acme.test");
  await stack.token("bob@acme.test");
  await stack.call(token, "PATCH", "/v1/organisation", { name: "Acme" });
  await stack.grant("acme.test", 500);
  await stack.limit("acme.test", 500);
  for (const [index, subject] of [...SUBJECTS, ...SUBJECTS].entries()) {
    const path = index % 3 === 1 ? "/v1/analyze" : "/v1/summarize";
    await stack.call(token, "POST", path, { text: `The ${subject} was restored in ${1970 + index}. It is open on Sundays. Visitors like it.` });
  }
  const busy = async () => (await stack.call<{ items: unknown[] }>(token, "GET", "/v1/jobs?status=pending")).items.length;
  await expect.poll(busy, { timeout: 60_000 }).toBe(0);
  execFileSync(python(), ["-m", "tests.local.past", `--data-dir=${stack.dataDir}`, "--domain=acme.test"], {
    cwd: REPOSITORY,
    env: environment({}),
  });
}

test("the two of README.md", async ({ page, stack }) => {
  test.setTimeout(180_000);
  await makeAcme(stack);
  await signIn(page, "ann@acme.test", `/?next=${encodeURIComponent("/acme.test/playground")}`);
  await showIn(page, "light", 1280);
  await page.getByRole("textbox", { name: "Text" }).fill(ARTICLE);
  await page.getByRole("button", { name: /^Analyse/ }).click();
  await expect(page.getByText("Key sentences")).toBeVisible();
  await page.mouse.move(0, 0);
  await page.setViewportSize({ width: 1280, height: 740 });
  await page.screenshot({ path: join(README_PICTURES, "job.png"), animations: "disabled" });

  await open(page, "/acme.test");
  await expect(page.locator("[data-bar]")).toHaveCount(7);
  await page.screenshot({ path: join(README_PICTURES, "dashboard.png"), animations: "disabled", fullPage: true });
  await take(page, "acme dashboard");
});

for (const role of ["admin", "member"] as const) {
  test(`every page of a ${role}`, async ({ page, stack }) => {
    test.setTimeout(240_000);
    const furnished = await furnish(stack, newDomain(), `http://${process.env.E2E_RECEIVER}/gone`);
    await signIn(page, `${role === "admin" ? "ann" : "bob"}@${furnished.domain}`);
    await expect(page).toHaveURL(`/${furnished.domain}`);
    for (const { name, path } of placesOf(furnished, role === "admin")) {
      await open(page, path);
      await take(page, `${role} ${name}`);
    }
  });
}

test("every page of an organisation that has done nothing yet, and the way in", async ({ page, stack }) => {
  test.setTimeout(180_000);
  const domain = newDomain();
  await stack.token(`ann@${domain}`);
  await page.goto("/?error=email_not_verified");
  await take(page, "sign in");
  await signIn(page, `ann@${domain}`);
  await expect(page).toHaveURL(`/${domain}`);
  for (const path of ["", "/playground", "/jobs", "/usage", "/api-keys", "/webhooks", "/members"]) {
    await open(page, `/${domain}${path}`);
    await take(page, `empty ${path || "dashboard"}`);
  }
});
