import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { CommandPalette } from "@/features/shell/CommandPalette";
import { CreditBanners } from "@/features/shell/CreditBanners";
import { CreditPill } from "@/features/shell/CreditPill";
import { Nav } from "@/features/shell/Nav";
import { pageAt, pagesFor } from "@/features/shell/pages";
import { AccountMenu } from "@/features/shell/AccountMenu";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { show } from "@/test/show";
import { BALANCE } from "@/test/values";
import { useBanner } from "@/ui/Banner";

const api = serveApi();
const ADMIN_PAGES = ["Members", "API keys", "Webhooks", "Audit log", "Settings"];

beforeEach(() => api.answer("GET /v1/credits", BALANCE));

describe("the menu", () => {
  test("of an admin has every page, and says where one is", async () => {
    const { container } = show(<Nav />, { pathname: "/acme.test/jobs/0190" });

    for (const name of ADMIN_PAGES) expect(screen.getByRole("link", { name })).toBeVisible();
    expect(screen.getByRole("link", { current: "page" })).toHaveTextContent("Jobs");
    await expectAccessible(container);
  });

  test("of a member has what a member may do", () => {
    show(<Nav />, { role: "member" });

    for (const name of ADMIN_PAGES) expect(screen.queryByRole("link", { name })).toBeNull();
    for (const name of ["Dashboard", "Run", "Jobs", "Usage", "Billing"]) expect(screen.getByRole("link", { name })).toBeVisible();
  });

  test("knows the dashboard from the pages below it", () => {
    const pages = pagesFor("acme.test", true);

    expect(pageAt(pages, "/acme.test")?.label).toBe("Dashboard");
    expect(pageAt(pages, "/acme.test/webhooks/1")?.label).toBe("Webhooks");
    expect(pageAt(pages, "/acme.test/nothing")).toBeUndefined();
    expect(pageAt(pages, "/acme.test.evil/jobs")).toBeUndefined();
  });
});

describe("the balance on every page", () => {
  test.each([
    [50, "text-ink"],
    [49, "text-warn"],
    [0, "text-bad"],
  ])("%s credits look like %s", async (balance, look) => {
    api.answer("GET /v1/credits", { ...BALANCE, balance });
    const { container } = show(<CreditPill />);

    expect(await screen.findByRole("link", { name: `${balance} credits` })).toHaveClass(look);
    await expectAccessible(container);
  });

  test("that was never read says so", async () => {
    api.refuse("GET /v1/credits", 403, "not_allowed");
    show(<CreditPill />);

    expect(await screen.findByRole("link", { name: "Credits unknown" })).toBeVisible();
  });
});

describe("the notice above every page", () => {
  const notice = () => screen.getByRole("status", { name: "Notices" });

  test.each([
    [{ balance: 0 }, "Your organisation is out of credits."],
    [{ balance: 12 }, "Credits are running low: 12 left."],
    [{ balance: 0, debt: 30 }, "Your organisation owes 30 credits."],
  ])("%o: %s", async (credits, words) => {
    api.answer("GET /v1/credits", { ...BALANCE, ...credits });
    const { container } = show(<CreditBanners />);

    await waitFor(() => expect(notice()).toHaveTextContent(words));
    expect(within(notice()).getByRole("link", { name: "Buy credits" })).toHaveAttribute("href", "/acme.test/billing");
    await expectAccessible(container);
  });

  test("is not there when all is well", async () => {
    show(
      <>
        <CreditBanners />
        <CreditPill />
      </>,
    );
    await screen.findByRole("link", { name: "80 credits" });

    expect(notice()).toBeEmptyDOMElement();
  });

  test("sends a member to an admin", async () => {
    api.answer("GET /v1/credits", { ...BALANCE, balance: 0 });
    show(<CreditBanners />, { role: "member" });

    await waitFor(() => expect(notice()).toHaveTextContent("Ask an admin to buy credits."));
    expect(within(notice()).queryByRole("link")).toBeNull();
  });

  test("says that the server is away", async () => {
    api.away(true);
    show(<CreditBanners />);

    await waitFor(() => expect(notice()).toHaveTextContent("Can't reach the server."), { timeout: 3000 });
  });

  test("is the most pressing one of several", async () => {
    const payment = { text: "The last payment failed." };
    function Failing() {
      useBanner("payment", payment);
      return null;
    }
    api.answer("GET /v1/credits", { ...BALANCE, balance: 12 });
    const { rerender } = show(
      <>
        <CreditBanners />
        <CreditPill />
        <Failing />
      </>,
    );
    await screen.findByRole("link", { name: "12 credits" });
    expect(notice()).toHaveTextContent("The last payment failed.");
    expect(notice()).not.toHaveTextContent("running low");
    rerender(<p />);
  });
});

describe("the command palette", () => {
  const router = { push: vi.fn() };

  function palette(role: "admin" | "member" = "admin") {
    return show(
      <AppRouterContext value={router as never}>
        <CommandPalette open onOpenChange={() => undefined} signOut={() => Promise.resolve()} />
      </AppRouterContext>,
      { role },
    );
  }

  test("finds a page by another word and goes there, with the keyboard alone", async () => {
    palette();
    const input = await screen.findByRole("combobox", { name: "Search pages and actions" });
    await waitFor(() => expect(input).toHaveFocus());
    await userEvent.type(input, "ledger");
    await waitFor(() => expect(screen.getAllByRole("option")).toHaveLength(1));
    await expectAccessible(document.body);
    await userEvent.keyboard("{Enter}");

    expect(router.push).toHaveBeenCalledWith("/acme.test/billing");
  });

  test("offers a member nothing that they may not see", async () => {
    palette("member");
    await screen.findByRole("option", { name: "Jobs" });

    expect(screen.queryByRole("option", { name: "Webhooks" })).toBeNull();
  });
});

test("a sign-out that did not work is told, not believed", async () => {
  show(<AccountMenu signOut={() => Promise.reject(new Error("away"))} />);
  await screen.findByRole("menu");
  await expectAccessible(document.body);
  await userEvent.click(await screen.findByRole("menuitem", { name: "Sign out" }));

  expect((await screen.findAllByText("You are still signed in"))[0]).toBeInTheDocument();
});

test("the theme is switched at once and remembered", async () => {
  show(<AccountMenu signOut={() => Promise.resolve()} />);
  await userEvent.click(await screen.findByRole("menuitemradio", { name: "Dark" }));

  expect(document.documentElement.dataset.theme).toBe("dark");
  expect(document.cookie).toContain("theme=dark");

  await userEvent.click(screen.getByRole("menuitemradio", { name: "As the system" }));
  expect(document.documentElement.dataset.theme).toBeUndefined();
  expect(document.cookie).not.toContain("theme");
});
