import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";

import { Dashboard } from "@/features/dashboard/Dashboard";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { show } from "@/test/show";
import { live, ownTime } from "@/test/time";
import { BALANCE, entry, job, JOB_ID, page, WEEK } from "@/test/values";

const api = serveApi();
ownTime();

const LIMIT = { "RateLimit-Policy": '"organisation";q=100;w=900', RateLimit: '"organisation";r=57;t=412' };
const region = (name: string) => screen.getByRole("region", { name });

beforeEach(() => {
  api.answer("GET /v1/credits", BALANCE);
  api.answer("GET /v1/credits/transactions", page(Array.from({ length: 10 }, (_, index) => entry(index + 1)), "more"));
  api.answer("GET /v1/credits/usage", WEEK);
  api.answer("GET /v1/billing/packs", { ...page([]), configured: false, support_contact: "support@example.com" });
  api.answer("GET /v1/jobs", page([job("completed"), job("failed", { id: "0190c1d2-0000-7000-8000-0000000000f2" })]), LIMIT);
});

async function shown() {
  const view = show(<Dashboard />);
  await waitFor(() => expect(screen.queryByText(/^Loading:/)).toBeNull());
  return view;
}

test("the organisation, its balance with the time, ten transactions, seven days, jobs and the limit", async () => {
  const { container } = await shown();

  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Acme");
  expect(region("Balance")).toHaveTextContent(/80credits.*Updated \d\d:\d\d:\d\d/);
  expect(within(region("Last transactions")).getAllByRole("row")).toHaveLength(1 + 10);
  const days = within(region("Credits spent")).getByRole("table");
  expect(within(days).getAllByRole("row")).toHaveLength(1 + 7);
  expect(region("Credits spent")).toHaveTextContent("35 in the last 7 days");
  expect(region("Recent jobs")).toHaveTextContent("Completed");
  expect(region("Rate limit")).toHaveTextContent("57 of 100");
  await expectAccessible(container);
});

test("an organisation that has done nothing yet is told what to do", async () => {
  api.answer("GET /v1/jobs", page([]));
  api.answer("GET /v1/credits/usage", page(WEEK.items.map((day) => ({ ...day, spent: 0, refunded: 0 }))));
  const { container } = await shown();

  expect(region("First steps")).toHaveTextContent("Make an API key");
  expect(screen.getByText("Nothing was spent in these seven days")).toBeVisible();
  expect(screen.getByText("No jobs yet")).toBeVisible();
  await expectAccessible(container);
});

test("a member is not told to do what only an admin can", async () => {
  api.answer("GET /v1/jobs", page([]));
  show(<Dashboard />, { role: "member" });
  await screen.findByText("First steps");

  expect(region("First steps")).toHaveTextContent("Ask an admin for an API key");
  expect(screen.queryByRole("link", { name: "Buy credits" })).toBeNull();
});

test("while everything loads, each panel has its shape and says so", async () => {
  const { container } = show(<Dashboard />);

  expect(screen.getAllByText(/^Loading:/)).toHaveLength(4);
  await expectAccessible(container);
});

test.each([
  ["GET /v1/credits", "Balance"],
  ["GET /v1/credits/transactions", "Last transactions"],
  ["GET /v1/credits/usage", "Credits spent"],
  ["GET /v1/jobs", "Recent jobs"],
])("when %s fails, %s alone says so", async (route, name) => {
  api.refuse(route, 500, "internal_error");
  show(<Dashboard />);
  await live(3000);

  expect(within(region(name)).getByRole("alert")).toHaveTextContent("Something went wrong on our side");
  expect(screen.getAllByRole("alert")).toHaveLength(1);
});

test("a balance that is a string is said to make no sense, and the rest of the page stays", async () => {
  api.answer("GET /v1/credits", { ...BALANCE, balance: "80" });
  show(<Dashboard />);
  await live(3000);

  expect(within(region("Balance")).getByRole("alert")).toHaveTextContent("an answer that makes no sense");
  expect(region("Balance")).not.toHaveTextContent("80credits");
  expect(within(region("Last transactions")).getAllByRole("row")).toHaveLength(11);
});

test("a day's figure that is a string is not drawn", async () => {
  api.answer("GET /v1/credits/usage", page(WEEK.items.map((day) => ({ ...day, spent: String(day.spent) }))));
  show(<Dashboard />);
  await live(3000);

  expect(within(region("Credits spent")).getByRole("alert")).toHaveTextContent("an answer that makes no sense");
});

test("when the API goes away, everything stays with its time, and comes back", async () => {
  await shown();
  api.away(true);
  await live(33_000);

  for (const name of ["Balance", "Last transactions", "Credits spent", "Recent jobs", "Rate limit"]) {
    expect(region(name)).toHaveTextContent(/Can't reach the server. Last updated \d\d:\d\d:\d\d/);
  }
  expect(region("Balance")).toHaveTextContent("80credits");
  expect(screen.queryByRole("alert")).toBeNull();

  api.away(false);
  api.answer("GET /v1/credits", { ...BALANCE, balance: 70 });
  await live(31_000);
  expect(region("Balance")).toHaveTextContent(/70credits.*Updated/);
});

test("a job that was run elsewhere is in every panel together, at most 30 seconds later", async () => {
  await shown();
  await live(1000); // just after a reading: the longest that there is to wait
  api.answer("GET /v1/credits", { ...BALANCE, balance: 70 });
  api.answer("GET /v1/credits/transactions", page([{ ...entry(11), description: "Job: analyze", job_id: JOB_ID }]));
  api.answer("GET /v1/jobs", page([job("completed", { job_type: "analyze" })]));
  const began = Date.now();
  while (!region("Balance").textContent?.includes("70credits") && Date.now() - began < 30_000) await live(500);

  expect(Date.now() - began).toBeLessThan(20_000);
  await waitFor(() => expect(region("Recent jobs")).toHaveTextContent("Analysis"));
  await waitFor(() => expect(region("Last transactions")).toHaveTextContent("Analysis"));
  expect(Date.now() - began).toBeLessThan(20_000);
});

test("the four readings of the page stay far within the person's window", async () => {
  await shown();
  await live(60_000);

  for (const route of ["GET /v1/credits", "GET /v1/credits/transactions", "GET /v1/credits/usage", "GET /v1/jobs"]) {
    expect(api.asked(route).length).toBeLessThanOrEqual(5); // 4 a minute are 60 in a quarter of an hour
  }
});

test("a refunded and a cancelled job are told as everywhere else", async () => {
  const cancelled = job("failed", { id: "0190c1d2-0000-7000-8000-0000000000f3", error_code: "cancelled" });
  api.answer("GET /v1/jobs", page([job("failed"), cancelled]));
  await shown();

  const [, failed, stopped] = within(region("Recent jobs")).getAllByRole("row");
  expect(failed).toHaveTextContent(/Summary.*Failed.*refunded10/);
  expect(stopped).toHaveTextContent(/Summary.*Cancelled.*refunded10/);
});

test("where nothing is sold the balance says whom to ask", async () => {
  await shown();

  expect(region("Balance")).toHaveTextContent("Ask support@example.com for credits.");
  expect(screen.queryByText(/buy/i)).toBeNull();
});

test("a session that is over leads to sign-in", async () => {
  const leave = vi.fn();
  api.refuse("GET /v1/credits", 401, "not_signed_in");
  show(<Dashboard />, { onSignedOut: leave });

  await waitFor(() => expect(leave).toHaveBeenCalled());
});
