// Sees to a Chromium for the browser tests: one that is here, else Debian's by apt (as root), else Playwright's own
// download. It counts only when it really starts. Where nothing works this says what is missing, and fails.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { chromium } from "@playwright/test";

const PLAYWRIGHT = fileURLToPath(new URL("../node_modules/@playwright/test/cli.js", import.meta.url));
const APT = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
const reasons = [];

function onPath(name) {
  try {
    return execFileSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

/** Whether a browser starts; if not, why. Playwright's own where no path is given. */
async function starts(executablePath) {
  try {
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    await browser.close();
    return true;
  } catch (error) {
    const said = String(error instanceof Error ? error.message : error);
    const why = said.split("\n").find((line) => /error|exist|found|shared/i.test(line)) ?? said.split("\n")[0];
    reasons.push(`${executablePath ?? "Playwright's Chromium"} does not start: ${why.trim()}`);
    return false;
  }
}

/** Run a command that may fail; whether it went well. */
function went(what, command, args, env = process.env) {
  try {
    execFileSync(command, args, { env, stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
    return true;
  } catch (error) {
    const said = String(error.stderr || error.message).trim().split("\n");
    reasons.push(`${what}: ${(said.find((line) => /error|fail|unable/i.test(line)) ?? said.at(-1) ?? "").trim()}`);
    return false;
  }
}

async function byApt() {
  if (process.getuid?.() !== 0 || !onPath("apt-get")) {
    reasons.push("apt-get install chromium: only root can, on Debian and its kind.");
    return false;
  }
  console.log("Installing Chromium by apt: about a minute, once.");
  went("apt-get update", "apt-get", ["update", "-qq"], APT); // an old list may still do
  const install = ["install", "-y", "-qq", "--no-install-recommends", "chromium"];
  if (!went("apt-get install chromium", "apt-get", install, APT)) return false;
  return starts(onPath("chromium"));
}

async function byDownload() {
  console.log("Downloading Playwright's Chromium: once.");
  return went("playwright install chromium", process.execPath, [PLAYWRIGHT, "install", "chromium"]) && starts(undefined);
}

async function isThere() {
  const named = process.env.CHROMIUM_PATH;
  if (named) return starts(named);
  const found = onPath("chromium");
  return found ? starts(found) : starts(undefined);
}

const ready = (await isThere()) || (!process.env.CHROMIUM_PATH && ((await byApt()) || (await byDownload())));
if (!ready) {
  console.error(`The browser tests need Chromium, and there is none that starts.\n  ${reasons.join("\n  ")}`);
  console.error("Install Chromium so that `chromium` is on the PATH, or name one: CHROMIUM_PATH=/path/to/chromium make test");
  process.exit(1);
}
