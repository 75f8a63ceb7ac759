import type { Browser, Page } from "@playwright/test";

import { expect, newDomain, signIn, test } from "./fixtures";
import { barriersOn } from "./places";
import { tellOfPayment } from "./stripe";

/** Somebody signed in at a browser of their own. */
async function another(browser: Browser, email: string, baseURL: string, from = "/"): Promise<Page> {
  const page = await (await browser.newContext({ baseURL })).newPage();
  await signIn(page, email, from);
  return page;
}

async function expectAccessible(page: Page): Promise<void> {
  await expect(page.getByText(/^Loading:/)).toHaveCount(0);
  expect(await barriersOn(page)).toEqual([]);
}

test("a team: invited with the keyboard, accepted by another person who moves, promoted, demoted, and all of it in the audit", async ({ page, browser, stack }) => {
  test.setTimeout(120_000);
  const [home, away] = [newDomain(), newDomain()];
  await signIn(page, `ann@${home}`, `/?next=/${home}/members`);
  await expect(page.getByRole("table", { name: "Members" })).toContainText(`ann@${home}`);

  // Invite, by keyboard alone.
  await page.getByRole("button", { name: "Invite" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "E-mail" })).toBeFocused();
  await page.keyboard.type("amy");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Enter an e-mail address, such as")).toBeVisible();
  await page.keyboard.type(`@${away}`);
  await page.keyboard.press("Enter");
  const link = await page.getByLabel("invitation link", { exact: true }).innerText();
  expect(link).toContain(`${stack.web}/invite/nxi_`);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("table", { name: "Invitations" })).toContainText("Open");

  // Amy has an organisation of her own; she is told that she leaves it, and accepts.
  const amy = await another(browser, `amy@${away}`, stack.web);
  await expect(amy).toHaveURL(`/${away}`);
  await amy.goto(link);
  await expect(amy.getByText("Accepting moves you")).toBeVisible();
  await expect(amy.locator("main")).toContainText(`invites you to join ${home} as a member.`);
  await expect(amy.getByText(`You leave ${away} immediately`)).toBeVisible();
  await expectAccessible(amy);
  await amy.getByRole("button", { name: "Accept and move" }).click();
  await expect(amy.getByText(`You have moved to ${home}, as a member.`)).toBeVisible();
  await amy.getByRole("link", { name: "Go to the dashboard" }).click();
  await expect(amy).toHaveURL(`/${home}`);
  await expect(amy.getByRole("link", { name: "Members" })).toHaveCount(0);
  await amy.goto(`/${home}/members`);
  await expect(amy.getByText("Only admins can manage members")).toBeVisible();

  // The link works once.
  await amy.goto(link);
  await expect(amy.getByText(`You are already in ${home}, as a member.`)).toBeVisible();
  await expect(amy.getByRole("button", { name: "Accept and move" })).toHaveCount(0);

  // The last admin stays one.
  await page.reload();
  await page.getByRole("button", { name: "Actions for Ann" }).or(page.getByRole("button", { name: `Actions for ann@${home}` })).click();
  await page.getByRole("menuitem", { name: "Make member…" }).click();
  await page.getByRole("button", { name: "Make member" }).click();
  await expect(page.getByRole("alertdialog")).toContainText("An organisation keeps at least one admin.");
  await page.getByRole("button", { name: "Cancel" }).click();

  // Amy becomes an admin, and is none any more: her open page finds out by itself.
  await act(page, /Actions for amy/i, "Make admin");
  await amy.context().clearCookies();
  await signIn(amy, `amy@${away}`, `/?next=/${home}/audit`);
  await expect(amy.getByRole("table", { name: "Audit log" })).toContainText("Accepted an invitation");
  await act(page, /Actions for amy/i, "Make member");
  await amy.getByRole("combobox", { name: "Action" }).click();
  await amy.getByRole("option", { name: "Changed a role" }).click();
  await expect(amy.getByText("Only admins can read the audit log")).toBeVisible();
  await expect(amy.getByRole("link", { name: "Settings" })).toHaveCount(0);

  // The audit says so, and its filter is in the address.
  await page.goto(`/${home}/audit`);
  await page.getByRole("combobox", { name: "Action" }).click();
  await page.getByRole("option", { name: "Changed a role" }).click();
  await expect(page).toHaveURL(/action=member\.role_changed/);
  await expect(page.getByRole("table", { name: "Audit log" }).getByRole("row")).toHaveCount(1 + 2);
  await expect(page.getByRole("table", { name: "Audit log" })).toContainText("role: member");
  await expectAccessible(page);
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "CSV, for a spreadsheet" }).click();
  expect((await file).suggestedFilename()).toBe("audit-events.csv");
  await page.goto(`/${home}/audit?action=api_key.created`);
  await expect(page.getByText("No entry matches")).toBeVisible();
});

