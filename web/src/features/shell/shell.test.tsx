import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { CreditBanners } from "@/features/shell/CreditBanners";
import { CreditPill } from "@/features/shell/CreditPill";
import { DeletionBanner } from "@/features/shell/DeletionBanner";
import { Nav } from "@/features/shell/Nav";
import { pageAt, pagesFor } from "@/features/shell/pages";
import { PaletteButton } from "@/features/shell/PaletteButton";
import { AccountMenu } from "@/features/shell/AccountMenu";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { show } from "@/test/show";
import { ORGANISATION } from "@/test/team-values";
import { BALANCE, page } from "@/test/values";
import { useBanner } from "@/ui/Banner";

const api = serveApi();
const ADMIN_PAGES = ["Members", "API keys", "Webhooks", "Audit log", "Settings"];

const PACK = { id: "price_a", name: "Starter", credits: 1000, amount: 900, currency: "usd", amount_decimal: "9.00", amount_exponent: 2 };
const sold = (more: object = {}) => ({ ...page([PACK]), configured: true, support_contact: null, ...more });

beforeEach(() => {
  api.answer("GET /v1/credits", BALANCE);
  api.answer("GET /v1/billing/packs", sold());
});

describe("the menu", () => {
  test("of an admin has every page, and says where one is", async () => {
    const { container } = show(<Nav />, { pathname: "/acme.test/jobs/0190" });

    for (const name of ADMIN_PAGES) expect(screen.getByRole("link", { name })).toBeVisible();
    expect(screen.getByRole("link", { current: "page" })).toHaveTextContent("Jobs");
    await expectAccessible(container);
  });

  test("says how many people wait to be let in", async () => {
    api.answer("GET /v1/organisation", { ...ORGANISATION, awaiting_approval: 2 });
    const { container } = show(<Nav />);

    expect(await screen.findByRole("link", { name: /^Members\s*\(2 people waiting\)$/ })).toBeVisible();
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
    [{ balance: 0 }, "Your organisation is out of credits. New jobs are refused until you add credits."],
    [{ balance: 12 }, "Credits are running low: 12 left."],
    [{ balance: 0, debt: 30 }, "Your organisation owes 30 credits. New jobs are refused until that is paid."],
  ])("%o: %s", async (credits, words) => {
    api.answer("GET /v1/credits", { ...BALANCE, ...credits });
    const { container } = show(<CreditBanners />);

    await waitFor(() => expect(notice()).toHaveTextContent(words));
    expect(await within(notice()).findByRole("link", { name: "Buy credits" })).toHaveAttribute("href", "/acme.test/billing");
    expect(notice()).not.toHaveTextContent("waits");
    await expectAccessible(container);
  });

  test("names whom to ask where nothing is sold", async () => {
    api.answer("GET /v1/credits", { ...BALANCE, balance: 0 });
    api.answer("GET /v1/billing/packs", sold({ items: [], configured: false, support_contact: "support@example.com" }));
    show(<CreditBanners />);

    await waitFor(() => expect(notice()).toHaveTextContent("Ask support@example.com for credits."));
    expect(notice()).not.toHaveTextContent(/buy/i);
  });

  test("says to every admin that the organisation will be erased, beside anything else, and keeps it at a click", async () => {
    api.answer("GET /v1/credits", { ...BALANCE, balance: 0 });
    api.answer("GET /v1/organisation", { ...ORGANISATION, erased_after: "2026-12-30T12:00:00.000000Z" });
    api.say("DELETE /v1/organisation/deletion", () => {
      api.answer("GET /v1/organisation", ORGANISATION);
      return { status: 204 };
    });
    const { container } = show(
      <>
        <DeletionBanner />
        <CreditBanners />
      </>,
    );

    await waitFor(() => expect(notice()).toHaveTextContent("Acme will be erased on 30 December 2026."));
    await waitFor(() => expect(notice()).toHaveTextContent("out of credits"));
    await expectAccessible(container);
    await userEvent.click(within(notice()).getByRole("button", { name: "Keep it" }));

    await waitFor(() => expect(notice()).not.toHaveTextContent("erased"));
    expect((await screen.findAllByText("The organisation will be kept"))[0]).toBeInTheDocument();
    expect(api.asked("DELETE /v1/organisation/deletion")).toHaveLength(1);
  });

  test("says nothing of it to a member, and asks nothing", async () => {
    api.answer("GET /v1/organisation", { ...ORGANISATION, erased_after: "2026-12-30T12:00:00.000000Z" });
    show(
      <>
        <DeletionBanner />
        <CreditPill />
      </>,
      { role: "member" },
    );
    await screen.findByRole("link", { name: "80 credits" });

    expect(notice()).toBeEmptyDOMElement();
    expect(api.asked("GET /v1/organisation")).toHaveLength(0);
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

    await waitFor(() => expect(notice()).toHaveTextContent("Ask an admin of your organisation for credits."));
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
        <PaletteButton signOut={() => Promise.resolve()} />
      </AppRouterContext>,
      { role },
    );
  }

  const press = () => fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
  const box = () => screen.findByRole("combobox", { name: "Search pages and actions" }, { timeout: 5000 }); // its code is fetched first

  test("loses no letter that is typed before it is there", async () => {
    palette();
    press();
    for (const key of ["j", "o", "x", "Backspace", "b", "s"]) fireEvent.keyDown(document.body, { key });

    expect(await box()).toHaveValue("jobs");
    await waitFor(() => expect(screen.getAllByRole("option").map((one) => one.textContent)).toContain("Jobs"));
    expect(screen.queryByRole("option", { name: "Settings" })).toBeNull();
  });

  test("is empty when it is opened again, however soon", async () => {
    palette();
    press();
    const input = await box();
    await waitFor(() => expect(input).toHaveFocus());
    await userEvent.keyboard("usage");
    await userEvent.keyboard("{Escape}");
    press();
    fireEvent.keyDown(document.body, { key: "j" });

    await waitFor(async () => expect(await box()).toHaveValue("j"));
  });

  test("is left by Escape before it is there", async () => {
    palette();
    press();
    fireEvent.keyDown(document.body, { key: "Escape" });
    fireEvent.keyDown(document.body, { key: "j" });

    await new Promise((later) => setTimeout(later, 300));
    expect(screen.queryByRole("combobox")).toBeNull();
  });


  test("finds a page by another word and goes there, with the keyboard alone", async () => {
    palette();
    press();
    const input = await box();
    await waitFor(() => expect(input).toHaveFocus());
    await userEvent.type(input, "ledger");
    await waitFor(() => expect(screen.getAllByRole("option")).toHaveLength(1));
    await expectAccessible(document.body);
    await userEvent.keyboard("{Enter}");

    expect(router.push).toHaveBeenCalledWith("/acme.test/billing");
  });

  test("offers a member nothing that they may not see", async () => {
    palette("member");
    press();
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
