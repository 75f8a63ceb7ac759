import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";

import { csvName, csvOf } from "@/features/usage/csv";
import { Usage } from "@/features/usage/Usage";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { show } from "@/test/show";
import { live, ownTime } from "@/test/time";
import { WEEK } from "@/test/values";

const api = serveApi();
ownTime();
const ROUTE = "GET /v1/credits/usage";

beforeEach(() => api.answer(ROUTE, WEEK));

test("totals, a table beside the chart, and today marked as not over", async () => {
  const { container } = show(<Usage />);
  const days = await screen.findByRole("table", { name: "Credits spent per day, in UTC" }, { timeout: 10_000 });
  expect(within(days).getAllByRole("row")).toHaveLength(1 + 7);
  expect(within(days).getByRole("rowheader", { name: "2026-11-20, so far" })).toBeInTheDocument();
  expect(container).toHaveTextContent(/35creditsSpent in all.*10creditsRefunded.*3jobsPaid for.*35creditsToday, so far/);
  await expectAccessible(container);
});

test("the range stands in the address and is asked for; anything odd is a week", async () => {
  const onUrlUpdate = vi.fn();
  show(<Usage />, { search: "?days=30", onUrlUpdate });
  await waitFor(() => expect(api.asked(ROUTE)[0]?.search.get("days")).toBe("30"));
  expect(screen.getByRole("button", { name: "30 days" })).toHaveAttribute("aria-pressed", "true");
  fireEvent.click(screen.getByRole("button", { name: "90 days" }));
  await waitFor(() => expect(api.asked(ROUTE).at(-1)?.search.get("days")).toBe("90"));
  await waitFor(() => expect(onUrlUpdate).toHaveBeenLastCalledWith(expect.objectContaining({ queryString: "?days=90" })));
  cleanup();

  show(<Usage />, { search: "?days=5000" });
  await waitFor(() => expect(api.asked(ROUTE).at(-1)?.search.get("days")).toBe("7"));
});

test("a range without spending says so", async () => {
  api.answer(ROUTE, { ...WEEK, items: WEEK.items.map((day) => ({ ...day, spent: 0, refunded: 0, jobs: 0 })) });
  const { container } = show(<Usage />);
  expect(await screen.findByText("Nothing was spent in the last 7 days")).toBeVisible();
  await expectAccessible(container);
});

test("what cannot be read says so, and there is nothing to save", async () => {
  api.refuse(ROUTE, 500, "internal_error");
  const { container } = show(<Usage />);
  await live(3000);
  expect(screen.getAllByText("Something went wrong on our side")).toHaveLength(1);
  expect(screen.getByRole("button", { name: "Download CSV" })).toHaveAttribute("aria-disabled", "true");
  await expectAccessible(container);
});

test("while the API is away the last days stay, with their time", async () => {
  const { container } = show(<Usage />);
  await waitFor(() => expect(container).toHaveTextContent("35creditsSpent in all"));
  api.away(true);
  await live(33_000);
  expect(screen.getByText(/Last updated/)).toBeVisible();
  expect(container).toHaveTextContent("35creditsSpent in all");
});

test("the file has a line for each day, and says that the last is not over", () => {
  const days = WEEK.items.slice(5);
  expect(csvOf(days)).toBe("date,spent,refunded,net,jobs,complete\r\n2026-11-19,0,0,0,0,yes\r\n2026-11-20,45,10,35,3,no\r\n");
  expect(csvName("acme.test", days)).toBe("usage-acme.test-2026-11-19-to-2026-11-20.csv");
});
