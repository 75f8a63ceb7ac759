/**
 * What every browser test begins with: `import { expect, newDomain, signIn, test } from "./fixtures"`.
 *
 * `stack` is the platform; give every test a domain of its own (`newDomain()`), so that tests do not meet. After each
 * test nothing may have been refused by the content security policy, and no script may have failed.
 */
import { test as base, type Page } from "@playwright/test";
import { randomBytes } from "node:crypto";

import { Stack, startStack } from "./stack";

export { expect } from "@playwright/test";

/** Whom a stack of a test's own names for credits: it sells none. */
export const SUPPORT_CONTACT = "support@example.com";
const OWN_STACK = ["alone", "gates"];

export const test = base.extend<{ quietConsole: void }, { stack: Stack }>({
  stack: [
    async ({}, provide, info) => {
      const own = OWN_STACK.includes(info.project.name) && !process.env.E2E_GIVEN ? await startStack({ NEXUS_SUPPORT_CONTACT: SUPPORT_CONTACT }) : null;
      await provide(own ?? sharedStack());
      await own?.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  baseURL: async ({ stack }, provide) => provide(stack.web),
  quietConsole: [
    async ({ page }, provide) => {
      const trouble: string[] = [];
      page.on("pageerror", (error) => trouble.push(String(error)));
      page.on("console", (message) => {
        if (/content security policy|hydrat/i.test(message.text())) trouble.push(message.text());
      });
      // Chromium reports what a policy refused as an event even where it prints nothing.
      await page.addInitScript(() => {
        addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
          console.error(`Content security policy: ${violatedDirective} ${blockedURI}`),
        );
      });
      await provide();
      if (trouble.length) throw new Error(`The browser's console says:\n${trouble.join("\n")}`);
    },
    { auto: true },
  ],
});

/** A domain that nobody has: its first person is the admin of a new organisation with 100 credits. */
export function newDomain(): string {
  return `t${randomBytes(6).toString("hex")}.test`;
}

/** Sign in as somebody through the real pages, beginning at `from`. Ends on their dashboard, or on `next`. */
export async function signIn(page: Page, email: string, from = "/"): Promise<void> {
  await page.goto(from);
  await page.getByRole("button", { name: "Continue with Google" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Sign in as somebody else" }).click();
}

/** Have the page read everything again now, as it does by itself when the network comes back. */
export async function readAgain(page: Page): Promise<void> {
  await page.context().setOffline(true);
  await page.context().setOffline(false);
}

/** The session's cookie, which no script of the page can read. */
export async function sessionCookie(page: Page) {
  return (await page.context().cookies()).find((one) => one.name.endsWith("next-auth.session-token"));
}

function sharedStack(): Stack {
  const { dataDir, supervisor } = JSON.parse(process.env.E2E_STACK ?? "{}") as { dataDir: string; supervisor: number };
  return new Stack(dataDir, supervisor);
}
