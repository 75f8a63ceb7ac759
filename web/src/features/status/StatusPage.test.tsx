import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import { StatusPage } from "@/features/status/StatusPage";
import { expectAccessible } from "@/test/accessible";
import { problem, serveApi } from "@/test/api";
import { show } from "@/test/show";
import { live, ownTime } from "@/test/time";

const api = serveApi();
ownTime();

const FINE = { status: "ok", database: "ok", redis: "ok" };
const part = (name: string) => screen.getByText(name).closest("li");

test("everything works, and when it was looked at", async () => {
  api.answer("GET /health", FINE);
  const { container } = show(<StatusPage />);

  expect(await screen.findByText("Everything works")).toBeVisible();
  expect(screen.getByText(/^Last checked \d\d:\d\d:\d\d/)).toBeVisible();
  expect(screen.getAllByText("Works")).toHaveLength(4);
  await expectAccessible(container);
});

test("Redis away is degraded, and named with what it means", async () => {
  api.answer("GET /health", { ...FINE, redis: "unavailable" });
  const { container } = show(<StatusPage />);

  expect(await screen.findByText("Degraded: the cache and queue are unavailable")).toBeVisible();
  expect(part("Cache and queue")).toHaveTextContent(/Redis does not answer.*Unavailable/);
  expect(part("Database")).toHaveTextContent("Works");
  await expectAccessible(container);
});

test("a 503 with the database away is an answer", async () => {
  api.say("GET /health", () => ({ status: 503, body: { status: "unavailable", database: "unavailable", redis: "ok" } }));
  show(<StatusPage />);

  expect(await screen.findByText("The platform is down")).toBeVisible();
  expect(part("API")).toHaveTextContent("Works");
  expect(part("Database")).toHaveTextContent("Unavailable");
});

test("an API that does not answer is away, and what lies behind it unknown", async () => {
  api.say("GET /health", () => ({ status: 503, body: problem(503, "backend_unreachable") }));
  show(<StatusPage />);

  expect(await screen.findByText("The API does not answer")).toBeVisible();
  expect(part("API")).toHaveTextContent("Unavailable");
  expect(part("Database")).toHaveTextContent("Unknown");
});

test("an answer that is no health is not taken for one", async () => {
  api.answer("GET /health", { status: "ok", database: true });
  show(<StatusPage />);

  expect(await screen.findByText("The API does not answer")).toBeVisible();
});

test("without a way to the server it says so, looks again by itself, and finds it back", async () => {
  api.away(true);
  show(<StatusPage />);
  expect(await screen.findByText("Can't reach the server")).toBeVisible();
  expect(part("Web application")).toHaveTextContent("Unavailable");

  api.away(false);
  api.answer("GET /health", FINE);
  await live(10_500);

  await waitFor(() => expect(screen.getByText("Everything works")).toBeVisible());
});
