/**
 * Pictures of every page in the states that it can be in besides the good one, gathered on sheets, one for each state,
 * theme and width: web/pictures/states. `make pictures`. Nothing is asserted: they are there to be looked at.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import type { Page, Route } from "@playwright/test";

import { newDomain, signIn, test } from "../fixtures";
import { furnish, type Place, placesOf, showIn, THEMES, WIDTHS } from "../places";
import { REPOSITORY } from "../stack";

const SHEETS = join(REPOSITORY, "web/pictures/states");
const API = "**/api/nexus/**";
const ONCE_MORE_MILLISECONDS = 2000; // what fails is asked for a second time before it is said
const ON_A_ROW = { 1280: 5, 390: 10 };

const refusal = (status: number, code: string, facts: object = {}, headers: Record<string, string> = {}) => (route: Route) =>
  route.fulfill({
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
    body: JSON.stringify({ type: `urn:nexus:error:${code}`, title: code, status, detail: "Why, in a sentence.", code, request_id: "0123456789abcdef", ...facts }),
  });

/** What the API does to every question of a page; `null` where the page is read well and the network goes afterwards. */
const STATES: Record<string, ((route: Route) => Promise<void>) | null> = {
  loading: () => new Promise(() => undefined),
  error: refusal(500, "internal_error"),
  away: refusal(503, "backend_unreachable", { retry_after: 2 }, { "Retry-After": "2" }),
  limited: refusal(429, "rate_limited", { retry_after: 42 }, { "Retry-After": "42" }),
  forbidden: refusal(403, "not_allowed"),
  nonsense: (route) => route.fulfill({ status: 200, contentType: "application/json", body: '{"balance":"ninety"}' }),
  offline: null,
};

type Taken = { name: string; picture: Buffer };

async function takeAll(page: Page, theme: (typeof THEMES)[number], width: (typeof WIDTHS)[number], places: Place[], state: string): Promise<Taken[]> {
  const offline = state === "offline";
  const taken: Taken[] = [];
  for (const { name, path } of places) {
    await page.goto(path);
    await page.waitForTimeout(state === "loading" || offline ? 700 : ONCE_MORE_MILLISECONDS);
    if (offline) await page.context().setOffline(true);
    await showIn(page, theme, width);
    await page.waitForTimeout(200);
    taken.push({ name, picture: await page.screenshot({ animations: "disabled" }) });
    await page.context().setOffline(false);
  }
  return taken;
}

/** Small pictures in rows, each under its name. */
async function gather(sheet: Page, taken: Taken[], width: (typeof WIDTHS)[number], path: string): Promise<void> {
  const figures = taken.map(
    ({ name, picture }) => `<figure><figcaption>${name}</figcaption><img src="data:image/png;base64,${picture.toString("base64")}"></figure>`,
  );
  const style = `display:grid;grid-template-columns:repeat(${ON_A_ROW[width]},1fr);gap:8px;margin:0;font:11px sans-serif;background:#888`;
  await sheet.setViewportSize({ width: 2000, height: 600 });
  await sheet.setContent(`<style>figure{margin:0}img{width:100%}</style><body style="${style}">${figures.join("")}`);
  await sheet.screenshot({ path, fullPage: true });
}

for (const [state, answer] of Object.entries(STATES)) {
  test(`every page, ${state}`, async ({ page, browser, stack }) => {
    test.setTimeout(400_000);
    mkdirSync(SHEETS, { recursive: true });
    const furnished = await furnish(stack, newDomain(), `http://${process.env.E2E_RECEIVER}/gone`);
    await signIn(page, `ann@${furnished.domain}`);
    if (answer) await page.route(API, answer);
    const places = placesOf(furnished, true).filter(({ path }) => !/^\/docs|nothing$/.test(path));
    const sheet = await browser.newPage();
    for (const theme of THEMES) {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        const taken = await takeAll(page, theme, width, places, state);
        await gather(sheet, taken, width, join(SHEETS, `${state}-${theme}-${width}.png`));
      }
    }
    await sheet.close();
  });
}
