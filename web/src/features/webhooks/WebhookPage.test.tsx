import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { beforeEach, expect, test, vi } from "vitest";

import { WebhookPage } from "@/features/webhooks/WebhookPage";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { show } from "@/test/show";
import { attempt, delivery, DELIVERY_ID, page, SECRET, webhook, WEBHOOK_ID } from "@/test/values";

const api = serveApi();
const user = userEvent.setup();
const push = vi.fn();

const ONE = `GET /v1/webhooks/${WEBHOOK_ID}`;
const DELIVERIES = `${ONE}/deliveries`;
const REPLAY = `POST /v1/webhook-deliveries/${DELIVERY_ID}/replay`;
const DEAD = delivery("dead", [attempt(1, 503), attempt(2, null, "timeout"), attempt(3, null, "tls"), attempt(4, 302)]);

beforeEach(() => {
  push.mockClear();
  api.answer(ONE, webhook());
  api.answer(DELIVERIES, page([DEAD]));
  api.answer(`GET /v1/webhook-deliveries/${DELIVERY_ID}`, { ...DEAD, body: '{"data":{"text":"<img src=x onerror=alert(1)>"}}' });
});

function open(shown: Parameters<typeof show>[1] = {}) {
  const router = { push, replace: push, back: push, forward: push, refresh: push, prefetch: push } as never;
  return show(
    <AppRouterContext value={router}>
      <WebhookPage id={WEBHOOK_ID} />
    </AppRouterContext>,
    shown,
  );
}

const row = async (name: RegExp) => user.click(await screen.findByRole("button", { name }));

test("a delivery opens to its attempts, each in words, and to its body as text", async () => {
  const { container } = open();
  await row(/^job\.completed/);

  const attempts = await screen.findByRole("table", { name: "Attempts" });
  const told = within(attempts).getAllByRole("row").slice(1).map((one) => one.textContent);
  expect(told[0]).toMatch(/503.*178 ms.*Your server failed/);
  expect(told[1]).toMatch(/No answer in time.*fifteen seconds/);
  expect(told[2]).toMatch(/Certificate refused/);
  expect(told[3]).toMatch(/302.*redirect is not followed/);
  expect(await screen.findByLabelText("Body, as it is sent")).toHaveTextContent("<img src=x onerror=alert(1)>");
  expect(container.querySelector("img")).toBeNull();
  await expectAccessible(container);
});

test("the keyboard alone replays: it is on its way, then delivered, and both are said", async () => {
  let status: "pending" | "delivered" = "pending";
  api.say(REPLAY, () => {
    api.say(DELIVERIES, () => ({ body: page([delivery(status, DEAD.attempts, status === "pending" ? { next_attempt_at: new Date().toISOString() } : {})]) }));
    return { status: 202, body: delivery("pending", DEAD.attempts, { next_attempt_at: new Date().toISOString() }) };
  });
  open();
  const replay = await screen.findByRole("button", { name: /^Replay job\.completed of 2026-11-20 09:12:27 UTC/ });
  replay.focus();
  await user.keyboard("{Enter}");

  expect(await screen.findByText("Replayed: job.completed is on its way.")).toBeInTheDocument();
  expect(replay).toHaveFocus();
  expect(replay).toHaveAttribute("aria-disabled", "true");
  expect(api.asked(REPLAY)[0]?.headers["idempotency-key"]).toBeDefined();
  await user.keyboard("{Enter}");
  expect(api.asked(REPLAY)).toHaveLength(1);

  status = "delivered";
  expect(await screen.findByText("Replayed: job.completed is delivered.", {}, { timeout: 5000 })).toBeInTheDocument();
  expect(replay).not.toHaveAttribute("aria-disabled");
});

test("what waits for its next try says when that is, and cannot be replayed meanwhile", async () => {
  const next_attempt_at = new Date(Date.now() + 25_500).toISOString();
  api.answer(DELIVERIES, page([delivery("pending", [attempt(1, 500), attempt(2, 500)], { next_attempt_at })]));
  open();

  expect(await screen.findByText(/^Try 3 in 2[3-6] s$/)).toBeVisible();
  expect(screen.getByRole("button", { name: /^Replay job/ })).toHaveAttribute("aria-disabled", "true");
});

test("a replay that is refused says why", async () => {
  api.refuse(REPLAY, 409, "delivery_under_way");
  open();
  await user.click(await screen.findByRole("button", { name: /^Replay job/ }));

  expect((await screen.findAllByText("The API's sentence for delivery_under_way."))[0]).toBeVisible();
});

