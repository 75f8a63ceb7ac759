/** Every dialog that the application has, by the file that makes it, and how somebody opens it. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import type { Page } from "@playwright/test";

import type { Furnished } from "./places";

const SOURCE = resolve(import.meta.dirname, "../src");
const KIT = /^ui[\\/]/; // what dialogs are made of
const MAKES_ONE = /<(?:Confirm)?Dialog(?=[\s>])|<Sheet(?=[\s>])|<(?:Base|Dialog|AlertDialog)\.Popup\b/g;

/** Each file of the application with the number of dialogs that it makes: `{"features/team/InviteDialog.tsx": 1}`. */
export function dialogsInCode(): Record<string, number> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".tsx") && !path.endsWith(".test.tsx") && !KIT.test(path));
  const counts = files.map((path) => [path.replaceAll("\\", "/"), readFileSync(join(SOURCE, path), "utf8").match(MAKES_ONE)?.length ?? 0] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

export interface DialogCase {
  /** The file whose dialog it is; a dialog with several faces has several cases. */
  file: string;
  name: string;
  path: (org: Furnished) => string;
  open: (page: Page, org: Furnished) => Promise<void>;
  /** Only where it can be opened: the menu of pages is there on a small screen alone. */
  widths?: readonly number[];
}

const click = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" }).first().click();
const menu = async (page: Page, of: RegExp, item: string) => {
  await page.getByRole("button", { name: of }).first().click();
  await page.getByRole("menuitem", { name: item }).click();
};
const at = (page: string) => ({ domain }: Furnished) => `/${domain}${page}`;

export const DIALOGS: readonly DialogCase[] = [
  { file: "features/team/InviteDialog.tsx", name: "Invite", path: at("/members"), open: (page) => click(page, "Invite") },
  {
    file: "features/team/InviteDialog.tsx",
    name: "Invitation made",
    path: at("/members"),
    open: async (page, { domain }) => {
      await click(page, "Invite");
      await page.getByRole("textbox", { name: "E-mail" }).fill(`n${Date.now()}@a-rather-long-name-of-a-domain.${domain}`);
      await click(page, "Make invitation");
      await page.getByRole("button", { name: "Done" }).waitFor();
    },
  },
  { file: "features/team/InvitationDialogs.tsx", name: "New link", path: at("/members"), open: (page) => menu(page, /^Actions for the invitation/, "New link…") },
  { file: "features/team/InvitationDialogs.tsx", name: "Revoke an invitation", path: at("/members"), open: (page) => menu(page, /^Actions for the invitation/, "Revoke…") },
  { file: "features/team/MemberDialog.tsx", name: "Change a member", path: at("/members"), open: (page) => menu(page, /^Actions for bob/i, "Make admin…") },
  { file: "features/team/MemberDialog.tsx", name: "Decline a person", path: at("/members"), open: (page) => click(page, /^Refuse amy/i) },
  { file: "features/account/SignOutEverywhere.tsx", name: "Sign out everywhere", path: () => "/account", open: (page) => click(page, "Sign out everywhere…") },
  { file: "features/account/SessionsPanel.tsx", name: "End a session", path: () => "/account", open: (page) => click(page, "Sign out here") },
  { file: "features/settings/DeletionPanel.tsx", name: "Delete the organisation", path: at("/settings"), open: (page) => click(page, "Delete organisation…") },
  { file: "features/api-keys/CreateKey.tsx", name: "New key", path: at("/api-keys"), open: (page) => click(page, "New key") },
  {
    file: "features/api-keys/CreateKey.tsx",
    name: "The value of a key",
    path: at("/api-keys"),
    open: async (page) => {
      await click(page, "New key");
      await page.getByLabel("Name").fill("a key");
      await click(page, "Create key");
      await page.getByRole("button", { name: "I have copied it" }).waitFor();
    },
  },
  { file: "features/api-keys/RotateKey.tsx", name: "Rotate a key", path: at("/api-keys"), open: (page) => menu(page, /^Actions for nightly import/, "Rotate…") },
  { file: "features/api-keys/KeyActions.tsx", name: "Revoke a key", path: at("/api-keys"), open: (page) => menu(page, /^Actions for nightly import/, "Revoke…") },
  { file: "features/webhooks/CreateWebhook.tsx", name: "New webhook", path: at("/webhooks"), open: (page) => click(page, "New webhook") },
  { file: "features/webhooks/DeleteWebhook.tsx", name: "Delete a webhook", path: ({ domain, webhook }) => `/${domain}/webhooks/${webhook}`, open: (page) => click(page, "Delete") },
  { file: "features/webhooks/ReplayFailed.tsx", name: "Replay what failed", path: ({ domain, webhook }) => `/${domain}/webhooks/${webhook}`, open: (page) => click(page, "Replay failed") },
  { file: "features/webhooks/SecretCard.tsx", name: "Rotate the secret", path: ({ domain, webhook }) => `/${domain}/webhooks/${webhook}`, open: (page) => click(page, "Rotate secret") },
  {
    file: "features/webhooks/SecretCard.tsx",
    name: "The new secret",
    path: ({ domain, webhook }) => `/${domain}/webhooks/${webhook}`,
    open: async (page) => {
      await click(page, "Rotate secret");
      await page.getByRole("alertdialog").getByRole("button", { name: "Rotate secret" }).click();
      await page.getByRole("button", { name: "I have copied it" }).waitFor();
    },
  },
  { file: "features/run/CodeDialog.tsx", name: "The request as code", path: at("/playground"), open: (page) => click(page, "View code") },
  {
    file: "features/jobs/CancelJob.tsx",
    name: "Cancel a job",
    path: ({ domain, job }) => `/${domain}/jobs/${job}`,
    open: (page) => click(page, "Cancel job"),
  },
  {
    file: "features/shell/CommandPalette.tsx",
    name: "Command palette",
    path: at("/jobs"),
    open: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Search pages and actions" }).waitFor();
    },
  },
  { file: "features/shell/Shell.tsx", name: "Menu of pages", path: at("/jobs"), widths: [390], open: (page) => click(page, /^Open the menu/) },
];
