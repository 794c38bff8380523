/**
 * Where a Chromium comes from, in this order: PLAYWRIGHT_CHROMIUM_PATH, a system browser, Playwright's own download if
 * there is one, and last the one inside the npm package @sparticuz/chromium, so that a fresh machine needs only Node.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { chromium } from "@playwright/test";

export interface BrowserChoice {
  executablePath: string;
  /** Libraries the browser needs where the system lacks them. */
  env: Record<string, string>;
  from: string;
}

/** Flags for a closed network: without them Chromium calls home at every start. */
export const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function findBrowser(): Promise<BrowserChoice> {
  const given = process.env["PLAYWRIGHT_CHROMIUM_PATH"];
  if (given) return { executablePath: given, env: {}, from: "PLAYWRIGHT_CHROMIUM_PATH" };
  for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
    const found = onPath(name);
    if (found) return { executablePath: found, env: {}, from: `system ${name}` };
  }
  const own = chromium.executablePath();
  if (own && fs.existsSync(own)) return { executablePath: own, env: {}, from: "Playwright's own browser" };
  return packagedBrowser();
}

function onPath(name: string): string | undefined {
  try {
    return (
      execFileSync("sh", ["-c", `command -v ${name}`], { stdio: ["ignore", "pipe", "ignore"] })
        .toString()
        .trim() || undefined
    );
  } catch {
    return undefined;
  }
}

async function packagedBrowser(): Promise<BrowserChoice> {
  // The package unpacks its NSS libraries only where it believes to be on Amazon Linux: say so while it loads.
  const before = process.env["AWS_EXECUTION_ENV"];
  process.env["AWS_EXECUTION_ENV"] = `AWS_Lambda_nodejs22.x`;
  try {
    const { default: packaged } = await import("@sparticuz/chromium");
    const executablePath = await packaged.executablePath();
    const libraries = path.join(os.tmpdir(), "al2023", "lib");
    return { executablePath, env: { LD_LIBRARY_PATH: libraries }, from: "npm @sparticuz/chromium" };
  } finally {
    if (before === undefined) delete process.env["AWS_EXECUTION_ENV"];
    else process.env["AWS_EXECUTION_ENV"] = before;
  }
}
