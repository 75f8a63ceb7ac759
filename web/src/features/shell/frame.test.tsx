import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { PathnameContext, SearchParamsContext } from "next/dist/shared/lib/hooks-client-context.shared-runtime";
import { afterEach, beforeEach, expect, test } from "vitest";

import { Shell } from "@/features/shell/Shell";
import { serveApi } from "@/test/api";
import { ann, newRouter } from "@/test/show";
import { ORGANISATION } from "@/test/team-values";
import { BALANCE, page } from "@/test/values";

const api = serveApi();

beforeEach(() => {
  api.answer("GET /v1/credits", BALANCE);
  api.answer("GET /v1/billing/packs", { ...page([]), configured: false, support_contact: null });
  api.answer("GET /v1/organisation", ORGANISATION);
});

/** What stands around a page, on the page at this path. */
function frame(pathname: string) {
  return (
    <AppRouterContext value={newRouter()}>
      <PathnameContext value={pathname}>
        <SearchParamsContext value={new URLSearchParams()}>
          <Shell me={ann()} signOut={() => Promise.resolve()}>
            <p>The page</p>
          </Shell>
        </SearchParamsContext>
      </PathnameContext>
    </AppRouterContext>
  );
}

const stay = (event: Event) => event.preventDefault(); // jsdom does not navigate
beforeEach(() => document.addEventListener("click", stay));
afterEach(() => document.removeEventListener("click", stay));

test("a link of the menu says at once that its page is on its way, until the page is there", () => {
  const { rerender } = render(frame("/acme.test"));
  expect(screen.queryByText("Loading the page")).toBeNull();

  fireEvent.click(screen.getByRole("link", { name: "Jobs" }));
  expect(screen.getByText("Loading the page").closest("[role=status]")).toBeVisible();

  rerender(frame("/acme.test/jobs"));
  expect(screen.queryByText("Loading the page")).toBeNull();
});

test("that the organisation will be erased is said on every page, with the day and how to keep it", async () => {
  api.answer("GET /v1/organisation", { ...ORGANISATION, erased_after: "2026-12-30T12:00:00.000000Z" });
  render(frame("/acme.test/jobs"));
  const notices = screen.getByRole("status", { name: "Notices" });

  await waitFor(() => expect(notices).toHaveTextContent("Acme will be erased on 30 December 2026."), { timeout: 5000 });
  expect(within(notices).getByRole("button", { name: "Keep it" })).toBeVisible();
});

test("that somebody waits is said beside Members and, where the menu is closed, on its button", async () => {
  api.answer("GET /v1/organisation", { ...ORGANISATION, awaiting_approval: 1 });
  render(frame("/acme.test/jobs"));

  expect(await screen.findByRole("link", { name: /^Members\s*\(1 person waiting\)$/ })).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Open the menu: 1 person waiting" })).toBeInTheDocument();
});
