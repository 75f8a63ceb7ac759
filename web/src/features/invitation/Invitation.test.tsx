import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { Invitation } from "@/features/invitation/Invitation";
import { InvitationForStranger } from "@/features/invitation/InvitationForStranger";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { ann } from "@/test/show";

const api = serveApi();
const ACCEPT = "POST /api/session/invitation";
const LOOK_UP = "POST /v1/invitations/look-up";
const TOKEN = "nxi_of-the-tests";
const NEW_HOME = { id: "0190c1d2-0000-7000-8000-0000000000bb", name: "Elsewhere", domain: null };
const OFFER = {
  organisation: "Elsewhere",
  invited_by: "Bob Archer",
  role: "member",
  status: "open",
  is_member: false,
  expires_at: "2026-12-07T12:00:00.000000Z",
};

beforeEach(() => api.answer(LOOK_UP, OFFER));

const opened = (error?: string) => render(<Invitation token={TOKEN} known={ann("member")} error={error} />);
const button = () => screen.findByRole("button", { name: "Accept and move" });
const accept = async () => userEvent.click(await button());

test.each([
  ["member", "a member"],
  ["admin", "an admin"],
])("it says who invites to what as %s, and what accepting means, before anything is accepted", async (role, as) => {
  api.answer(LOOK_UP, { ...OFFER, role });
  const { container } = opened();
  await button();

  expect(screen.getByText("Bob Archer").parentElement).toHaveTextContent(`Bob Archer invites you to join Elsewhere as ${as}.`);
  expect(screen.getByText("ann@acme.test")).toBeVisible();
  expect(screen.getByText("Accepting moves you").parentElement).toHaveTextContent("You leave Acme immediately");
  expect(screen.getByText(/accepted until 7 December 2026/)).toBeVisible();
  expect(JSON.parse(api.asked(LOOK_UP)[0]?.body ?? "")).toEqual({ token: TOKEN });
  expect(api.asked(ACCEPT)).toHaveLength(0);
  await expectAccessible(container);
});

test("whoever accepts is told where they are now, and as what", async () => {
  api.answer(ACCEPT, { user: { ...ann().user, role: "admin" }, organisation: NEW_HOME });
  const { container } = opened();
  await accept();

  expect(await screen.findByText(/You have moved to/)).toHaveTextContent("You have moved to Elsewhere, as an admin.");
  expect(JSON.parse(api.asked(ACCEPT)[0]?.body ?? "")).toEqual({ token: TOKEN });
  expect(screen.getByRole("link", { name: "Go to the dashboard" })).toHaveAttribute("href", "/");
  await expectAccessible(container);
});

test.each(["open", "accepted", "expired", "revoked"])("whoever is in already is told so, whatever the link is (%s), and is offered nothing", async (status) => {
  api.answer(LOOK_UP, { ...OFFER, organisation: "Acme", status, is_member: true });
  opened();

  expect(await screen.findByText(/You are already in/)).toHaveTextContent("You are already in Acme, as a member.");
  expect(screen.queryByRole("button", { name: "Accept and move" })).toBeNull();
});

test.each([
  ["accepted", "This invitation has been used"],
  ["expired", "This invitation has expired"],
  ["revoked", "This invitation has been revoked"],
])("an invitation that is %s says so at once, and whom to ask", async (status, title) => {
  api.answer(LOOK_UP, { ...OFFER, status });
  const { container } = opened();

  expect(await screen.findByRole("alert")).toHaveTextContent(title);
  expect(screen.getByRole("alert")).toHaveTextContent("To join Elsewhere");
  expect(screen.queryByRole("button")).toBeNull();
  await expectAccessible(container);
});

test.each([
  [404, "not_found", "There is no such invitation"],
  [403, "invitation_for_another", "This invitation is for another address"],
])("%s %s: nothing is told of the organisation", async (status, code, title) => {
  api.refuse(LOOK_UP, status, code);
  const { container } = opened();

  expect(await screen.findByRole("alert")).toHaveTextContent(title);
  expect(screen.queryByText("Accepting moves you")).toBeNull();
  expect(screen.queryByRole("button", { name: "Accept with another account" }) !== null).toBe(status === 403);
  await expectAccessible(container);
});

test.each([
  [409, "invitation_over", { reason: "used" }, "This invitation has been used"],
  [409, "invitation_over", { reason: "revoked" }, "This invitation has been revoked"],
  [409, "last_admin", {}, "You are the only admin where you are"],
])("what has changed since it was opened is said in words (%s %s %j), and not offered again", async (status, code, facts, title) => {
  api.refuse(ACCEPT, status, code, facts);
  opened();
  await accept();

  expect(await screen.findByRole("alert")).toHaveTextContent(title);
  expect(screen.queryByRole("button", { name: "Accept and move" })).toBeNull();
});

test.each([
  ["the server is away", "Can't reach the server"],
  ["a change at the same moment", "Your membership was changed at the same moment"],
])("after %s it can be accepted again", async (what, title) => {
  opened();
  await button();
  if (what.startsWith("the server")) api.away(true);
  else api.refuse(ACCEPT, 409, "changed_meanwhile");
  await accept();
  expect(await screen.findByRole("alert")).toHaveTextContent(title);

  api.away(false);
  api.answer(ACCEPT, { user: ann().user, organisation: NEW_HOME });
  await accept();
  expect(await screen.findByText(/You have moved/)).toBeVisible();
});

test("an invitation that cannot be read says so, and is read when it can be", async () => {
  api.away(true);
  opened();
  expect(await screen.findByRole("alert", {}, { timeout: 4000 })).toHaveTextContent("Can't reach the server");

  api.away(false);
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(await button()).toBeVisible();
});

test("an answer with tokens in it, or without a person, is none", async () => {
  api.answer(ACCEPT, { access_token: "x" });
  opened();
  await accept();

  expect(await screen.findByRole("alert")).toHaveTextContent("makes no sense");
});

test("whoever is not signed in reads what it means before the one button", async () => {
  const { container } = render(<InvitationForStranger token={TOKEN} error={undefined} />);

  expect(screen.getByText("accepting moves you")).toBeVisible();
  expect(screen.getByRole("button", { name: "Sign in and accept" })).toBeVisible();
  await expectAccessible(container);
});

test("a link that is none has no button", () => {
  render(<InvitationForStranger token={null} error="invitation_unknown" />);

  expect(screen.getByRole("alert")).toHaveTextContent("There is no such invitation");
  expect(screen.queryByRole("button")).toBeNull();
});
