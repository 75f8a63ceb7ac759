import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, test } from "vitest";

import { Settings } from "@/features/settings/Settings";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { ann, newRouter, show } from "@/test/show";
import { ORGANISATION } from "@/test/team-values";

const api = serveApi();
const CHANGE = "PATCH /v1/organisation";
const name = () => screen.getByRole("textbox", { name: "Name" });
const save = () => userEvent.click(screen.getByRole("button", { name: "Save" }));
const sent = () => api.asked(CHANGE).map(({ body }) => JSON.parse(body) as object);

beforeEach(() => {
  api.answer("GET /v1/organisation", ORGANISATION);
  api.answer("POST /api/session", { user: ann().user, organisation: { ...ORGANISATION } });
  api.say(CHANGE, ({ body }) => ({ body: { ...ORGANISATION, ...(JSON.parse(body) as object) } }));
});

async function shown(role: "admin" | "member" = "admin", router = newRouter()) {
  const view = show(<Settings />, { role, router });
  await waitFor(() => expect(screen.queryByText(/^Loading:/)).toBeNull());
  return view;
}

async function rename(to: string) {
  await userEvent.clear(name());
  if (to) await userEvent.type(name(), to);
}

test("what can be changed, what only the operator can, and the rest", async () => {
  const { container } = await shown();

  expect(name()).toHaveValue("Acme");
  expect(screen.getByRole("combobox", { name: "Who joins by domain" })).toHaveTextContent("Everybody of our domain joins at once");
  expect(screen.getByRole("switch")).toBeChecked();
  expect(screen.getByRole("region", { name: "Organisation" })).toHaveTextContent(/acme\.test.*100 requests/);
  expect(screen.getByRole("button", { name: "Save" })).toHaveAccessibleDescription("Nothing has been changed.");
  await expectAccessible(container);
});

test("a member is told that only admins can", async () => {
  await shown("member");

  expect(screen.getByText("Only admins can change settings")).toBeVisible();
  expect(api.asked()).toHaveLength(0);
});

test("settings that cannot be read say so, each panel for itself", async () => {
  api.refuse("GET /v1/organisation", 404, "not_found");
  await shown();

  expect(within(screen.getByRole("region", { name: "General" })).getByRole("alert")).toHaveTextContent("Not found");
  expect(screen.getByRole("button", { name: "Download everything" })).toBeVisible();
});

test("only what was changed is sent, and the frame of every page shows the new name", async () => {
  const router = newRouter();
  await shown("admin", router);
  await rename("Acme Two");
  expect(screen.getByText("There are unsaved changes.")).toBeVisible();
  await userEvent.click(screen.getByRole("switch"));
  await save();

  expect(await screen.findByText("Settings saved")).toBeVisible();
  expect(sent()).toEqual([{ name: "Acme Two", caching: false }]);
  await waitFor(() => expect(router.refresh).toHaveBeenCalled());
  expect(screen.queryByText("There are unsaved changes.")).toBeNull();
});

test("a name that cannot be is told beside the field, and nothing is sent", async () => {
  await shown();
  await rename("");
  await save();

  expect(await screen.findByText("An organisation has a name.")).toBeVisible();
  expect(name()).toHaveFocus();
  expect(sent()).toEqual([]);
});

test("what was entered outlives the page, and can be discarded", async () => {
  const first = await shown();
  await rename("Half a na");
  first.unmount();
  await shown();

  expect(name()).toHaveValue("Half a na");
  expect(screen.getByText("Your unsaved changes from before are still here.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect(name()).toHaveValue("Acme");
  expect(sessionStorage).toHaveLength(0);
});

test("what was entered stays when the server is away, and is sent again", async () => {
  await shown();
  await rename("Acme Two");
  api.away(true);
  await save();
  expect(await screen.findByRole("alert")).toHaveTextContent("Can't reach the server");
  expect(name()).toHaveValue("Acme Two");

  api.away(false);
  await save();
  expect(await screen.findByText("Settings saved")).toBeVisible();
});

test("what somebody else has changed meanwhile is told before it is replaced", async () => {
  const { container } = await shown();
  await rename("Mine");
  api.answer("GET /v1/organisation", { ...ORGANISATION, name: "Theirs" });
  await save();

  expect(await screen.findByText("Changed by someone else")).toBeVisible();
  expect(screen.getByText("Somebody else has changed this meanwhile, to: Theirs.")).toBeVisible();
  expect(sent()).toEqual([]);
  expect(name()).toHaveValue("Mine");
  await expectAccessible(container);

  await save();
  expect(await screen.findByText("Settings saved")).toBeVisible();
  expect(sent()).toEqual([{ name: "Mine" }]);
});

test("what somebody else has changed of something else is no conflict", async () => {
  await shown();
  await rename("Mine");
  api.answer("GET /v1/organisation", { ...ORGANISATION, caching: false });
  await save();

  expect(await screen.findByText("Settings saved")).toBeVisible();
  expect(sent()).toEqual([{ name: "Mine" }]);
});

test("an export that fails says why", async () => {
  api.refuse("GET /v1/organisation/export", 429, "rate_limited", { retry_after: 30 }, { "Retry-After": "30" });
  await shown();
  await userEvent.click(screen.getByRole("button", { name: "Download everything" }));

  expect(await screen.findByRole("alert")).toHaveTextContent("Too many requests");
});

describe("deleting the organisation", () => {
  const ERASED_AFTER = "2026-12-20T09:12:27.212938Z";

  test("wants its name typed, and says until when it can be called off", async () => {
    api.say("POST /v1/organisation/deletion", () => ({ status: 201, body: { erased_after: ERASED_AFTER } }));
    await shown();
    await userEvent.click(screen.getByRole("button", { name: "Delete organisation…" }));
    const dialog = await screen.findByRole("alertdialog");
    await userEvent.click(within(dialog).getByRole("button", { name: "Delete organisation" }));
    expect(api.asked("POST /v1/organisation/deletion")).toHaveLength(0);
    await expectAccessible(dialog);

    api.answer("GET /v1/organisation", { ...ORGANISATION, erased_after: ERASED_AFTER });
    await userEvent.type(within(dialog).getByRole("textbox"), "Acme");
    await userEvent.click(within(dialog).getByRole("button", { name: "Delete organisation" }));

    expect(await screen.findByText("Will be erased after 20 Dec 2026.")).toBeVisible();
    expect(api.asked("POST /v1/organisation/deletion")[0]?.headers["idempotency-key"]).toBeDefined();
  });

  test("is called off", async () => {
    api.answer("GET /v1/organisation", { ...ORGANISATION, erased_after: ERASED_AFTER });
    api.say("DELETE /v1/organisation/deletion", () => ({ status: 204 }));
    const { container } = await shown();
    await expectAccessible(container);
    api.answer("GET /v1/organisation", ORGANISATION);
    await userEvent.click(screen.getByRole("button", { name: "Keep the organisation" }));

    expect(await screen.findByRole("button", { name: "Delete organisation…" })).toBeVisible();
  });
});
