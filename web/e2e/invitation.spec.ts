import { expect, newDomain, sessionCookie, signIn, test } from "./fixtures";

test("whoever signs in by an invitation enters by it, and nobody else does", async ({ page, stack }) => {
  const [home, away] = [newDomain(), newDomain()];
  const admin = await stack.token(`ann@${home}`);
  const made = await stack.call<{ token: string }>(admin, "POST", "/v1/invitations", { email: `amy@${away}` });
  const from = `/?next=${encodeURIComponent(`/invite/${made.token}/joined`)}`;

  await signIn(page, `amy@${away}`, from);
  await expect(page).toHaveURL(`/${home}`);

  await page.goto("about:blank"); // the page that is open would lead away by itself
  await page.context().clearCookies();
  await signIn(page, `bob@${away}`, from);
  await expect(page).toHaveURL(`/invite/${made.token}?error=invitation_for_another`);
});

test("an invitation that is accepted moves a person, and their new tokens never reach the page", async ({ page, stack }) => {
  const [home, away] = [newDomain(), newDomain()];
  const admin = await stack.token(`ann@${home}`);
  await signIn(page, `amy@${away}`);
  await expect(page).toHaveURL(`/${away}`);
  const made = await stack.call<{ token: string }>(admin, "POST", "/v1/invitations", { email: `amy@${away}` });
  const before = (await sessionCookie(page))?.value;

  const [status, text] = await page.evaluate(async (token) => {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/api/session/invitation", { method: "POST", headers, body: JSON.stringify({ token }) });
    return [answer.status, await answer.text()] as const;
  }, made.token);

  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ organisation: { domain: home }, user: { email: `amy@${away}`, role: "member" } });
  expect(text).not.toMatch(/token|eyJ|nxr_/);
  expect((await sessionCookie(page))?.value).not.toBe(before);
  await expect(() => page.goto("/")).toPass(); // the page may be on its way to sign-in by itself: its cookie has changed
  await expect(page).toHaveURL(`/${home}`);
});
