import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Locator, type Page } from "@playwright/test";
import { pageOf, settled, sql } from "./journey";

const ROOT = path.join(import.meta.dirname, "..");
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-e2e-gateway-"));
let gateway: ChildProcess | undefined;
test.afterAll(async () => {
  if (gateway && gateway.exitCode === null) {
    const ended = new Promise<void>((resolve) => gateway!.once("exit", () => resolve()));
    gateway.kill("SIGTERM");
    await ended;
  }
  fs.rmSync(dir, { recursive: true, force: true });
});

/** What a person gets who presses the copy button of a block. */
async function copied(page: Page, dialog: Locator, block: string): Promise<string> {
  await dialog.getByRole("button", { name: `Copy ${block}` }).click();
  return page.evaluate(() => navigator.clipboard.readText());
}

const inShell = (command: string, cwd: string) =>
  execFileSync("/bin/sh", ["-ec", command], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Runs until it is stopped; resolves with its address. */
async function start(command: string): Promise<string> {
  gateway = spawn("/bin/sh", ["-ec", command], { cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    gateway!.once("exit", (code) => reject(new Error(`the gateway ended with ${code}: ${lines.join("\n")}`)));
    readline.createInterface({ input: gateway!.stderr! }).on("line", (line) => {
      lines.push(line);
      const said = line.startsWith("{") ? (JSON.parse(line) as { message?: string; url?: string }) : {};
      if (said.message === "listening") resolve(said.url!);
    });
  });
}

async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return violations.map((found) => `${found.id}: ${found.help}`);
}

const health = async (url: string) => (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;

test("an engineer enrols a gateway with the printed command and sees it appear; an admin revokes it, and the gateway says so", async ({
  browser,
}) => {
  const name = `gw-${Date.now().toString(36)}`;
  const engineer = await pageOf(browser, "lead");
  await engineer.goto("/fleet");
  await settled(engineer);
  await engineer.getByRole("button", { name: "Enrol", exact: true }).click();
  const dialog = engineer.getByRole("dialog");
  await expect(dialog.getByLabel("Name")).toBeVisible();
  expect(await violationsOf(engineer)).toEqual([]);
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Environment").fill("e2e");
  await dialog.getByRole("button", { name: "Make the command" }).click();
  await expect(dialog.getByText(`Waiting for ${name} to appear…`)).toBeVisible();
  expect(await violationsOf(engineer)).toEqual([]);

  // As printed, step by step; only the port is changed: another gateway of this machine may have it.
  await dialog.locator("details").evaluate((steps: HTMLDetailsElement) => (steps.open = true));
  inShell(await copied(engineer, dialog, "step 1"), ROOT);
  fs.copyFileSync(path.join(ROOT, "dist/gateway.mjs"), path.join(dir, "gateway.mjs"));
  inShell(await copied(engineer, dialog, "step 2"), dir);
  const file = path.join(dir, "gateway.json");
  const config = JSON.parse(fs.readFileSync(file, "utf8")) as { listen: { port: number } };
  fs.writeFileSync(file, JSON.stringify({ ...config, listen: { ...config.listen, port: 0 } }));
  const keys = await copied(engineer, dialog, "step 3");
  inShell(`${keys}\n${await copied(engineer, dialog, "step 4")}`, dir);
  const command = await copied(engineer, dialog, "enrolment command");
  expect(command).toMatch(/--enrol het_\S+$/);
  const began = Date.now();
  const url = await start(`${keys}\nexec ${command}`);

  const status = dialog.getByRole("status", { name: "Enrolment" });
  await expect(status).toContainText(`${name} appeared`);
  expect(Date.now() - began, "seen within seconds").toBeLessThan(15_000);
  await expect(status).toContainText(/Version \d+\.\d+\.\d+/);
  await status.getByRole("link", { name: "Open it" }).click();
  await engineer.waitForURL(/\/fleet\/[0-9a-f-]{36}$/);
  const address = new URL(engineer.url()).pathname;
  const id = address.split("/").at(-1)!;
  await settled(engineer);
  await expect(engineer.getByRole("heading", { level: 1 })).toContainText(name);

  // Whatever is ordered everywhere was ordered for it at enrolment; the page agrees with the database on what became of it.
  const compared = engineer.getByRole("region", { name: "Desired against reported" });
  await expect
    .poll(async () => {
      const [row] = await sql<{ desired: number | null; running: number | null }>(
        "select desired_generation as desired, running_generation as running from target where id = $1",
        [id],
      );
      const words = (generation: number | null) => (generation === null ? "Nothing" : `Generation ${generation}`);
      const text = (await compared.innerText()).replaceAll(/\s+/g, " ");
      return text.includes(`Desired ${words(row!.desired)}`) && text.includes(`Reported ${words(row!.running)}`);
    })
    .toBe(true);
  await expect(engineer.getByRole("button", { name: "Revoke" })).toHaveCount(0);
  await engineer.context().close();

  for (const dark of [false, true]) {
    const page = await pageOf(browser, "lead", { dark });
    await page.goto(address);
    await settled(page);
    expect(await violationsOf(page)).toEqual([]);
    await page.context().close();
  }

  const admin = await pageOf(browser, "admin", { width: 390 });
  await admin.goto(address);
  await settled(admin);
  const overflow = await admin.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, "scrolls sideways at 390 px").toBeLessThanOrEqual(0);
  expect(await health(url)).toMatchObject({ console: "connected" });
  await admin.getByRole("button", { name: "Revoke" }).click();
  await admin.getByLabel("Why").fill("the journey ends here");
  await admin.getByRole("button", { name: "Revoke target" }).click();
  await expect(admin.getByRole("heading", { level: 1 })).toContainText("Revoked");
  await expect(admin.getByText("Revoked: the journey ends here.")).toBeVisible();
  await expect.poll(() => health(url)).toMatchObject({ console: "refused", consoleReason: expect.stringContaining("revoked") });
  await admin.context().close();

  // Somebody limited to a tenant sees that it is there, and nothing of what it was told.
  const viewer = await pageOf(browser, "viewer");
  await viewer.goto("/fleet?standing=revoked");
  await settled(viewer);
  await viewer.getByRole("link", { name }).click();
  await expect(viewer.getByRole("heading", { level: 1 })).toContainText(name);
  expect((await viewer.request.get(`/api/v1/targets/${id}/desired/1`)).status()).toBe(403);
  await expect(viewer.getByText(/What changed against|What it holds/)).toHaveCount(0);
  await viewer.context().close();
});
