/** A platform that sells no credits: every way to credits leads to the operator, and nothing looks like an outage. */
import { expect, newDomain, signIn, SUPPORT_CONTACT, test } from "../fixtures";
import { complaintsOf, expectGood, open, showIn } from "../places";

test("where nothing is sold no page offers to buy, each says whom to ask, and the console is silent", async ({ page, stack }) => {
  test.setTimeout(120_000);
  const complaints = complaintsOf(page);
  const domain = newDomain();
  const token = await stack.token(`ann@${domain}`);
  for (let spent = 0; spent < 4; spent++) await stack.call(token, "POST", "/v1/analyze", { text: `Text number ${spent}.` });
  await signIn(page, `ann@${domain}`);
  await expect(page).toHaveURL(`/${domain}`);

  for (const path of ["", "/playground", "/billing"]) {
    await open(page, `/${domain}${path}`);
    const notices = page.getByRole("status", { name: "Notices" });
    await expect(notices).toContainText("New jobs are refused until you add credits.");
    await expect(notices).toContainText(`Ask ${SUPPORT_CONTACT} for credits.`);
    await expect(page.locator("main")).toContainText(`Ask ${SUPPORT_CONTACT} for credits.`);
    await expect(page.getByText(/buy/i)).toHaveCount(0);
    await showIn(page, "light", 390);
    await expectGood(page, `${path || "dashboard"} where nothing is sold`);
    await showIn(page, "light", 1280);
  }

  expect(complaints).toEqual([]);
});
