import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test } from "vitest";

import { Account } from "@/features/account/Account";
import { chooseTheme } from "@/lib/theme";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { show } from "@/test/show";
import { session } from "@/test/team-values";
import { page } from "@/test/values";

const api = serveApi();
const OTHER = session(2, { client: "api" });

beforeEach(() => api.answer("GET /v1/sessions", page([session(1), OTHER])));
afterEach(() => chooseTheme("system"));

async function shown(role: "admin" | "member" = "member") {
  const view = show(<Account />, { role });
  await waitFor(() => expect(screen.queryByText(/^Loading:/)).toBeNull());
  return view;
}

test("a member sees who they are and where they are signed in", async () => {
  const { container } = await shown();

  expect(screen.getByRole("region", { name: "Profile" })).toHaveTextContent(/Ann.*ann@acme\.test.*Acme.*Member.*An admin can change it/);
  const [, own, other] = within(screen.getByRole("table", { name: "Sessions" })).getAllByRole("row");
  expect(own).toHaveTextContent(/This web application.*This one.*Sign out/);
  expect(other).toHaveTextContent(/A program.*End/);
  await expectAccessible(container);
});

test("a session is ended after a question, and is gone", async () => {
  api.say(`DELETE /v1/sessions/${OTHER.id}`, () => ({ status: 204 }));
  await shown();
  await userEvent.click(screen.getByRole("button", { name: /^End the session/ }));
  expect(api.asked(`DELETE /v1/sessions/${OTHER.id}`)).toHaveLength(0);
  api.answer("GET /v1/sessions", page([session(1)]));
  await userEvent.click(await screen.findByRole("button", { name: "End session" }));

  await waitFor(() => expect(screen.queryByRole("button", { name: /^End the session/ })).toBeNull());
  expect(api.asked(`DELETE /v1/sessions/${OTHER.id}`)).toHaveLength(1);
});

test("a session that is over already says so", async () => {
  api.refuse(`DELETE /v1/sessions/${OTHER.id}`, 404, "not_found");
  await shown();
  await userEvent.click(screen.getByRole("button", { name: /^End the session/ }));
  await userEvent.click(await screen.findByRole("button", { name: "End session" }));

  expect(await screen.findByRole("alert")).toHaveTextContent("Not found");
});

test("signing out everywhere that cannot be done says so, and nobody is signed out", async () => {
  api.away(true);
  show(<Account />);
  await userEvent.click(screen.getAllByRole("button", { name: "Sign out everywhere…" })[0] as HTMLElement);
  await userEvent.click(await screen.findByRole("button", { name: "Sign out everywhere" }));

  expect(await screen.findByText("Can't reach the server")).toBeVisible();
  expect(screen.getByRole("alertdialog")).toBeVisible();
});

test("the theme is chosen, and follows when it is chosen elsewhere", async () => {
  await shown();
  const box = screen.getByRole("combobox", { name: "Theme" });
  expect(box).toHaveTextContent("As the system");
  await userEvent.click(box);
  await userEvent.click(await screen.findByRole("option", { name: "Dark" }));
  await waitFor(() => expect(document.documentElement.dataset["theme"]).toBe("dark"));

  chooseTheme("light");
  await waitFor(() => expect(box).toHaveTextContent("Light"));
});
