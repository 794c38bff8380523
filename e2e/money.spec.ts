import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import fs from "node:fs";
import { historyLoaded, pageOf, settled, sql, stackUrl } from "./journey";

const TENANT = "brightcart";

/** A month that is over, with something in it: the demo's history began in it. */
async function monthThatIsOver(): Promise<string> {
  const [row] = await sql<{ month: string }>(
    "select to_char(min(bucket) at time zone 'UTC', 'YYYY-MM') as month from telemetry.rollup_day",
  );
  return row!.month;
}

/** GPU hours of the month that still wait: a statement cannot be locked until they are shared out. */
async function hoursAllocated(month: string): Promise<void> {
  const waiting = () =>
    sql<{ n: number }>(
      "select count(*)::int as n from telemetry.gpu_hour where done is distinct from wanted and to_char(hour at time zone 'UTC', 'YYYY-MM') = $1",
      [month],
    );
  await expect.poll(async () => (await waiting())[0]!.n, { timeout: 120_000, intervals: [1_000] }).toBe(0);
}

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, help }) => `${id}: ${help}`)).toEqual([]);
}

test.describe("money", () => {
  test("a statement is drawn up, locked, printed, and restated when late data come", async ({ browser }) => {
    await historyLoaded();
    const month = await monthThatIsOver();
    const nextMonth = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 1));
    test.skip(nextMonth.getTime() > Date.now(), "the demo's history lies within one month");
    await hoursAllocated(month);
    await sql("delete from statement where status = 'draft'");
    const page = await pageOf(browser, "admin");
    await page.goto(`/tenants/${TENANT}?month=${month}`);
    await settled(page);
    const card = page.getByRole("region", { name: /^Statement for/ });
    const total = card.getByRole("row", { name: /^Total/ });
    if (await card.getByRole("button", { name: "Restate" }).isVisible()) test.skip(true, "this stack locked it before");
    await card.getByRole("button", { name: /^Draw up/ }).press("Enter");
    await expect(card.getByText("draft, revision 1").first()).toBeVisible();
    const before = await total.innerText();
    await card.getByRole("button", { name: "Lock revision 1" }).press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Lock" }).press("Enter");
    await expect(card.getByText("locked, revision 1").first()).toBeVisible();
    await isAccessible(page);

    // On paper there is the statement, and nothing to click.
    await page.emulateMedia({ media: "print" });
    await expect(card.getByRole("table")).toBeVisible();
    await expect(page.getByRole("button", { name: "Print" })).toBeHidden();
    await expect(page.getByText("Unit economics")).toBeHidden();
    await page.emulateMedia({ media: "screen" });

    // 1M input of o3 at $2, dated into the month that is locked.
    const late = await page.request.post("/api/v1/usage", {
      headers: { origin: stackUrl() },
      data: {
        events: [
          {
            id: `late-${Date.now()}`,
            occurredAt: new Date(nextMonth.getTime() - 3_600_000).toISOString(),
            tenant: TENANT,
            endpoint: "e2e.money",
            provider: "openai",
            modelRequested: "o3",
            status: "success",
            meters: { input: 1_000_000, output: 0 },
          },
        ],
      },
    });
    expect(await late.json()).toMatchObject({ accepted: 1 });
    await expect
      .poll(async () => (await sql("select 1 from telemetry.event where endpoint = 'e2e.money'")).length, { timeout: 20_000 })
      .toBeGreaterThan(0);
    await page.reload();
    await settled(page);
    await expect(card.getByText("$2.00 became known since it was locked")).toBeVisible();
    expect(await total.innerText()).toBe(before);
    await card.getByRole("button", { name: "Restate" }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "Restate the statement" });
    await dialog.getByLabel("Reason").fill("A gateway sent its backlog");
    await dialog.getByRole("button", { name: "Draw up the restatement" }).press("Enter");
    await card.getByRole("combobox", { name: "Show" }).click();
    await page.getByRole("option", { name: "Revision 2, draft" }).click();
    await expect(card.getByRole("row", { name: /o3 at openai Correction/ })).toContainText("$2.00");
    await card.getByRole("button", { name: "Lock revision 2" }).press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Lock" }).press("Enter");
    await expect(card.getByText("locked, revision 2").first()).toBeVisible();
    await page.context().close();
  });

  test("an invoice with a broken line is kept but for it, and reconciled", async ({ browser }) => {
    const page = await pageOf(browser, "admin");
    await page.goto("/invoices");
    await settled(page);
    const day = new Date().toISOString().slice(0, 10);
    const number = `E2E-${Date.now()}`;
    const csv = [
      "invoice,category,model,meter,description,from,quantity,amount,currency",
      `${number},Usage,gpt-4.1,Input Tokens,gpt-4.1 input,${day},1000000,2.00,USD`,
      `${number},Usage,gpt-4.1,Output Tokens,gpt-4.1 output,${day},NaN,8.00,USD`,
      `${number},Usage,,,Web search calls,${day},,3.00,USD`,
    ].join("\n");
    await page.getByLabel("Provider").fill("openai");
    await page.getByLabel("Upload an invoice").setInputFiles({ name: "e2e.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await expect(page.getByText('Line 3: The quantity "NaN" is no decimal.')).toBeVisible();
    await expect(page.getByRole("row").filter({ hasText: number })).toContainText("2");
    const reconciliation = page.getByRole("region", { name: "Reconciliation with openai" });
    await expect(reconciliation.getByRole("row").filter({ hasText: "Web search calls" })).toContainText("unmatched");
    await expect(reconciliation.getByRole("row").filter({ hasText: "gpt-4.1, input" })).toContainText("by model and meter");
    await isAccessible(page);
    // It must not stay in the statements of the next journey.
    await page.getByRole("button", { name: `Withdraw ${number}` }).press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Withdraw" }).press("Enter");
    await expect(page.getByRole("row").filter({ hasText: number })).toHaveCount(0);
    await page.context().close();
  });

  test("a FOCUS file passes every check, equals the statements, and is downloaded with its receipt", async ({ browser }) => {
    await historyLoaded();
    const page = await pageOf(browser, "analyst", { width: 390, dark: true });
    await page.goto("/exports");
    await settled(page);
    await page.getByRole("button", { name: "Export", exact: true }).press("Enter");
    const row = page.getByRole("row").filter({ hasText: "FOCUS 1.4" }).first();
    await expect(row.getByText("all rows pass")).toBeVisible({ timeout: 120_000 });
    await expect(row.getByText("equals statements")).toBeVisible();
    await isAccessible(page);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const download = async (name: RegExp) => {
      const [file] = await Promise.all([page.waitForEvent("download"), row.getByRole("link", { name }).click()]);
      return fs.readFileSync(await file.path(), "utf8");
    };
    const csv = await download(/^Download focus-1\.4/);
    const receipt = JSON.parse(await download(/^Receipt of/)) as {
      rows: number;
      check: { failures: number; totals: { billedCost: string } };
      statement: { equal: boolean };
    };
    expect(receipt).toMatchObject({ check: { failures: 0 }, statement: { equal: true } });
    const [header, ...lines] = csv.trimEnd().split("\r\n");
    expect(lines).toHaveLength(receipt.rows);
    expect(header).toContain("ServiceProviderName,HostProviderName");
    const sum = lines.reduce((total, line) => total + Number(line.split(",")[0]), 0);
    expect(Math.abs(sum - Number(receipt.check.totals.billedCost))).toBeLessThan(1e-6);
    await page.context().close();
  });
});
