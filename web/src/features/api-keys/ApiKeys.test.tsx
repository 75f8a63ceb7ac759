import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { ApiKeys } from "@/features/api-keys/ApiKeys";
import { standingOf } from "@/features/api-keys/standing";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { ann, show } from "@/test/show";
import { page } from "@/test/values";

const api = serveApi();
const user = userEvent.setup();

const API = "https://api.acme.test";
const KEY_ID = "019f9b20-11c4-7d02-9c55-0d7e4a0f2b61";
const BOB_ID = "0190c1d2-0000-7000-8000-000000000002";
const VALUE = `nx_live_${"x".repeat(49)}`;
const HOUR = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();

function key(more: Record<string, unknown> = {}) {
  return {
    id: KEY_ID,
    name: "nightly import",
    prefix: "nx_live_8fQz",
    scopes: ["jobs", "read"],
    user_id: ann().user.id,
    made_by_key_id: null,
    created_at: "2026-11-20T09:12:27.212938Z",
    expires_at: null,
    last_used_at: null,
    rotated_at: null,
    previous_until: null,
    ...more,
  };
}

const bob = { id: BOB_ID, email: "bob@acme.test", name: "Bob", role: "admin", status: "active", created_at: "2026-11-20T09:00:00Z", last_signed_in_at: null };

beforeEach(() => {
  api.answer("GET /v1/api-keys", page([key()]));
  api.answer("GET /v1/members", page([bob]));
});

const rowOf = async (name: string) => (await screen.findByText(name)).closest("tr") as HTMLElement;

async function choose(name: string, action: string) {
  await user.click(await screen.findByRole("button", { name: `Actions for ${name}` }));
  await user.click(await screen.findByRole("menuitem", { name: action }));
}

test("a key is listed by name and prefix, with who made it, and how it stands", async () => {
  api.answer(
    "GET /v1/api-keys",
    page([
      key({ last_used_at: inHours(-2) }),
      key({ id: "019f9b20-11c4-7d02-9c55-0d7e4a0f2b62", name: "of bob", user_id: BOB_ID, expires_at: inHours(50), previous_until: inHours(3) }),
      key({ id: "019f9b20-11c4-7d02-9c55-0d7e4a0f2b63", name: "old", expires_at: inHours(-1) }),
    ]),
  );
  const { container } = show(<ApiKeys api={API} />);

  const first = await rowOf("nightly import");
  expect(first).toHaveTextContent(/nx_live_8fQz….*Active.*jobs, read.*You.*2 hours ago.*Never/);
  const second = await rowOf("of bob");
  await waitFor(() => expect(second).toHaveTextContent("Bob"));
  expect(second).toHaveTextContent(/Expires soon.*old value ends in 3 hours/);
  expect(await rowOf("old")).toHaveTextContent("Expired");
  await expectAccessible(container);
});

test("a key ends with whoever answers for it, and its end is soon within a week", () => {
  const now = new Date("2026-11-20T00:00:00Z");
  const of = (expires_at: string | null, isRemoved = false) => standingOf({ expires_at }, { name: "Bob", isRemoved }, now);

  expect([of(null), of("2026-11-28T00:00:00Z"), of("2026-11-26T23:59:00Z"), of("2026-11-19T00:00:00Z"), of(null, true)]).toEqual([
    "active",
    "active",
    "soon",
    "expired",
    "orphaned",
  ]);
});

test("without keys it says what one is for, and shows the first call against this API", async () => {
  api.answer("GET /v1/api-keys", page([]));
  const { container } = show(<ApiKeys api={API} />);

  expect(await screen.findByText("No keys yet")).toBeVisible();
  expect(screen.getByRole("figure", { name: "A first call" })).toHaveTextContent(`curl "${API}/v1/summarize"`);
  expect(screen.getByRole("region", { name: "If a key leaked" })).toHaveTextContent("nx_live_[0-9A-Za-z]{49}");
  await expectAccessible(container);
});

test("making a key sends what was entered, once, and shows the value until it is put away", async () => {
  api.say("POST /v1/api-keys", () => ({ status: 201, body: { ...key({ name: "deploy" }), value: VALUE } }));
  show(<ApiKeys api={API} />);
  await user.click(await screen.findByRole("button", { name: "New key" }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("button", { name: "Create key" }));
  expect(await within(dialog).findByText(/Give it a name/)).toBeVisible();
  expect(within(dialog).getByLabelText("Name")).toHaveFocus();
  expect(api.asked("POST /v1/api-keys")).toHaveLength(0);

  await user.type(within(dialog).getByLabelText("Name"), "deploy");
  await user.click(within(dialog).getByRole("checkbox", { name: /^Administer/ }));
  await user.click(within(dialog).getByRole("button", { name: "Create key" }));

  expect(await screen.findByLabelText("API key")).toHaveTextContent(VALUE);
  const [sent] = api.asked("POST /v1/api-keys");
  const body = JSON.parse(sent?.body ?? "") as { name: string; scopes: string[]; expires_at: string };
  expect(body).toMatchObject({ name: "deploy", scopes: ["read", "jobs", "admin"] });
  expect((Date.parse(body.expires_at) - Date.now()) / (24 * HOUR)).toBeCloseTo(90, 1);
  expect(sent?.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
  await expectAccessible(document.body);

  await user.keyboard("{Escape}");
  expect(screen.getByLabelText("API key")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "I have copied it" }));
  await waitFor(() => expect(screen.queryByText(VALUE)).toBeNull());
  expect(api.asked("GET /v1/api-keys").length).toBeGreaterThan(1);
});

