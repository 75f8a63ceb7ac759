import { QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";

import { useCredits, useTransactions } from "@/hooks/credits";
import { MeProvider } from "@/hooks/me";
import { makeQueryClient } from "@/lib/query";
import { serveApi } from "@/test/api";
import { ann } from "@/test/show";
import { live, ownTime } from "@/test/time";
import { BALANCE, entry, page } from "@/test/values";

const api = serveApi();

ownTime();

/** A page of ann's that is loaded anew, with its own memory. */
function load<Result>(hook: () => Result, onSignedOut = () => undefined as void) {
  const memory = makeQueryClient(onSignedOut);
  return renderHook(hook, {
    wrapper: ({ children }) => (
      <QueryClientProvider client={memory}>
        <MeProvider me={ann()}>{children}</MeProvider>
      </QueryClientProvider>
    ),
  });
}

test("the balance is loading, then known with its time", async () => {
  api.answer("GET /v1/credits", BALANCE);
  const { result } = load(useCredits);
  expect(result.current).toMatchObject({ isLoading: true, known: undefined, failure: null });

  await waitFor(() => expect(result.current.known?.value).toEqual(BALANCE));

  expect(Date.now() - (result.current.known?.asOf.getTime() ?? 0)).toBeLessThan(10_000);
  expect(result.current).toMatchObject({ isLoading: false, failure: null });
});

test("a balance that changed elsewhere appears within 30 seconds", async () => {
  api.answer("GET /v1/credits", BALANCE);
  const { result } = load(useCredits);
  await waitFor(() => expect(result.current.known?.value.balance).toBe(80));

  api.answer("GET /v1/credits", { ...BALANCE, balance: 70 });
  await live(30_100);

  await waitFor(() => expect(result.current.known?.value.balance).toBe(70));
});

test("while the API is away the last balance stays with its time, and comes back by itself", async () => {
  api.answer("GET /v1/credits", BALANCE);
  const { result } = load(useCredits);
  await waitFor(() => expect(result.current.known).toBeDefined());
  const readAt = result.current.known?.asOf;

  api.away(true);
  await live(32_000);

  await waitFor(() => expect(result.current.failure?.code).toBe("unreachable"));
  expect(result.current.known).toEqual({ value: BALANCE, asOf: readAt });
  expect(result.current.isLoading).toBe(false);

  api.away(false);
  await live(30_100);
  await waitFor(() => expect(result.current.failure).toBeNull());
});

test("a browser that is offline is told so, and reads again as soon as it is back", async () => {
  api.answer("GET /v1/credits", BALANCE);
  const { result } = load(useCredits);
  await waitFor(() => expect(result.current.known).toBeDefined());

  api.away(true);
  act(() => void window.dispatchEvent(new Event("offline")));
  await live(32_000);
  await waitFor(() => expect(result.current.failure?.code).toBe("unreachable"));

  api.away(false);
  const before = api.asked("GET /v1/credits").length;
  act(() => void window.dispatchEvent(new Event("online")));
  await live(500);

  await waitFor(() => expect(result.current.failure).toBeNull());
  expect(api.asked("GET /v1/credits").length).toBe(before + 1);
});

test("a balance that is a string is refused, and the last good one stays", async () => {
  api.answer("GET /v1/credits", BALANCE);
  const { result } = load(useCredits);
  await waitFor(() => expect(result.current.known).toBeDefined());

  api.answer("GET /v1/credits", { ...BALANCE, balance: "70" });
  await live(32_000);

  await waitFor(() => expect(result.current.failure?.code).toBe("bad_response"));
  expect(result.current.known?.value.balance).toBe(80);
});

test("one more try, then the failure", async () => {
  api.refuse("GET /v1/credits", 500, "internal_error");
  const { result } = load(useCredits);
  await live(1500);

  await waitFor(() => expect(result.current.failure?.code).toBe("internal_error"));

  expect(api.asked("GET /v1/credits")).toHaveLength(2);
  expect(result.current).toMatchObject({ isLoading: false, known: undefined });
});

test("a page that is loaded while the API is away shows the balance of the last page", async () => {
  api.answer("GET /v1/credits", BALANCE);
  const first = load(useCredits);
  await waitFor(() => expect(first.result.current.known).toBeDefined());
  const readAt = first.result.current.known?.asOf;
  first.unmount();

  api.away(true);
  const { result } = load(useCredits);

  await waitFor(() => expect(result.current.known).toEqual({ value: BALANCE, asOf: readAt }));
  await live(2000);
  await waitFor(() => expect(result.current.failure?.code).toBe("unreachable"));
  expect(result.current.known?.value).toEqual(BALANCE);
});

test("what lies in the storage and is no balance is not shown", async () => {
  sessionStorage.setItem(`nexus:balance:${ann().organisation.id}`, '{"value":{"balance":"80"},"at":1}');
  api.away(true);
  const { result } = load(useCredits);
  await live(2000);

  await waitFor(() => expect(result.current.failure).not.toBeNull());

  expect(result.current.known).toBeUndefined();
});

test("another organisation's balance is not taken for ours", async () => {
  sessionStorage.setItem("nexus:balance:another", JSON.stringify({ value: BALANCE, at: 1 }));
  api.away(true);
  const { result } = load(useCredits);
  await live(2000);

  await waitFor(() => expect(result.current.failure).not.toBeNull());

  expect(result.current.known).toBeUndefined();
});

test("a session that is over leads away, and is not tried again", async () => {
  api.refuse("GET /v1/credits", 401, "not_signed_in", { reason: "expired" });
  const leave = vi.fn();
  load(useCredits, leave);

  await waitFor(() => expect(leave).toHaveBeenCalledTimes(1));
  await live(1500);

  expect(api.asked("GET /v1/credits")).toHaveLength(1);
});

test("the ledger is read page by page, and a page that fails takes nothing away", async () => {
  api.say("GET /v1/credits/transactions", ({ search }) => ({ body: search.get("cursor") === "c1" ? page([entry(2)]) : page([entry(1)], "c1") }));
  const { result } = load(() => useTransactions(1));
  await waitFor(() => expect(result.current.known?.value.map((row) => row.seq)).toEqual([1]));
  expect(result.current.more.hasMore).toBe(true);

  api.away(true);
  act(() => result.current.more.load());
  await live(2000);
  await waitFor(() => expect(result.current.more.failure?.code).toBe("unreachable"));
  expect(result.current.known?.value).toHaveLength(1);
  expect(result.current.failure).toBeNull();

  api.away(false);
  act(() => result.current.more.load());
  await waitFor(() => expect(result.current.known?.value.map((row) => row.seq)).toEqual([1, 2]));
  expect(result.current.more).toMatchObject({ hasMore: false, failure: null });
});
