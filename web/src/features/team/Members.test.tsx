import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, test } from "vitest";

import { Members } from "@/features/team/Members";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { ann, newRouter, show } from "@/test/show";
import { invitation, member } from "@/test/team-values";
import { page } from "@/test/values";

const api = serveApi();
const BOB = member(2, { name: "Bob" });
const LINK = { link: "http://127.0.0.1:3000/invite/nxi_x", token: "nxi_x" };

function answerMembers(active: object[], waiting: object[] = []) {
  api.say("GET /v1/members", ({ search }) => ({ body: page(search.get("status") === "active" ? active : waiting) }));
}

beforeEach(() => {
  answerMembers([BOB, member(1)]);
  api.answer("GET /v1/invitations", page([invitation(1, "open"), invitation(2, "accepted"), invitation(3, "expired"), invitation(4, "revoked")]));
});

async function shown(role: "admin" | "member" = "admin", router = newRouter()) {
  const view = show(<Members />, { role, router });
  await waitFor(() => expect(screen.queryByText(/^Loading:/)).toBeNull());
  return view;
}

async function choose(whose: string, action: string) {
  await userEvent.click(screen.getByRole("button", { name: `Actions for ${whose}` }));
  await userEvent.click(await screen.findByRole("menuitem", { name: action }));
}

test("who is in, as what, and every invitation with where it stands", async () => {
  const { container } = await shown();

  const [, bob, own] = within(screen.getByRole("table", { name: "Members" })).getAllByRole("row");
  expect(bob).toHaveTextContent(/Bobm2@acme.test.*Member/);
  expect(own).toHaveTextContent(/Ann \(you\).*Admin/);
  const invitations = screen.getByRole("table", { name: "Invitations" });
  for (const status of ["Open", "Accepted", "Expired", "Revoked"]) expect(within(invitations).getByText(status)).toBeVisible();
  expect(within(invitations).getAllByRole("button")).toHaveLength(2); // the open one and the expired one
  expect(screen.queryByRole("region", { name: "Awaiting approval" })).toBeNull();
  await expectAccessible(container);
});