test("what the API says of a field stands beside it, and what was entered stays", async () => {
  const errors = [{ field: "name", message: "Give another name." }];
  api.refuse("POST /v1/api-keys", 422, "invalid_request", { errors });
  show(<ApiKeys api={API} />);
  await user.click(await screen.findByRole("button", { name: "New key" }));
  await user.type(await screen.findByLabelText("Name"), "taken");
  await user.click(screen.getByRole("button", { name: "Create key" }));

  expect((await screen.findAllByText("Give another name.")).length).toBeGreaterThan(0);
  expect(screen.getByLabelText("Name")).toHaveValue("taken");
});

test("a fifty-first key is refused in the API's own words", async () => {
  api.refuse("POST /v1/api-keys", 409, "too_many_api_keys");
  show(<ApiKeys api={API} />);
  await user.click(await screen.findByRole("button", { name: "New key" }));
  await user.type(await screen.findByLabelText("Name"), "one more");
  await user.click(screen.getByRole("button", { name: "Create key" }));

  expect(await screen.findByText("The API's sentence for too_many_api_keys.")).toBeVisible();
});

test("a rotation lets the old value hold as long as was chosen, and shows the new one", async () => {
  api.say(`POST /v1/api-keys/${KEY_ID}/rotate`, () => ({ body: { ...key({ previous_until: inHours(1) }), value: VALUE } }));
  show(<ApiKeys api={API} />);
  await choose("nightly import", "Rotate…");
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("combobox"));
  await user.click(await screen.findByRole("option", { name: /1 hour more/ }));
  await user.click(within(dialog).getByRole("button", { name: "Rotate key" }));

  expect(await screen.findByLabelText("API key")).toHaveTextContent(VALUE);
  expect(JSON.parse(api.asked(`POST /v1/api-keys/${KEY_ID}/rotate`)[0]?.body ?? "")).toEqual({ overlap_seconds: 3600 });
  expect(screen.getByText(/The old value holds until/)).toBeVisible();
});

test("taking over somebody else's key by rotating it is said before", async () => {
  api.answer("GET /v1/api-keys", page([key({ user_id: BOB_ID })]));
  show(<ApiKeys api={API} />);
  await choose("nightly import", "Rotate…");

  expect(await screen.findByText(/You answer for the key from then on/)).toBeVisible();
});

test("a key is revoked only after a yes, and is gone from the list", async () => {
  api.say(`DELETE /v1/api-keys/${KEY_ID}`, () => {
    api.answer("GET /v1/api-keys", page([]));
    return { status: 204 };
  });
  show(<ApiKeys api={API} />);
  await choose("nightly import", "Revoke…");
  const dialog = await screen.findByRole("alertdialog");
  expect(dialog).toHaveTextContent("cannot be undone");
  expect(api.asked(`DELETE /v1/api-keys/${KEY_ID}`)).toHaveLength(0);

  await user.click(within(dialog).getByRole("button", { name: "Revoke key" }));

  expect(await screen.findByText("No keys yet")).toBeVisible();
  expect((await screen.findAllByText("Key revoked"))[0]).toBeVisible();
});

test("a revocation that does not go through says so where it was asked for", async () => {
  api.refuse(`DELETE /v1/api-keys/${KEY_ID}`, 500, "internal_error");
  show(<ApiKeys api={API} />);
  await choose("nightly import", "Revoke…");
  const dialog = await screen.findByRole("alertdialog");
  await user.click(within(dialog).getByRole("button", { name: "Revoke key" }));

  expect(await within(dialog).findByText("Something went wrong on our side")).toBeVisible();
  expect(within(dialog).getByRole("button", { name: "Revoke key" })).toHaveAttribute("type", "submit");
});

test("a member is told that keys are for admins, and is offered nothing", async () => {
  api.refuse("GET /v1/api-keys", 403, "not_allowed");
  const { container } = show(<ApiKeys api={API} />, { role: "member" });

  expect(await screen.findByText("Only admins can see and make API keys")).toBeVisible();
  expect(screen.queryByRole("button", { name: "New key" })).toBeNull();
  expect(api.asked("GET /v1/members")).toHaveLength(0);
  await expectAccessible(container);
});

test.each([
  [429, "rate_limited", "Too many requests"],
  [500, "internal_error", "Something went wrong on our side"],
])("a list refused with %i says so", async (status, code, title) => {
  api.refuse("GET /v1/api-keys", status, code, {}, { "Retry-After": "30" });
  show(<ApiKeys api={API} />);

  expect(await screen.findByText(title, {}, { timeout: 4000 })).toBeVisible();
});

test("names that cannot be read leave the keys as they are", async () => {
  api.refuse("GET /v1/members", 403, "not_allowed");
  api.answer("GET /v1/api-keys", page([key({ user_id: BOB_ID })]));
  show(<ApiKeys api={API} />);

  expect(await rowOf("nightly import")).toHaveTextContent("—");
});
