import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { Webhooks } from "@/features/webhooks/Webhooks";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { show } from "@/test/show";
import { page, SECRET, webhook, WEBHOOK_ID } from "@/test/values";

const api = serveApi();
const user = userEvent.setup();

beforeEach(() => {
  api.answer("GET /v1/webhooks", page([webhook()]));
});

async function enter(url: string) {
  await user.click(await screen.findByRole("button", { name: "New webhook" }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByLabelText("URL"), url);
  await user.click(within(dialog).getByRole("button", { name: "Create webhook" }));
  return dialog;
}

test("each endpoint is listed with what it listens for and how it stands", async () => {
  const others = [
    webhook({ id: "019f9b1d-0c1e-7b3a-9d4f-000000000002", url: "https://b.acme.test/x", failing_since: "2026-11-20T10:00:00Z" }),
    webhook({ id: "019f9b1d-0c1e-7b3a-9d4f-000000000003", url: "https://c.acme.test/x", enabled: false, disabled_reason: "switched_off" }),
    webhook({ id: "019f9b1d-0c1e-7b3a-9d4f-000000000004", url: "https://d.acme.test/x", enabled: false, disabled_reason: "failing" }),
  ];
  api.answer("GET /v1/webhooks", page([webhook(), ...others]));
  const { container } = show(<Webhooks />);

  const rows = (await screen.findAllByRole("row")).slice(1).map((row) => row.textContent);
  expect(rows[0]).toMatch(/https:\/\/hooks\.acme\.test\/nexus.*job\.completed job\.failed.*Active/);
  expect([/Failing/, /Switched off/, /Disabled/].map((state, index) => state.test(rows[index + 1] ?? ""))).toEqual([true, true, true]);
  expect(screen.getByRole("link", { name: "https://hooks.acme.test/nexus" })).toHaveAttribute("href", `/acme.test/webhooks/${WEBHOOK_ID}`);
  await expectAccessible(container);
});

test("without any it says what one does, and how a signature is checked in two languages", async () => {
  api.answer("GET /v1/webhooks", page([]));
  const { container } = show(<Webhooks />);

  expect(await screen.findByText("No webhooks yet")).toBeVisible();
  const sample = screen.getByRole("figure", { name: "Signature check" });
  expect(sample).toHaveTextContent("hmac.compare_digest");
  await user.click(within(sample).getByRole("button", { name: "TypeScript" }));
  expect(sample).toHaveTextContent("timingSafeEqual");
  await expectAccessible(container);
});

test("a new one shows its secret once, and can be tried at once", async () => {
  api.say("POST /v1/webhooks", () => ({ status: 201, body: { ...webhook(), secret: SECRET } }));
  api.say(`POST /v1/webhooks/${WEBHOOK_ID}/test`, () => ({ status: 500, body: {} }));
  show(<Webhooks />);
  await enter("https://hooks.acme.test/nexus");

  expect(await screen.findByLabelText("secret")).toHaveTextContent(SECRET);
  const [sent] = api.asked("POST /v1/webhooks");
  expect(JSON.parse(sent?.body ?? "")).toEqual({ url: "https://hooks.acme.test/nexus", description: "", events: ["job.completed", "job.failed"] });
  expect(screen.getByRole("link", { name: "I have copied it" })).toHaveAttribute("href", `/acme.test/webhooks/${WEBHOOK_ID}`);
  await expectAccessible(document.body);
  await user.keyboard("{Escape}");
  expect(screen.getByLabelText("secret")).toBeVisible();

  await user.click(screen.getByRole("button", { name: "Send a test" }));
  expect((await screen.findAllByText("Something went wrong on our side"))[0]).toBeVisible();
});

test("a private address is refused in words beside the field", async () => {
  const message = "This leads to a private address. Give a host name of the public internet.";
  api.refuse("POST /v1/webhooks", 422, "invalid_request", { errors: [{ field: "url", message }] });
  show(<Webhooks />);
  const dialog = await enter("https://10.0.0.1/hook");

  expect(await within(dialog).findByText(message)).toBeVisible();
  expect(within(dialog).getByLabelText("URL")).toHaveValue("https://10.0.0.1/hook");
  await waitFor(() => expect(within(dialog).getByLabelText("URL")).toHaveFocus());
});

test("an eleventh is refused in the API's own words", async () => {
  api.refuse("POST /v1/webhooks", 409, "too_many_webhooks");
  show(<Webhooks />);
  await enter("https://hooks.acme.test/nexus");

  expect(await screen.findByText("The API's sentence for too_many_webhooks.")).toBeVisible();
});

test("one that listens for nothing is not sent", async () => {
  show(<Webhooks />);
  await user.click(await screen.findByRole("button", { name: "New webhook" }));
  const dialog = await screen.findByRole("dialog");
  for (const box of within(dialog).getAllByRole("checkbox")) await user.click(box);
  await user.type(within(dialog).getByLabelText("URL"), "https://hooks.acme.test");
  await user.click(within(dialog).getByRole("button", { name: "Create webhook" }));

  expect(await within(dialog).findByText("Choose at least one.")).toBeVisible();
  expect(api.asked("POST /v1/webhooks")).toHaveLength(0);
});

test("a member is told that webhooks are for admins", async () => {
  api.refuse("GET /v1/webhooks", 403, "not_allowed");
  show(<Webhooks />, { role: "member" });

  expect(await screen.findByText("Only admins can see and make webhooks")).toBeVisible();
  expect(screen.queryByRole("button", { name: "New webhook" })).toBeNull();
});
