/** Every page while the API is away: words, the frame of the page, and never a blank one. */
import { expect, newDomain, signIn, test } from "../fixtures";
import { expectGood, furnish, open, placesOf, showIn } from "../places";

test("while the API is away every page keeps its frame and says so, and axe finds nothing", async ({ page, stack }) => {
  test.setTimeout(240_000);
  const furnished = await furnish(stack, newDomain());
  await signIn(page, `ann@${furnished.domain}`);
  await expect(page.getByRole("region", { name: "Balance" })).toContainText("credits");
  const places = placesOf(furnished, true).filter(({ path }) => !/^\/(docs|invite)|nothing$/.test(path));

  stack.stopApi();

  for (const { name, path } of places) {
    await open(page, path);
    await expect(page.locator("main")).toContainText(/can't reach the server|cannot be reached|does not answer/i);
    await showIn(page, "light", 390);
    await expectGood(page, `${name}, away`);
  }
  await stack.startApi();
});