test("somebody who waits is told whose admins decide, the admins see it on every page, and it is gone once they have decided", async ({ page, browser, stack }) => {
  const home = newDomain();
  const token = await stack.token(`ann@${home}`);
  await stack.call(token, "PATCH", "/v1/organisation", { join_policy: "approval" });
  const eva = await another(browser, `eva@${home}`, stack.web);
  await expect(eva.getByRole("status").filter({ hasText: `Your request is with the admins of ${home}.` })).toBeVisible();
  await expect(eva.getByRole("alert").filter({ hasText: /\w/ })).toHaveCount(0);
  await expectAccessible(eva);

  await signIn(page, `ann@${home}`);
  await expect(page).toHaveURL(`/${home}`);
  const members = page.getByRole("link", { name: /^Members\s+\(1 person waiting\)$/ });
  await members.click();
  await page.getByRole("button", { name: /^Let in eva/i }).click();
  await expect(page.getByRole("link", { name: "Members", exact: true })).toBeVisible();
  await expect(members).toHaveCount(0);

  await signIn(eva, `eva@${home}`);
  await expect(eva).toHaveURL(`/${home}`);
  await eva.context().close();
});

test("a key that uses up the organisation's requests does not lock the admin out, who revokes it", async ({ page, stack }) => {
  const home = newDomain();
  const token = await stack.token(`ann@${home}`);
  const { value } = await stack.call<{ value: string }>(token, "POST", "/v1/api-keys", { name: "flood", scopes: ["read"], expires_at: null });
  const ask = async () => (await fetch(`${stack.api}/v1/credits`, { headers: { Authorization: `Bearer ${value}` } })).status;
  await stack.limit(home, 5);
  for (let calls = 0; calls < 10 && (await ask()) !== 429; calls++);
  expect(await ask()).toBe(429);

  await signIn(page, `ann@${home}`, `/?next=/${home}/api-keys`);
  await page.getByRole("button", { name: "Actions for flood" }).click();
  await page.getByRole("menuitem", { name: "Revoke…" }).click();
  await page.getByRole("button", { name: "Revoke key" }).click();
  await expect(page.getByText("No keys yet")).toBeVisible();
  expect(await ask()).toBe(401);
  for (const path of ["/members", "/jobs", "/billing", "/settings", "/audit"]) {
    await page.goto(`/${home}${path}`);
    await expect(page.getByText(/^Loading:/)).toHaveCount(0);
    await expect(page.getByText("Too many requests")).toHaveCount(0);
  }
});

/** Do something with a member, and confirm it. */
async function act(page: Page, member: RegExp, action: string): Promise<void> {
  await page.getByRole("button", { name: member }).click();
  await page.getByRole("menuitem", { name: `${action}…` }).click();
  await page.getByRole("button", { name: action, exact: true }).click();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
}

