import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { Invitation } from "@/features/invitation/Invitation";
import { InvitationForStranger } from "@/features/invitation/InvitationForStranger";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { ann } from "@/test/show";

const api = serveApi();
const ACCEPT = "POST /api/session/invitation";
const TOKEN = "nxi_of-the-tests";
const NEW_HOME = { id: "0190c1d2-0000-7000-8000-0000000000bb", name: "Elsewhere", domain: null };

const opened = (error?: string) => render(<Invitation token={TOKEN} known={ann("member")} error={error} />);
const accept = () => userEvent.click(screen.getByRole("button", { name: "Accept and move" }));

test("opening it accepts nothing: it says first what accepting means", async () => {
  const { container } = opened();

  expect(screen.getByText("ann@acme.test")).toBeVisible();
  expect(screen.getByText("Accepting moves you").parentElement).toHaveTextContent("You leave Acme at once");
  expect(api.asked()).toHaveLength(0);
  await expectAccessible(container);
});

test("whoever accepts is told where they are now, and as what", async () => {
  api.answer(ACCEPT, { user: { ...ann().user, role: "admin" }, organisation: NEW_HOME });
  const { container } = opened();
  await accept();

  expect(await screen.findByRole("status")).toHaveTextContent("You have moved to Elsewhere, as an admin.");
  expect(JSON.parse(api.asked(ACCEPT)[0]?.body ?? "")).toEqual({ token: TOKEN });
  expect(screen.getByRole("link", { name: "Go to the dashboard" })).toHaveAttribute("href", "/");
  await expectAccessible(container);
});

test("whoever is a member already is told so", async () => {
  api.answer(ACCEPT, ann("member"));
  opened();
  await accept();

  expect(await screen.findByRole("status")).toHaveTextContent("You belong to Acme already, as a member.");
});

test.each([
  [409, "invitation_over", { reason: "used" }, "This invitation was used already"],
  [409, "invitation_over", { reason: "expired" }, "This invitation has expired"],
  [409, "invitation_over", { reason: "revoked" }, "This invitation was taken back"],
  [404, "not_found", {}, "There is no such invitation"],
  [403, "invitation_for_another", {}, "This invitation is for another address"],
  [409, "last_admin", {}, "You are the only admin where you are"],
])("%s %s %j is said in words, and not offered again", async (status, code, facts, title) => {
  api.refuse(ACCEPT, status, code, facts);
  const { container } = opened();
  await accept();

  expect(await screen.findByRole("alert")).toHaveTextContent(title);
  expect(screen.queryByRole("button", { name: "Accept and move" })).toBeNull();
  expect(screen.queryByText("Accepting moves you")).toBeNull();
  await expectAccessible(container);
});

test("another account is offered to whom the invitation is not for, and not where it is over", async () => {
  api.refuse(ACCEPT, 403, "invitation_for_another");
  const first = opened();
  await accept();
  expect(await screen.findByRole("button", { name: "Accept with another account" })).toBeVisible();
  first.unmount();

  api.refuse(ACCEPT, 409, "invitation_over", { reason: "used" });
  opened();
  await accept();
  await screen.findByRole("alert");
  expect(screen.queryByRole("button", { name: "Accept with another account" })).toBeNull();
});

test.each([
  ["the server is away", "Can't reach the server"],
  ["a change at the same moment", "Your membership was changed at the same moment"],
])("after %s it can be accepted again", async (what, title) => {
  if (what.startsWith("the server")) api.away(true);
  else api.refuse(ACCEPT, 409, "changed_meanwhile");
  opened();
  await accept();
  expect(await screen.findByRole("alert")).toHaveTextContent(title);

  api.away(false);
  api.answer(ACCEPT, { user: ann().user, organisation: NEW_HOME });
  await accept();
  expect(await screen.findByRole("status")).toHaveTextContent("You have moved");
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
