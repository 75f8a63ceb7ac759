import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";

import { AuditLog } from "@/features/audit/AuditLog";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { show } from "@/test/show";
import { auditEvent, member } from "@/test/team-values";
import { page } from "@/test/values";

const api = serveApi();
const EXPORT = "GET /v1/audit-events/export";

beforeEach(() => {
  api.answer("GET /v1/members", page([member(2, { name: "Bob" }), member(1)]));
  api.say("GET /v1/audit-events", ({ search }) => {
    const all = [auditEvent(1, "member.role_changed"), auditEvent(2, "credits.granted", { user_id: null, target: null, request_id: null, address: null, facts: { credits: 5 } })];
    return { body: page(all.filter(({ action }) => !search.get("action") || action === search.get("action"))) };
  });
});

async function shown(search = "", role: "admin" | "member" = "admin") {
  const view = show(<AuditLog />, { search, role });
  await waitFor(() => expect(screen.queryByText(/^Loading:/)).toBeNull());
  return view;
}

const rows = () => within(screen.getByRole("table", { name: "Audit log" })).getAllByRole("row").slice(1);

test("who did what to whom, when, from where and by which request", async () => {
  const { container } = await shown();

  await waitFor(() => expect(rows()[0]).toHaveTextContent(/Changed a roleBob · role: admin.*Ann.*192\.0\.2\.7.*8c0e1d3f/));
  expect(rows()[1]).toHaveTextContent(/Credits were givencredits: 5.*The platform.*None.*None/);
  expect(screen.getByText(/Kept for as long as your organisation exists/)).toBeVisible();
  await expectAccessible(container);
});

test("without the names there are ids", async () => {
  api.refuse("GET /v1/members", 500, "internal_error");
  await shown();

  expect(rows()[0]).toHaveTextContent(/…000000000001/);
});

test("a filter in the address is asked for, and can be cleared", async () => {
  await shown("?action=credits.granted");
  expect(rows()).toHaveLength(1);
  expect(screen.getByRole("combobox", { name: "Action" })).toHaveTextContent("Credits were given");

  await userEvent.click(screen.getByRole("button", { name: "Clear" }));

  await waitFor(() => expect(rows()).toHaveLength(2));
});

test("a filter that matches nothing is told from an empty log", async () => {
  const { container } = await shown(`?action=api_key.created&who=${member(2).id}`);

  expect(screen.getByText("No entry matches")).toBeVisible();
  expect(api.asked("GET /v1/audit-events")[0]?.search.get("user_id")).toBe(member(2).id);
  await expectAccessible(container);
  await userEvent.click(screen.getByRole("button", { name: "Clear the filters" }));
  await waitFor(() => expect(rows()).toHaveLength(2));
});

test("what is no filter in the address is left out", async () => {
  await shown("?action=DROP%20TABLE&who=nobody");

  expect(rows()).toHaveLength(2);
  expect([...(api.asked("GET /v1/audit-events")[0]?.search.keys() ?? [])]).toEqual(["limit"]);
});

test("it goes on page by page", async () => {
  api.say("GET /v1/audit-events", ({ search }) => ({
    body: search.get("cursor") ? page([auditEvent(2, "member.left")]) : page([auditEvent(1, "something.new")], "c1"),
  }));
  await shown();
  expect(rows()[0]).toHaveTextContent("something.new");
  await userEvent.click(screen.getByRole("button", { name: "Load more" }));

  await waitFor(() => expect(rows()).toHaveLength(2));
});

test("an empty log says what would stand there", async () => {
  api.answer("GET /v1/audit-events", page([]));
  await shown();

  expect(screen.getByText("No entries yet")).toBeVisible();
});

test("a member is told that only admins can", async () => {
  await shown("", "member");

  expect(screen.getByText("Only admins can read the audit log")).toBeVisible();
  expect(api.asked()).toHaveLength(0);
});

test("the file has what the filters leave; a refusal is said and is no file", async () => {
  const saved = vi.fn(() => "blob:1");
  Object.assign(URL, { createObjectURL: saved, revokeObjectURL: () => undefined }); // jsdom has neither
  api.say(EXPORT, () => ({ body: "id,created_at\r\n", headers: { "Content-Type": "text/csv" } }));
  await shown("?action=member.role_changed");
  await userEvent.click(screen.getByRole("button", { name: "Export" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "CSV, for a spreadsheet" }));
  await waitFor(() => expect(saved).toHaveBeenCalledTimes(1));
  expect(Object.fromEntries(api.asked(EXPORT)[0]?.search ?? [])).toEqual({ format: "csv", action: "member.role_changed" });

  api.refuse(EXPORT, 403, "not_allowed");
  await userEvent.click(screen.getByRole("button", { name: "Export" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "JSON, one entry a line" }));
  expect((await screen.findAllByText("Only admins can export the audit log"))[0]).toBeVisible();
  expect(saved).toHaveBeenCalledTimes(1);
});
