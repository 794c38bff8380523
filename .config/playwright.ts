import os from "node:os";
import path from "node:path";
import { defineConfig } from "@playwright/test";
import { CHROMIUM_ARGS, findBrowser } from "../e2e/browser";

const root = path.join(import.meta.dirname, "..");
const browser = await findBrowser();

/** One stack for all journeys (e2e/global-setup.ts starts it through the launcher that users start). */
export default defineConfig({
  testDir: path.join(root, "e2e"),
  outputDir: path.join(os.tmpdir(), "headroom-e2e-results"),
  globalSetup: path.join(root, "e2e/global-setup.ts"),
  timeout: 240_000,
  expect: { timeout: 30_000 },
  fullyParallel: false,
  workers: 1,
  // Journeys over a live fleet meet a busy machine now and then. One second try, and the summary names who needed it.
  retries: 1,
  reporter: process.env["PLAYWRIGHT_JSON_OUTPUT_FILE"] ? [["list"], ["json"]] : [["list"]],
  use: {
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: browser.executablePath,
      args: CHROMIUM_ARGS,
      env: { ...process.env, ...browser.env } as Record<string, string>,
    },
    trace: "retain-on-failure",
  },
});