test("a member is told that only admins can, and nothing is asked", async () => {
  const { container } = await shown("member");

  expect(screen.getByText("Only admins can manage members")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Invite" })).toBeNull();
  expect(api.asked()).toHaveLength(0);
  await expectAccessible(container);
});

test("whoever is no admin any more is found out once, and the frame of the page is made anew", async () => {
  api.refuse("GET /v1/members", 403, "not_allowed");
  api.refuse("GET /v1/invitations", 403, "not_allowed");
  api.answer("POST /api/session", { user: { ...ann().user, role: "member" }, organisation: ann().organisation });
  const router = newRouter();
  await shown("admin", router);

  expect(screen.getByText("Only admins can manage members")).toBeVisible();
  await waitFor(() => expect(router.refresh).toHaveBeenCalledTimes(1));
  expect(api.asked("POST /api/session")).toHaveLength(1);
});

test("an admin makes an admin, after having read what it means", async () => {
  api.say(`PATCH /v1/members/${BOB.id}`, () => ({ body: { ...BOB, role: "admin" } }));
  await shown();
  await choose("Bob", "Make admin…");
  expect(await screen.findByRole("alertdialog")).toHaveTextContent("Admins buy credits");
  expect(api.asked(`PATCH /v1/members/${BOB.id}`)).toHaveLength(0);
  answerMembers([{ ...BOB, role: "admin" }, member(1)]);
  await userEvent.click(screen.getByRole("button", { name: "Make admin" }));

  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  expect(JSON.parse(api.asked(`PATCH /v1/members/${BOB.id}`)[0]?.body ?? "")).toEqual({ role: "admin" });
  await waitFor(() => expect(screen.getByRole("row", { name: /Bob/ })).toHaveTextContent("Admin"));
});

test.each([
  ["Make member…", "Make member", "PATCH"],
  ["Leave the organisation…", "Leave", "DELETE"],
])("%s is refused to the last admin in words, and the dialog stays", async (offer, action, method) => {
  const own = ann().user;
  api.refuse(`${method} /v1/members/${own.id}`, 409, "last_admin");
  await shown();
  await choose("Ann", offer);
  await userEvent.click(await screen.findByRole("button", { name: action }));

  expect(await screen.findByRole("alert")).toHaveTextContent("The API's sentence for last_admin.");
  expect(screen.getByRole("alertdialog")).toBeVisible();
});

test("a member is removed after a question", async () => {
  api.say(`DELETE /v1/members/${BOB.id}`, () => ({ status: 204 }));
  await shown();
  await choose("Bob", "Remove…");
  expect(await screen.findByRole("alertdialog")).toHaveTextContent("signed out everywhere at once");
  answerMembers([member(1)]);
  await userEvent.click(screen.getByRole("button", { name: "Remove member" }));

  await waitFor(() => expect(screen.queryByRole("row", { name: /Bob/ })).toBeNull());
});

test("whoever gives up the role sees less from then on", async () => {
  const own = member(1);
  const router = newRouter();
  api.say(`PATCH /v1/members/${own.id}`, () => ({ body: { ...own, role: "member" } }));
  api.answer("POST /api/session", { user: { ...ann().user, role: "member" }, organisation: ann().organisation });
  await shown("admin", router);
  await choose("Ann", "Make member…");
  await userEvent.click(await screen.findByRole("button", { name: "Make member" }));

  await waitFor(() => expect(router.refresh).toHaveBeenCalled());
});

describe("those who wait", () => {
  const WAITING = member(3, { status: "awaiting_approval" });

  test("are let in with one click", async () => {
    answerMembers([member(1)], [WAITING]);
    api.say(`PATCH /v1/members/${WAITING.id}`, () => ({ body: { ...WAITING, status: "active" } }));
    const { container } = await shown();
    await screen.findByRole("region", { name: "Awaiting approval" });
    await expectAccessible(container);
    answerMembers([WAITING, member(1)]);
    await userEvent.click(screen.getByRole("button", { name: "Let in m3@acme.test" }));

    await waitFor(() => expect(screen.queryByRole("region", { name: "Awaiting approval" })).toBeNull());
    expect(JSON.parse(api.asked(`PATCH /v1/members/${WAITING.id}`)[0]?.body ?? "")).toEqual({ status: "active" });
  });

  test("are refused after a question", async () => {
    answerMembers([member(1)], [WAITING]);
    api.say(`DELETE /v1/members/${WAITING.id}`, () => ({ status: 204 }));
    await shown();
    await userEvent.click(await screen.findByRole("button", { name: "Refuse m3@acme.test" }));
    await userEvent.click(await screen.findByRole("button", { name: "Refuse" }));

    await waitFor(() => expect(api.asked(`DELETE /v1/members/${WAITING.id}`)).toHaveLength(1));
  });
});

describe("an invitation", () => {
  const open = async () => {
    await userEvent.click(screen.getByRole("button", { name: "Invite" }));
    return screen.findByRole("dialog");
  };

  test("is made with the keyboard alone; its link is shown once, and only its button closes it", async () => {
    api.say("POST /v1/invitations", () => ({ status: 201, body: { ...invitation(5, "open"), ...LINK } }));
    await shown();
    const dialog = await open();
    await userEvent.keyboard("i5@elsewhere.test{Enter}");

    expect(await screen.findByLabelText("invitation link")).toHaveTextContent(LINK.link);
    expect(dialog).toHaveTextContent("pass the link on yourself");
    expect(JSON.parse(api.asked("POST /v1/invitations")[0]?.body ?? "")).toEqual({ email: "i5@elsewhere.test", role: "member" });
    await expectAccessible(dialog);
    await userEvent.keyboard("{Escape}");
    expect(screen.getByLabelText("invitation link")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Done" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  test("to what is no address is not sent, and says why beside the field", async () => {
    await shown();
    await open();
    await userEvent.keyboard("amy{Enter}");

    expect(await screen.findByText(/Enter an e-mail address/)).toBeVisible();
    expect(screen.getByRole("textbox", { name: "E-mail" })).toHaveFocus();
    expect(api.asked("POST /v1/invitations")).toHaveLength(0);
  });

  test("that is refused keeps what was entered and says why", async () => {
    api.refuse("POST /v1/invitations", 409, "already_invited");
    await shown();
    await open();
    await userEvent.keyboard("amy@elsewhere.test{Enter}");

    expect(await screen.findByRole("alert")).toHaveTextContent("The API's sentence for already_invited.");
    expect(screen.getByRole("textbox", { name: "E-mail" })).toHaveValue("amy@elsewhere.test");
  });

  test("gets a new link, which is shown", async () => {
    const { id, email } = invitation(3, "expired");
    api.say(`POST /v1/invitations/${id}/resend`, () => ({ body: { ...invitation(3, "open", { mail: "sending" }), ...LINK } }));
    await shown();
    await choose(`the invitation of ${email}`, "New link…");
    await userEvent.click(await screen.findByRole("button", { name: "Make new link" }));

    expect(await screen.findByLabelText("invitation link")).toHaveTextContent(LINK.link);
    expect(screen.getByText(`It is mailed to ${email} as well.`)).toBeVisible();
  });

  test("that was used meanwhile cannot be revoked, in words", async () => {
    const { id, email } = invitation(1, "open");
    api.refuse(`DELETE /v1/invitations/${id}`, 409, "invitation_over", { reason: "used" });
    await shown();
    await choose(`the invitation of ${email}`, "Revoke…");
    await userEvent.click(await screen.findByRole("button", { name: "Revoke invitation" }));

    expect(await screen.findByRole("alert")).toHaveTextContent("The API's sentence for invitation_over.");
  });

  test("was made of nobody yet", async () => {
    api.answer("GET /v1/invitations", page([]));
    await shown();

    expect(screen.getByText("Nobody was invited yet")).toBeVisible();
  });
});

test("the lists fail each for itself", async () => {
  api.refuse("GET /v1/invitations", 429, "rate_limited", { retry_after: 30 }, { "Retry-After": "30" });
  const { container } = await shown();

  expect(within(screen.getByRole("region", { name: "Invitations" })).getByRole("alert")).toHaveTextContent("Too many requests");
  expect(screen.getByRole("table", { name: "Members" })).toBeVisible();
  await expectAccessible(container);
});
