import { defineConfig } from "@playwright/test";

import { chromium } from "./e2e/chromium";

const busy = 3; // a loaded machine takes so many times as long

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/shared-stack.ts",
  timeout: 20_000 * busy,
  expect: { timeout: 5_000 * busy },
  workers: 2,
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    launchOptions: {
      executablePath: chromium(),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
    viewport: { width: 1280, height: 800 },
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
  projects: [
    // Tests that stop and start processes: they have a stack of their own, and go one by one. They take the
    // longest, and begin first: the others run beside them.
    { name: "alone", testMatch: "alone/**/*.spec.ts", fullyParallel: false, workers: 1 },
    // Tests of one organisation each: they share one stack and do not meet.
    { name: "together", testIgnore: ["alone/**", "gates/**", "pictures/**"] },
    // Only when asked for by name: make pictures.
    { name: "pictures", testMatch: "pictures/**/*.spec.ts" },
    // The demo gates, which tests/gates starts one by one, on a stack that they have for themselves.
    { name: "gates", testMatch: "gates/**/*.spec.ts", fullyParallel: false, workers: 1 },
  ],
});
