import { focusManager, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";

import { GIVE_UP_AFTER, type Job, nextLook, useJob } from "@/hooks/jobs";
import { ApiError } from "@/lib/api";
import { makeQueryClient } from "@/lib/query";
import { serveApi } from "@/test/api";
import { leap, live, ownTime } from "@/test/time";
import { job, JOB_ID } from "@/test/values";

const api = serveApi();
const ROUTE = `GET /v1/jobs/${JOB_ID}`;

ownTime();
afterEach(() => focusManager.setFocused(undefined));

function watch(id: string | null = JOB_ID) {
  const memory = makeQueryClient(() => undefined);
  return renderHook(({ id }) => useJob(id), {
    initialProps: { id },
    wrapper: ({ children }) => <QueryClientProvider client={memory}>{children}</QueryClientProvider>,
  });
}

const looks = () => api.asked(ROUTE).length;

describe("when to look next", () => {
  const [running, done, failed] = [job("running"), job("completed"), job("failed")] as unknown as Job[];
  const limited = new ApiError("rate_limited", 429, "", null, null, 42);
  const away = new ApiError("unreachable", 0, "");
  const gone = new ApiError("not_found", 404, "");

  test.each([
    ["at first", undefined, null, 0, 2000],
    ["a running job", running, null, 29_000, 2000],
    ["after 30 seconds", running, null, 30_000, 5000],
    ["after 2 minutes", running, null, 120_000, 10_000],
    ["after 10 minutes", running, null, GIVE_UP_AFTER, false],
    ["a completed job", done, null, 0, false],
    ["a failed job", failed, null, 0, false],
    ["after a 429", running, limited, 0, 42_000],
    ["while the API is away", running, away, 0, 2000],
    ["a job that is not there", undefined, gone, 0, false],
    ["a job that completed before the last look failed", done, away, 0, false],
  ])("%s", (_, seen, thrown, watchedFor, expected) => {
    expect(nextLook(seen, thrown, watchedFor)).toBe(expected);
  });
});

test("a job is looked at every two seconds until it is completed, and never after", async () => {
  api.answer(ROUTE, job("running"));
  const { result } = watch();
  await live(7000);
  const before = looks();
  expect(before).toBeGreaterThanOrEqual(3);
  expect(before).toBeLessThanOrEqual(5);
  expect(result.current.isWatching).toBe(true);

  api.answer(ROUTE, job("completed"));
  await live(3000);
  expect(result.current.job?.output_data).toEqual({ summary: "Short." });
  expect(result.current.isWatching).toBe(false);

  const after = looks();
  await live(20_000);
  act(() => void window.dispatchEvent(new Event("focus")));
  await live(1000);
  expect(looks()).toBe(after);
});

test("a failed job is looked at no more either", async () => {
  api.answer(ROUTE, job("failed"));
  const { result } = watch();
  await live(1000);
  expect(result.current.job?.status).toBe("failed");

  await live(10_000);

  expect(looks()).toBe(1);
});

test("whoever leaves the page takes the looking along", async () => {
  api.answer(ROUTE, job("running"));
  const { unmount } = watch();
  await live(3000);
  unmount();
  const before = looks();

  await live(20_000);

  expect(looks()).toBe(before);
});

test("after a 429 it waits as long as it was told, then goes on", async () => {
  api.answer(ROUTE, job("running"));
  const { result } = watch();
  await live(1000);
  api.refuse(ROUTE, 429, "rate_limited", { retry_after: 20 }, { "Retry-After": "20" });
  await live(2500);
  expect(result.current.failure?.code).toBe("rate_limited");
  expect(result.current.job?.status).toBe("running");
  const before = looks();

  await live(15_000);
  expect(looks()).toBe(before);

  api.answer(ROUTE, job("completed"));
  await live(6000);
  expect(result.current).toMatchObject({ failure: null, isWatching: false });
});

test("a tab that nobody sees does not look", async () => {
  api.answer(ROUTE, job("running"));
  watch();
  await live(1000);
  act(() => focusManager.setFocused(false));
  const before = looks();
  await live(20_000);
  expect(looks()).toBe(before);

  act(() => focusManager.setFocused(true));
  await live(1000);
  expect(looks()).toBeGreaterThan(before);
});

test("after ten minutes it gives up and says so, and begins anew when asked", async () => {
  api.answer(ROUTE, job("running"));
  const { result } = watch();
  await live(1000);
  await leap(GIVE_UP_AFTER);
  await live(12_000);
  expect(result.current).toMatchObject({ gaveUp: true, isWatching: false });
  const before = looks();
  await live(30_000);
  expect(looks()).toBe(before);

  act(() => result.current.watchAgain());
  await live(5000);

  expect(result.current).toMatchObject({ gaveUp: false, isWatching: true });
  expect(looks()).toBeGreaterThan(before + 1);
});

test("while the network is away it keeps what it knows, keeps looking, and finds the end", async () => {
  api.answer(ROUTE, job("running"));
  const { result } = watch();
  await live(1000);
  api.away(true);
  await live(5000);
  expect(result.current.failure?.code).toBe("unreachable");
  expect(result.current.job?.status).toBe("running");

  api.away(false);
  api.answer(ROUTE, job("completed"));
  await live(3000);

  expect(result.current.job?.status).toBe("completed");
});

test("another job begins its own time", async () => {
  api.answer(ROUTE, job("running"));
  const { result, rerender } = watch();
  await live(1000);
  await leap(GIVE_UP_AFTER);
  await live(1000);
  expect(result.current.gaveUp).toBe(true);

  const other = "0190c1d2-0000-7000-8000-0000000000f2";
  api.answer(`GET /v1/jobs/${other}`, job("completed", { id: other }));
  rerender({ id: other });

  await waitFor(() => expect(result.current.job?.id).toBe(other));
  expect(result.current.gaveUp).toBe(false);
});

test("no job, no look", async () => {
  const { result } = watch(null);
  await live(5000);

  expect(api.asked()).toHaveLength(0);
  expect(result.current).toMatchObject({ isWatching: false, gaveUp: false });
});
