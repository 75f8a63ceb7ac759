import { get } from "node:http";
import { text } from "node:stream/consumers";

import { expect, newDomain, sessionCookie, signIn, test } from "./fixtures";

test("whoever wanted a page comes back to it", async ({ page }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`, `/?next=${encodeURIComponent(`/${domain}?tab=1`)}`);
  await expect(page).toHaveURL(`/${domain}?tab=1`);
});

test("next leads nowhere else", async ({ page, stack }) => {
  const domain = newDomain();
  await signIn(page, `ann@${domain}`, `/?next=${encodeURIComponent("//elsewhere.test/x")}`);
  await expect(page).toHaveURL(`${stack.web}/${domain}`);
});

test("whoever is not signed in is asked to, and comes back", async ({ page }) => {
  await page.goto("/acme.test?x=1");
  await expect(page).toHaveURL(`/?next=${encodeURIComponent("/acme.test?x=1")}`);
});

test("another organisation's address is as unknown as one that nobody has", async ({ page, stack }) => {
  const [domain, another] = [newDomain(), newDomain()];
  await stack.token(`bob@${another}`);
  await signIn(page, `ann@${domain}`);
  await expect(page).toHaveURL(`/${domain}`);

  const seen: unknown[] = [];
  for (const path of [`/${another}`, `/${newDomain()}`]) {
    const answer = await page.goto(path);
    await expect(page.getByText("There is nothing here")).toBeVisible();
    seen.push([answer?.status(), await page.title(), await page.locator("main").innerText()]);
  }
  expect(seen[1]).toEqual(seen[0]);
  for (const path of ["/nobody/at/all", `/${domain}/nothing`]) {
    expect((await page.goto(path))?.status()).toBe(404);
    await expect(page.getByText("There is nothing here")).toBeVisible();
  }
});

test("an address that cannot be decoded is not found, whatever it begins with", async ({ stack }) => {
  const statusOf = (path: string) =>
    new Promise<[number | undefined, string]>((answered, failed) => {
      // A browser and fetch would refuse or repair such an address.
      get({ host: "127.0.0.1", port: new URL(stack.web).port, path, headers: { host: new URL(stack.web).host } }, (answer) => {
        void text(answer).then((body) => answered([answer.statusCode, body]), failed);
      }).on("error", failed);
    });

  for (const path of ["/%ff", "/%", "/acme.test/%E0%A4%A", "/invite/%ff", "/api/%ff", "/api/nexus/%ff", "/api/auth/%C0%AE", "/_next/static/%ff"]) {
    const [status, body] = await statusOf(path);
    expect([path, status]).toEqual([path, 404]);
    expect(body).toContain("There is nothing here");
  }
});

test("signing out ends the session at the API too", async ({ page, context, stack }) => {
  const email = `ann@${newDomain()}`;
  await signIn(page, email);
  await expect(page).not.toHaveURL("/");
  const token = await stack.token(email);
  const sessions = async () => (await stack.call<{ items: unknown[] }>(token, "GET", "/v1/sessions")).items.length;
  expect(await sessions()).toBe(2);
  const before = (await sessionCookie(page))?.value ?? "";

  await page.evaluate(async () => {
    const { csrfToken } = await (await fetch("/api/auth/csrf")).json();
    await fetch("/api/auth/signout", { method: "POST", body: new URLSearchParams({ csrfToken, callbackUrl: "/", json: "true" }) });
  });

  expect(await sessions()).toBe(1);
  expect(await sessionCookie(page)).toBeUndefined();
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Continue with Google" })).toBeVisible();
  const name = `nexus-${new URL(stack.web).port}.next-auth.session-token`;
  await context.addCookies([{ name, value: before, url: stack.web, httpOnly: true }]);
  const shown = await context.request.get(`/${email.split("@")[1]}`, { maxRedirects: 0 });
  expect([shown.status(), shown.headers()["location"]]).toEqual([307, `/?next=${encodeURIComponent(`/${email.split("@")[1]}`)}`]);
  expect(await shown.text()).not.toContain(email);
  const stolen = await context.request.get("/api/nexus/v1/me");
  expect(stolen.status()).toBe(401);
  expect(stolen.headers()["set-cookie"]).toBeUndefined();
});

test("a cancelled sign-in says so", async ({ page }) => {
  await page.goto("/?next=/acme.test");
  await page.getByRole("button", { name: "Continue with Google" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page).toHaveURL("/?error=cancelled&next=%2Facme.test");
  await expect(page.locator("main").getByRole("alert")).toContainText("cancelled");
});

test("somebody whose address is not verified is told so, and is not signed in", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Continue with Google" }).click();
  await page.getByLabel("E-mail").fill(`ann@${newDomain()}`);
  await page.getByLabel("This address is not verified").check();
  await page.getByRole("button", { name: "Sign in as somebody else" }).click();
  await expect(page).toHaveURL("/?error=email_not_verified");
  await expect(page.locator("main").getByRole("alert")).toContainText("not verified");
  expect(await sessionCookie(page)).toBeUndefined();
});

test("somebody who was removed is told so", async ({ page, stack }) => {
  const domain = newDomain();
  const admin = await stack.token(`ann@${domain}`);
  const bob = await stack.token(`bob@${domain}`);
  const { user } = await stack.call<{ user: { id: string } }>(bob, "GET", "/v1/me");
  await stack.call(admin, "DELETE", `/v1/members/${user.id}`);

  await signIn(page, `bob@${domain}`);

  await expect(page).toHaveURL("/?error=membership_removed");
  await expect(page.locator("main").getByRole("alert")).toContainText("removed from your organisation");
});

test("somebody who is removed while they are signed in is out with their next call", async ({ page, stack }) => {
  const domain = newDomain();
  const admin = await stack.token(`ann@${domain}`);
  await signIn(page, `bob@${domain}`);
  await expect(page).toHaveURL(`/${domain}`);
  const members = await stack.call<{ items: { id: string; email: string }[] }>(admin, "GET", "/v1/members");
  const bob = members.items.find((one) => one.email === `bob@${domain}`);
  await page.goto("about:blank"); // an open page would be led to sign-in by a call of its own
  await stack.call(admin, "DELETE", `/v1/members/${bob?.id}`);

  const answer = await page.request.get(`${stack.web}/api/nexus/v1/me`);

  expect([answer.status(), ((await answer.json()) as { reason: string }).reason]).toEqual([401, "removed"]);
  await page.goto(`/${domain}`);
  await expect(page.getByRole("button", { name: "Continue with Google" })).toBeVisible();
});

test("localhost leads to the name that the sign-in comes back to", async ({ page, stack }) => {
  await page.goto(stack.web.replace("127.0.0.1", "localhost"));
  await expect(page).toHaveURL(`${stack.web}/`);
});

test("whatever a browser shows may not be framed; whatever it is sent is what it is called", async ({ request }) => {
  const script = /src="(\/_next\/static\/[^"]+)"/.exec(await (await request.get("/")).text())?.[1] ?? "";
  for (const path of ["/", "/docs", "/api/health"]) {
    const headers = (await request.get(path)).headers();
    expect(headers).toMatchObject({ "x-frame-options": "DENY", "x-content-type-options": "nosniff", "referrer-policy": "same-origin" });
  }
  expect((await request.get(script)).headers()).toMatchObject({ "x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin" });
});
