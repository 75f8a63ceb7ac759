/** Every page that the application has, with an organisation that has something to show on each. */
import type { Page } from "@playwright/test";
import axe, { type RunOptions } from "axe-core";

import { ACCOUNT_PAGE, pagesFor } from "../src/features/shell/pages";
import { expect } from "./fixtures";
import { type Stack, until } from "./stack";

export const THEMES = ["light", "dark"] as const;
export const WIDTHS = [1280, 390] as const;
const HEIGHT = 900;

export interface Place {
  name: string;
  path: string;
}

/** What there is in an organisation, by id. */
export interface Furnished {
  domain: string;
  job: string;
  webhook: string | null;
}

const TEXTS = [
  "The old bridge over the Lune was closed on Monday. Engineers found cracks in two of its piers. Repairs will take until March and cost four million euros. Until then, buses take the northern road.",
  "The ferry sails at noon and comes back in the evening. In winter it stays in the harbour, and the mail goes by air.",
];

/** An organisation of ann and bob, with jobs, a key, an invitation, amy who waits, and a webhook at an address that this stack may call. */
export async function furnish(stack: Stack, domain: string, hookUrl?: string): Promise<Furnished> {
  const token = await stack.token(`ann@${domain}`);
  await stack.token(`bob@${domain}`);
  const call = <Answer>(method: string, path: string, body?: unknown) => stack.call<Answer>(token, method, path, body);
  const webhook = hookUrl === undefined ? null : await call<{ id: string }>("POST", "/v1/webhooks", { url: hookUrl });
  await call("POST", "/v1/summarize", { text: TEXTS[1] });
  const { job_id: job } = await call<{ job_id: string }>("POST", "/v1/analyze", { text: TEXTS[0] });
  await call("POST", "/v1/api-keys", { name: "nightly import", scopes: ["read", "jobs"], expires_at: new Date(Date.now() + 86_400_000).toISOString() });
  await call("POST", "/v1/invitations", { email: `amy@away.${domain}` });
  await call("PATCH", "/v1/organisation", { join_policy: "approval" });
  await expect(stack.token(`amy@${domain}`)).rejects.toThrow("approval_pending"); // so she waits to be let in
  const isDone = async () => (await call<{ status: string }>("GET", `/v1/jobs/${job}`)).status === "completed";
  await until(isDone, 60, "a job");
  return { domain, job, webhook: webhook?.id ?? null };
}

/** Whatever the menu leads to, and what lies behind it. */
export function placesOf({ domain, job, webhook }: Furnished, isAdmin: boolean): Place[] {
  const of = (name: string, path: string) => ({ name, path });
  return [
    ...pagesFor(domain, isAdmin).map(({ label, href }) => of(label, href)),
    of(ACCOUNT_PAGE.label, ACCOUNT_PAGE.href),
    of("Run with a result", `/${domain}/playground?job=${job}`),
    of("A job", `/${domain}/jobs/${job}`),
    of("No job matches", `/${domain}/jobs?status=failed`),
    of("Usage of 30 days", `/${domain}/usage?days=30`),
    ...(isAdmin ? [] : [of("Only for admins", `/${domain}/members`)]),
    ...(isAdmin && webhook !== null ? [of("A webhook", `/${domain}/webhooks/${webhook}`)] : []),
    of("An operation", "/docs/submit_summarize"),
    of("All errors", "/docs/errors"),
    of("A shape", "/docs/shapes/ApiKey"),
    of("An invitation", "/invite/nxi_unknown"),
    of("Nothing there", `/${domain}/nothing`),
  ];
}

/** Open a page, and wait until nothing of it loads any more. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator("h1").first()).toBeVisible();
  await expect(page.getByText(/^Loading:/)).toHaveCount(0);
  const delivery = page.getByRole("button", { name: /^job\.completed/ }).first();
  if (/\/webhooks\/./.test(path)) await delivery.click();
}

/** Change theme and width of a page that is open. */
export async function showIn(page: Page, colorScheme: (typeof THEMES)[number], width: number): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.setViewportSize({ width, height: HEIGHT });
  await page.evaluate(async () => {
    const drawn = () => new Promise((next) => requestAnimationFrame(next));
    await drawn().then(drawn); // before that nothing has its new colours, and no transition has begun
    for (const one of document.getAnimations()) if (one.effect?.getTiming().iterations !== Infinity) one.finish();
  });
}

/** axe finds nothing (of the colours alone, where the rest was looked at), and nothing is wider than the screen. */
export async function expectGood(page: Page, what: string, of: "all" | "colours" = "all"): Promise<void> {
  expect.soft(await barriersOn(page, of === "all" ? {} : { runOnly: ["color-contrast"] }), what).toEqual([]);
  const [width, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth] as const);
  expect.soft(width, `${what} is wider than the screen`).toBeLessThanOrEqual(seen);
}

/** What axe finds on a page: each broken rule with the elements that break it. */
export async function barriersOn(page: Page, options: RunOptions = {}): Promise<[string, string[]][]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  return page.evaluate(async (given) => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run({ ...given, resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]);
  }, options);
}

/** Whatever a page's console complains of; what is answered with a refusal on purpose is none. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 40[34]|ERR_INTERNET_DISCONNECTED/.test(message.text())) {
      complaints.push(`${page.url()}: ${message.text()}`);
    }
  });
  return complaints;
}
