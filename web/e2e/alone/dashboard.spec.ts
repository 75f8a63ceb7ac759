import { expect, newDomain, signIn, test } from "../fixtures";

const NEXT_POLL = 45_000;

test("A4.2 when the API is stopped, the balance stays with its time, also on a page that is loaded meanwhile", async ({ page, stack }) => {
  test.setTimeout(240_000);
  const domain = newDomain();
  await signIn(page, `ann@${domain}`);
  const balance = page.getByRole("region", { name: "Balance" });
  await expect(balance).toContainText("100credits");

  stack.stopApi();
  await expect(balance).toContainText(/Can't reach the server. Last updated \d\d:\d\d:\d\d/, { timeout: NEXT_POLL });
  await expect(balance).toContainText("100credits");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(domain);
  await expect(page.getByRole("status", { name: "Notices" })).toContainText("Can't reach the server.");

  await page.reload();
  await expect(balance).toContainText("100credits");
  await expect(balance).toContainText(/Last updated \d\d:\d\d:\d\d/);
  await expect(page.getByRole("region", { name: "Last transactions" }).getByRole("alert")).toContainText("Can't reach the server");

  await stack.startApi();
  await expect(page.getByRole("status", { name: "Notices" })).toBeEmpty({ timeout: NEXT_POLL });
  await expect(balance).toContainText(/Updated \d\d:\d\d:\d\d/);
});
