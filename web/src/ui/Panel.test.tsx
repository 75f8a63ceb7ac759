import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import type { Reading } from "@/hooks/reading";
import { ApiError } from "@/lib/api";
import { expectAccessible } from "@/test/accessible";
import { problem, REQUEST_ID } from "@/test/api";
import { show } from "@/test/show";
import { Empty } from "@/ui/Empty";
import { Panel } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";

const nothing: Reading<string[]> = { known: undefined, failure: null, isLoading: true, retry: () => undefined };
const known = { value: ["one"], asOf: new Date("2026-11-20T14:02:11") };

function refused(status: number, code: string, retryAfter: number | null = null): ApiError {
  return new ApiError(code, status, "A sentence.", problem(status, code), REQUEST_ID, retryAfter);
}

function panel(reading: Partial<Reading<string[]>>) {
  return (
    <Panel
      title="Things"
      reading={{ ...nothing, isLoading: false, ...reading }}
      asker={{ role: "member", doing: "see things" }}
      skeleton={<Skeleton />}
      isEmpty={(rows) => rows.length === 0}
      empty={<Empty title="No things yet">They come with work.</Empty>}
    >
      {(rows) => <ul>{rows.map((row) => <li key={row}>{row}</li>)}</ul>}
    </Panel>
  );
}

test("loading: a status in words, grey shapes for the eye", async () => {
  const { container } = show(panel({ isLoading: true }));

  expect(screen.getByText("Loading: Things").closest("[role=status]")).not.toBeNull();
  await expectAccessible(container);
});

test("loading for longer than five seconds: it says so", async () => {
  vi.useFakeTimers();
  try {
    show(panel({ isLoading: true }));

    act(() => void vi.advanceTimersByTime(4_900));
    expect(screen.queryByText("This takes longer than usual.")).toBeNull();
    act(() => void vi.advanceTimersByTime(200));
    expect(screen.getByText("This takes longer than usual.").closest("[role=status]")).not.toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

test("good: the content", async () => {
  const { container } = show(panel({ known }));

  expect(screen.getByRole("region", { name: "Things" })).toHaveTextContent("one");
  expect(screen.queryByRole("alert")).toBeNull();
  await expectAccessible(container);
});

test("empty: what would stand here", async () => {
  const { container } = show(panel({ known: { ...known, value: [] } }));

  expect(screen.getByText("No things yet")).toBeVisible();
  await expectAccessible(container);
});

test("failed: words, the request id to copy, and Retry", async () => {
  const retry = vi.fn();
  const { container } = show(panel({ failure: refused(500, "internal_error"), retry }));

  expect(screen.getByRole("alert")).toHaveTextContent("Something went wrong on our side");
  expect(screen.getByText(REQUEST_ID)).toBeVisible();
  expect(screen.getByRole("button", { name: "Copy the request id" })).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(retry).toHaveBeenCalledTimes(1);
  await expectAccessible(container);
});

test("old: the content stays, with its time", async () => {
  const { container } = show(panel({ known, failure: new ApiError("unreachable", 0, "") }));

  expect(screen.getByText("one")).toBeVisible();
  expect(screen.getByText("Can't reach the server. Last updated 14:02:11.")).toBeVisible();
  await expectAccessible(container);
});

test("403: who may, no Retry", async () => {
  const { container } = show(panel({ failure: refused(403, "not_allowed") }));

  expect(screen.getByRole("alert")).toHaveTextContent("Only admins can see things");
  expect(screen.queryByRole("button", { name: "Retry" })).toBeNull();
  await expectAccessible(container);
});

test("401: the way to sign in, in case the page is still there", () => {
  show(panel({ failure: refused(401, "not_signed_in") }));

  expect(screen.getByRole("link", { name: "Sign in" })).toHaveAttribute("href", expect.stringContaining("next="));
});

test("429: it counts down and then tries by itself, once", async () => {
  const retry = vi.fn();
  show(panel({ failure: refused(429, "rate_limited", 1), retry }));
  expect(screen.getByRole("alert")).toHaveTextContent("Retrying in 1 second");
  expect(retry).not.toHaveBeenCalled();

  await vi.waitFor(() => expect(retry).toHaveBeenCalledTimes(1), 3000);
  await new Promise((done) => setTimeout(done, 600));

  expect(retry).toHaveBeenCalledTimes(1);
});

test("outside of the shell a failure has words too", () => {
  render(panel({ failure: refused(402, "insufficient_credits") }));

  expect(screen.getByRole("alert")).toHaveTextContent("Not enough credits for this");
});
