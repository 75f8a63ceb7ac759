/** Where the parts of every dialog lie on the screen: axe sees no geometry. */
import type { Locator, Page } from "@playwright/test";

import { type DialogCase, DIALOGS, dialogsInCode } from "./dialogs";
import { expect, newDomain, signIn, test } from "./fixtures";
import { furnish, open, type Furnished, WIDTHS } from "./places";

const HEIGHTS = { 1280: 800, 390: 700 } as const;
const hookUrl = () => `http://${process.env.E2E_RECEIVER}/gone`;

test("every dialog of the application has a case here: a new one without a look at it fails", () => {
  const inCode = dialogsInCode();
  const casesOf = (wanted: string) => DIALOGS.filter(({ file }) => file === wanted).length;

  expect([...new Set(DIALOGS.map(({ file }) => file))].sort()).toEqual(Object.keys(inCode).sort());
  for (const [file, count] of Object.entries(inCode)) expect.soft(casesOf(file), file).toBeGreaterThanOrEqual(count);
});

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const right = ({ x, width }: Box) => x + width;
const bottom = ({ y, height }: Box) => y + height;
const isWithin = (inner: Box, outer: Box) => inner.x >= outer.x && inner.y >= outer.y && right(inner) <= right(outer) && bottom(inner) <= bottom(outer);
const overlaps = (one: Box, other: Box) => one.x < right(other) && other.x < right(one) && one.y < bottom(other) && other.y < bottom(one);

async function boxOf(part: Locator): Promise<Box> {
  const box = await part.boundingBox();
  if (!box) throw new Error(`${part} has no box`);
  return box;
}

/** The box of the words of a title, which may be shorter than its element. */
function inkOf(title: Locator): Promise<Box> {
  return title.evaluate((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x, y, width, height };
  });
}

async function expectWellPlaced(page: Page, name: string, width: keyof typeof HEIGHTS): Promise<void> {
  const dialog = page.locator("[role=dialog], [role=alertdialog]").last();
  await expect(dialog).toBeVisible();
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => (one.effect?.getTiming().iterations === Infinity ? null : one.finished.catch(() => null)))));
  const box = await boxOf(dialog);
  expect.soft(isWithin(box, { x: 0, y: 0, width, height: HEIGHTS[width] }), `${name}: ${JSON.stringify(box)} lies within the screen`).toBe(true);
  const title = dialog.getByRole("heading").first();
  const close = dialog.getByRole("button", { name: "Close", exact: true });
  const cross = (await close.count()) > 0 && (await close.evaluate((button) => button.getBoundingClientRect().width > 1)) ? await boxOf(close) : null;
  if (cross) expect.soft(isWithin(cross, box), `${name}: × at ${JSON.stringify(cross)} lies within ${JSON.stringify(box)}`).toBe(true);
  if ((await title.count()) === 0) return; // the palette has a box to type into in its place
  const words = await inkOf(title);
  expect.soft(isWithin(words, box), `${name}: the title lies within the dialog`).toBe(true);
  for (const button of await dialog.getByRole("button").all()) {
    if (await button.isVisible()) expect.soft(overlaps(await boxOf(button), words), `${name}: nothing lies over the title`).toBe(false);
  }
}

/** A job that runs for as long as somebody looks, so that it can be cancelled. */
async function keepRunning(page: Page): Promise<void> {
  await page.route(/\/v1\/jobs\/[0-9a-f-]{36}$/, async (route) => {
    const answer = await route.fetch();
    const job = (await answer.json()) as Record<string, unknown>;
    await route.fulfill({ response: answer, json: { ...job, status: "running", output_data: null, completed_at: null, model: null } });
  });
}

async function look(page: Page, one: DialogCase, org: Furnished, width: keyof typeof HEIGHTS): Promise<void> {
  await test.step(`${one.name}, ${width}`, async () => {
    await page.setViewportSize({ width, height: HEIGHTS[width] });
    await open(page, one.path(org));
    await one.open(page, org);
    await expectWellPlaced(page, `${one.name}, ${width}`, width);
    if (process.env.DIALOG_PICTURES) await page.screenshot({ path: `${process.env.DIALOG_PICTURES}/${one.name.replaceAll(/\W+/g, "-")}-${width}.png` });
  });
}

for (const width of WIDTHS) {
  test(`at ${width} px every dialog lies within the screen, its × within it, and nothing over its title`, async ({ page, stack }) => {
    test.setTimeout(300_000);
    const org = await furnish(stack, newDomain(), hookUrl());
    await signIn(page, `ann@${org.domain}`);
    await expect(page).toHaveURL(`/${org.domain}`);
    await keepRunning(page);
    await page.emulateMedia({ reducedMotion: "reduce" });

    for (const one of DIALOGS) if (!one.widths || one.widths.includes(width)) await look(page, one, org, width);
  });
}

test("of two toasts each has its own ×", async ({ page, stack }) => {
  const org = await furnish(stack, newDomain(), hookUrl());
  await signIn(page, `ann@${org.domain}`, `/?next=/${org.domain}/webhooks/${org.webhook}`);
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByRole("button", { name: "Send a test" })).not.toHaveAttribute("aria-busy", "true");
  await page.getByRole("button", { name: "Send a test" }).click();
  const crosses = page.getByLabel("Dismiss", { exact: true }); // without a role until the toasts are pointed at
  await expect(crosses).toHaveCount(2);
  await page.waitForTimeout(300); // until they stand still

  const [first, second] = await Promise.all([boxOf(crosses.nth(0)), boxOf(crosses.nth(1))]);
  expect(overlaps(first, second)).toBe(false);
});