test("an invitation for another address, a link that was taken back, and one that never was", async ({ page, stack }) => {
  const [home, away] = [newDomain(), newDomain()];
  const token = await stack.token(`ann@${home}`);
  const made = await stack.call<{ id: string; link: string }>(token, "POST", "/v1/invitations", { email: `amy@${away}` });

  await page.goto(made.link);
  await expect(page.getByText("accepting moves you")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Sign in and accept" }).click();
  await page.getByLabel("E-mail").fill(`bob@${away}`);
  await page.getByRole("button", { name: "Sign in as somebody else" }).click();
  await expect(page.locator("main").getByRole("alert")).toContainText("for another address");

  await signIn(page, `bob@${away}`);
  await expect(page).toHaveURL(`/${away}`);
  await page.goto(made.link);
  await expect(page.locator("main").getByRole("alert")).toContainText("This invitation is for another address");
  await expect(page.locator("main")).not.toContainText(home);

  await stack.call(token, "DELETE", `/v1/invitations/${made.id}`);
  await page.context().clearCookies();
  await signIn(page, `amy@${away}`);
  await expect(page).toHaveURL(`/${away}`);
  await page.goto(made.link);
  await expect(page.locator("main").getByRole("alert")).toContainText("This invitation has been revoked");
  await page.goto("/invite/nxi_nonsense");
  await expect(page.getByText("There is no such invitation")).toBeVisible();
});

test("credits are bought: the page waits for the ledger, not for the way back", async ({ page, stack }) => {
  const home = newDomain();
  await signIn(page, `ann@${home}`, `/?next=/${home}/billing`);
  await page.getByRole("button", { name: "Buy Starter: 1,000 credits" }).click();
  await expect(page).toHaveURL(/\/pay\/cs_test/);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Nothing was bought or charged.")).toBeVisible();
  await expect(page).toHaveURL(`/${home}/billing?checkout=cancelled`);

  await page.getByRole("button", { name: "Buy Starter: 1,000 credits" }).click();
  await expect(page).toHaveURL(/\/pay\/cs_test/);
  const payPage = page.url();
  await page.getByRole("button", { name: "Pay" }).click();
  await expect(page).toHaveURL(`/${home}/billing?checkout=paid`);
  await expect(page.getByText("Confirming payment…")).toBeVisible();
  await page.waitForTimeout(2500); // at least one look more
  await expect(page.getByText("Confirming payment…")).toBeVisible();
  await expect(page.getByRole("region", { name: "Balance" })).toContainText("100credits");

  await tellOfPayment(payPage, stack.api);

  await expect(page.getByText("1,000 credits were added")).toBeVisible();
  await expect(page.getByRole("region", { name: "Balance" })).toContainText("1,100credits");
  await expect(page.getByRole("table", { name: "Ledger" })).toContainText("Purchase: Starter");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(page).toHaveURL(`/${home}/billing`);
});

test("settings: a draft outlives a reload, somebody else's change is told, the name is everywhere; deletion is typed and called off", async ({ page, stack }) => {
  const home = newDomain();
  await signIn(page, `ann@${home}`, `/?next=/${home}/settings`);
  const name = page.getByRole("textbox", { name: "Name" });
  await name.fill("Acme");
  await expect(page.getByText("There are unsaved changes.")).toBeVisible();
  page.once("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await expect(page.getByText("Your unsaved changes from before are still here.")).toBeVisible();
  await expect(name).toHaveValue("Acme");

  const token = await stack.token(`ann@${home}`);
  await stack.call(token, "PATCH", "/v1/organisation", { name: "Somebody's" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Changed by someone else", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Settings saved")).toBeVisible();
  await expect(page.locator("aside")).toContainText("Acme");

  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download everything" }).click();
  expect((await file).suggestedFilename()).toBe("organisation.jsonl");

  await page.getByRole("button", { name: "Delete organisation…" }).click();
  await page.getByRole("textbox", { name: "Type Acme to confirm" }).fill("Acme");
  await page.getByRole("button", { name: "Delete organisation", exact: true }).click();
  await expect(page.getByText("Will be erased after")).toBeVisible();
  await page.goto(`/${home}/jobs`);
  const notices = page.getByRole("status", { name: "Notices" });
  await expect(notices).toContainText(/Acme will be erased on \d+ [A-Z][a-z]+ \d{4}\./);
  await expectAccessible(page);
  await notices.getByRole("button", { name: "Keep it" }).click();
  await expect(notices).toBeEmpty();
  await page.goto(`/${home}/settings`);
  await expect(page.getByRole("button", { name: "Delete organisation…" })).toBeVisible();
  await expectAccessible(page);
});

test("a session that is ended elsewhere is over at its next call", async ({ page, browser, stack }) => {
  const email = `ann@${newDomain()}`;
  const lost = await another(browser, email, stack.web);
  await expect(lost.getByRole("heading", { level: 1 })).toBeVisible();
  await signIn(page, email, "/?next=/account");
  await page.getByRole("button", { name: /^End the session/ }).click();
  await page.getByRole("button", { name: "End session" }).click();
  await expect(page.getByText("The session is ended")).toBeVisible();
  await expect(page.getByRole("table", { name: "Sessions" }).getByRole("row")).toHaveCount(1 + 1);
  await expectAccessible(page);

  await lost.reload();
  await expect(lost).toHaveURL(/error=session_expired/);

  await page.getByRole("button", { name: "Sign out everywhere…" }).click();
  await page.getByRole("button", { name: "Sign out everywhere", exact: true }).click();
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("button", { name: "Continue with Google" })).toBeVisible();
});
