/** Every page in both themes, wide and narrow, and as a member sees it; and every page of whoever has nothing yet. */
import { expect, newDomain, signIn, test } from "./fixtures";
import { complaintsOf, expectGood, furnish, open, placesOf, showIn, THEMES, WIDTHS } from "./places";

const LOOKS = WIDTHS.flatMap((width) => THEMES.map((theme) => [theme, width] as const));
const MEMBERS_LOOKS = [["light", 390]] as const; // what a member sees is made of what an admin sees
const hookUrl = () => `http://${process.env.E2E_RECEIVER}/gone`;

for (const role of ["admin", "member"] as const) {
  for (const half of [0, 1]) {
    test(`every page of a ${role}, part ${half + 1}: axe finds nothing, nothing is too wide, the console is silent`, async ({ page, stack }) => {
      test.setTimeout(240_000);
      const complaints = complaintsOf(page);
      const furnished = await furnish(stack, newDomain(), hookUrl());
      await signIn(page, `${role === "admin" ? "ann" : "bob"}@${furnished.domain}`);
      await expect(page).toHaveURL(`/${furnished.domain}`);

      for (const { name, path } of placesOf(furnished, role === "admin").filter((_, index) => index % 2 === half)) {
        await open(page, path);
        for (const [theme, width] of role === "admin" ? LOOKS : MEMBERS_LOOKS) {
          await showIn(page, theme, width);
          await expectGood(page, `${name}, ${theme}, ${width}`, theme === "light" ? "all" : "colours");
        }
      }

      expect(complaints).toEqual([]);
    });
  }
}

test("every page of an organisation that has done nothing yet says what would stand there", async ({ page, stack }) => {
  test.setTimeout(180_000);
  const complaints = complaintsOf(page);
  const domain = newDomain();
  await stack.token(`ann@${domain}`);
  await signIn(page, `ann@${domain}`);
  await expect(page).toHaveURL(`/${domain}`);
  const empty = { "": "No jobs yet", "/jobs": "No jobs yet", "/playground": "Nothing was run yet", "/usage": "Nothing was spent", "/api-keys": "No keys yet", "/webhooks": "No webhooks yet" };

  for (const [path, says] of Object.entries(empty)) {
    await open(page, `/${domain}${path}`);
    await expect(page.locator("main").getByText(says).first()).toBeVisible();
    await showIn(page, "dark", 390);
    await expectGood(page, `${path || "dashboard"}, empty`);
  }

  expect(complaints).toEqual([]);
});

test("without credits the pages say so, to an admin with the way out and to a member with whom to ask", async ({ page, browser, stack }) => {
  const domain = newDomain();
  const token = await stack.token(`ann@${domain}`);
  for (let spent = 0; spent < 4; spent++) await stack.call(token, "POST", "/v1/analyze", { text: `Text number ${spent}.` });
  const member = await (await browser.newContext({ baseURL: stack.web })).newPage();

  for (const [who, email, says] of [[page, "ann", "Buy credits"], [member, "bob", "Ask an admin"]] as const) {
    await signIn(who, `${email}@${domain}`);
    await expect(who.getByRole("status", { name: "Notices" })).toContainText(says);
    for (const path of ["", "/playground", "/billing"]) {
      await open(who, `/${domain}${path}`);
      await showIn(who, "light", 390);
      await expectGood(who, `${path || "dashboard"} without credits`);
    }
  }
  await member.context().close();
});
