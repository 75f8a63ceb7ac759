import { expect, newDomain, sessionCookie, signIn, test } from "../fixtures";
import { startStack } from "../stack";

test("a session outlives its access tokens: many calls at once, one renewal, a new cookie", async ({ page }) => {
  const stack = await startStack({ NEXUS_ACCESS_TOKEN_SECONDS: "5" });
  try {
    const domain = newDomain();
    await signIn(page, `ann@${domain}`, stack.web);
    await expect(page).toHaveURL(`${stack.web}/${domain}`);
    const before = (await sessionCookie(page))?.value;
    for (let round = 0; round < 2; round++) {
      await page.waitForTimeout(5_500);
      const statuses = await page.evaluate(async () => {
        const calls = Array.from({ length: 8 }, () => fetch("/api/nexus/v1/credits"));
        return (await Promise.all(calls)).map((one) => one.status);
      });
      expect(statuses).toEqual(Array(8).fill(200));
    }
    expect((await sessionCookie(page))?.value).not.toBe(before);
    const token = await stack.token(`ann@${domain}`);
    const sessions = await stack.call<{ items: unknown[] }>(token, "GET", "/v1/sessions");
    expect(sessions.items).toHaveLength(2); // the browser's, which is still one, and this test's own
  } finally {
    await stack.stop();
  }
});

test("while the API is away a call says so, the page stays, and the session goes on afterwards", async ({ page, stack }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  await expect(page).toHaveURL(`/${domain}`);
  const credits = () =>
    page.evaluate(async () => {
      const answer = await fetch("/api/nexus/v1/credits");
      const said = (await answer.json()) as { code?: string; balance?: number };
      return [answer.status, said.code ?? said.balance, answer.headers.get("retry-after") !== null];
    });
  expect(await credits()).toEqual([200, 100, false]);

  stack.stopApi();
  expect(await credits()).toEqual([503, "backend_unreachable", true]);
  expect((await page.goto(`/${domain}`))?.status()).toBe(200);
  await page.goto("about:blank"); // an open page would be led to sign-in by a call of its own
  await page.context().clearCookies();
  await signIn(page, `ann@${domain}`, `/?next=${encodeURIComponent(`/${domain}?x=1`)}`);
  await expect(page).toHaveURL(`/?error=backend_unreachable&next=${encodeURIComponent(`/${domain}?x=1`)}`);
  await expect(page.locator("main").getByRole("alert")).toContainText("cannot be reached");

  await stack.startApi();
  await page.getByRole("button", { name: "Continue with Google" }).click();
  await page.getByLabel("E-mail").fill(`ann@${domain}`);
  await page.getByRole("button", { name: "Sign in as somebody else" }).click();
  await expect(page).toHaveURL(`/${domain}?x=1`);
  expect(await credits()).toEqual([200, 100, false]);
});

test("the web application that dies is started again, and people stay signed in", async ({ page, stack }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  await expect(page).toHaveURL(`/${domain}`);
  const before = stack.run.pids.web;
  process.kill(before, "SIGKILL");
  await expect.poll(() => stack.run.pids.web).not.toBe(before);
  await expect
    .poll(async () => (await page.goto(`/${domain}`).catch(() => null))?.status() ?? 0)
    .toBe(200);
  await expect(page).toHaveURL(`/${domain}`);
});