test("the filter stands in the address, goes to the API, and none matching is not none at all", async () => {
  api.say(DELIVERIES, ({ search }) => ({ body: page(search.get("status") === "delivered" ? [] : [DEAD]) }));
  open({ search: "status=delivered" });

  expect(await screen.findByText("None match")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Show all" }));
  expect(await screen.findByRole("button", { name: /^Replay job/ })).toBeVisible();
  expect(api.asked(DELIVERIES).map(({ search }) => search.get("status"))).toEqual(["delivered", null]);
});

test("nothing sent yet says how something comes", async () => {
  api.answer(DELIVERIES, page([]));
  const { container } = open();

  expect(await screen.findByText("Nothing was sent yet")).toBeVisible();
  await expectAccessible(container);
});

test("all that failed is replayed after a yes", async () => {
  api.say(`POST /v1/webhooks/${WEBHOOK_ID}/replay-failed`, () => ({ status: 202, body: { replayed: 3 } }));
  open();
  await user.click(await screen.findByRole("button", { name: "Replay failed" }));
  await user.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Replay" }));

  expect((await screen.findAllByText("3 sent once more"))[0]).toBeVisible();
});

test.each([
  ["failing", "Disabled after repeated failures"],
  ["gone", "Disabled: your server answered 410 Gone"],
  ["switched_off", "Switched off"],
])("one that is disabled (%s) says why, sends nothing, and can be enabled", async (disabled_reason, title) => {
  api.answer(ONE, webhook({ enabled: false, disabled_reason, disabled_at: "2026-11-20T10:00:00Z" }));
  api.say(`PATCH /v1/webhooks/${WEBHOOK_ID}`, () => {
    api.answer(ONE, webhook());
    return { body: webhook() };
  });
  const { container } = open();

  const enable = await screen.findByRole("button", { name: "Enable" });
  const note = enable.closest('[role="alert"], [role="status"]');
  expect(note).toHaveTextContent(title);
  expect(screen.getByRole("button", { name: /Send a test/ })).toHaveAttribute("aria-disabled", "true");
  await expectAccessible(container);

  await user.click(enable);
  await waitFor(() => expect(screen.queryByRole("button", { name: "Enable" })).toBeNull());
  expect(JSON.parse(api.asked(`PATCH /v1/webhooks/${WEBHOOK_ID}`)[0]?.body ?? "")).toEqual({ enabled: true });
});

test("one that fails says since when, and what will happen", async () => {
  api.answer(ONE, webhook({ failing_since: "2026-11-20T10:00:00Z", failed_events: 2 }));
  open();

  expect(await screen.findByText(/2 events in a row could not be delivered\. It is disabled after three days/)).toBeVisible();
});

test("its events are edited, and only what is changed can be saved", async () => {
  api.say(`PATCH /v1/webhooks/${WEBHOOK_ID}`, () => {
    api.answer(ONE, webhook({ events: ["job.failed"] }));
    return { body: webhook({ events: ["job.failed"] }) };
  });
  open();
  const save = await screen.findByRole("button", { name: "Save" });
  await user.click(save);
  expect(api.asked(`PATCH /v1/webhooks/${WEBHOOK_ID}`)).toHaveLength(0);

  await user.click(screen.getByRole("checkbox", { name: /^job\.completed/ }));
  await user.click(save);

  expect((await screen.findAllByText("Webhook changed"))[0]).toBeVisible();
  expect(JSON.parse(api.asked(`PATCH /v1/webhooks/${WEBHOOK_ID}`)[0]?.body ?? "")).toMatchObject({ events: ["job.failed"] });
});

test("a rotated secret is shown once, after a yes", async () => {
  api.say(`POST /v1/webhooks/${WEBHOOK_ID}/rotate-secret`, () => ({ body: { ...webhook({ previous_secret_until: "2026-11-21T09:00:00Z" }), secret: SECRET } }));
  open();
  await user.click(await screen.findByRole("button", { name: "Rotate secret" }));
  const asked = await screen.findByRole("alertdialog");
  expect(asked).toHaveTextContent("For 24 hours both");
  await user.click(within(asked).getByRole("button", { name: "Rotate secret" }));

  expect(await screen.findByLabelText("secret")).toHaveTextContent(SECRET);
  await user.keyboard("{Escape}");
  expect(screen.getByLabelText("secret")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "I have copied it" }));
  await waitFor(() => expect(screen.queryByText(SECRET)).toBeNull());
});

test("it is deleted after a yes, and leads back to the list", async () => {
  api.say(`DELETE /v1/webhooks/${WEBHOOK_ID}`, () => ({ status: 204 }));
  open();
  await user.click(await screen.findByRole("button", { name: "Delete" }));
  await user.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Delete webhook" }));

  await waitFor(() => expect(push).toHaveBeenCalledWith("/acme.test/webhooks"));
});

test("an unknown one, and another organisation's, is the page of nothing", async () => {
  api.refuse(ONE, 404, "not_found");
  open();

  expect(await screen.findByText("There is nothing here")).toBeVisible();
});

test("deliveries that cannot be read fail alone", async () => {
  api.refuse(DELIVERIES, 500, "internal_error");
  open();

  expect(await screen.findByText("Something went wrong on our side", {}, { timeout: 4000 })).toBeVisible();
  expect(screen.getByRole("region", { name: "Endpoint" })).toBeVisible();
});
