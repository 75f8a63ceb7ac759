import { execFileSync } from "node:child_process";

/** The browser of this machine, which `scripts/browser.mjs` sees to: CHROMIUM_PATH, `chromium` on the PATH, or Playwright's. */
export function chromium(): string | undefined {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  try {
    return execFileSync("/bin/sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}
