import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { pageOf, settled, sql, stackUrl } from "./journey";

test.describe("an admin looks after prices", () => {
  test("prices an unpriced model, sees the dry run, applies it, and sees the cost on the overview change", async ({
    browser,
  }) => {
    const page = await pageOf(browser, "admin");
    await page.goto("/");
    const model = `e2e-nova-${Date.now()}`;
    const occurredAt = new Date(Date.now() - 60_000).toISOString();
    const events = Array.from({ length: 40 }, (_, index) => ({
      id: `${model}-${index}`,
      occurredAt,
      tenant: "brightcart",
      endpoint: "e2e.pricing",
      provider: "acme-ai",
      modelRequested: model,
      status: "success",
      meters: { input: 100_000, output: 10_000 },
    }));
    const sent = await page.request.post("/api/v1/usage", { data: { events }, headers: { origin: stackUrl() } });
    expect(await sent.json()).toMatchObject({ accepted: 40, rejected: 0 });
    const stored = () =>
      sql<{ n: number; cost: string; states: string }>(
        `select count(*)::int as n, coalesce(sum(cost_nano), 0)::text as cost, coalesce(string_agg(distinct pricing_state, ','), '') as states
         from telemetry.event where model_served = $1`,
        [model],
      );
    await expect.poll(stored, { timeout: 20_000 }).toEqual([{ n: 40, cost: "0", states: "unpriced" }]);

    await page.goto("/pricing?tab=unpriced");
    await settled(page);
    await page.getByRole("button", { name: `Price ${model}` }).press("Enter");
    const dialog = page.getByRole("dialog", { name: `Price ${model}` });
    await dialog.getByLabel("Input", { exact: true }).fill("NaN");
    await dialog.getByLabel("Output", { exact: true }).fill("20");
    await dialog.getByLabel("Where it comes from").fill("e2e contract");
    await dialog.getByRole("button", { name: "Write the price" }).press("Enter");
    await expect(dialog.getByRole("alert")).toContainText("must be a decimal");
    const { violations } = await new AxeBuilder({ page }).include('[role="dialog"]').analyze();
    expect(violations.map(({ id, help }) => `${id}: ${help}`)).toEqual([]);
    await dialog.getByLabel("Input", { exact: true }).fill("5");
    await dialog.getByRole("button", { name: "Write the price" }).press("Enter");
    await expect(dialog).toBeHidden();
    await expect(page).toHaveURL(/tab=repricing/);

    await page.getByLabel("Model", { exact: true }).fill(model);
    await page.getByRole("button", { name: "Start a dry run" }).press("Enter");
    const run = page.getByRole("region", { name: "Dry run" });
    // 40 × (0.1 × $5 + 0.01 × $20) = $28
    await expect(run.getByText("40 of 40 events change: $0 → $28")).toBeVisible({ timeout: 30_000 });
    await expect(run.getByRole("row").filter({ hasText: "brightcart" })).toContainText("28");
    expect(await stored()).toEqual([{ n: 40, cost: "0", states: "unpriced" }]);

    const costOf = async () => {
      const answer = await page.request.post("/api/v1/query", {
        data: {
          metrics: ["cost_usd", "unpriced_requests"],
          from: new Date(Date.now() - 86_400_000).toISOString(),
          to: new Date(Date.now() + 3_600_000).toISOString(),
          filters: [{ dimension: "modelServed", in: [model] }],
        },
        headers: { origin: stackUrl() },
      });
      return answer.ok() ? JSON.stringify(await answer.json()) : `${answer.status()} ${await answer.text()}`;
    };
    await run.getByRole("button", { name: "Apply" }).press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Reprice" }).press("Enter");
    await expect(run.getByText("applied", { exact: true })).toBeVisible({ timeout: 30_000 });
    expect(await stored()).toEqual([{ n: 40, cost: "28000000000", states: "priced" }]);
    const sums = await sql<{ cost: string }>(
      `select sum(coalesce(r.cost_success, 0))::text as cost from telemetry.rollup_day r join telemetry.series s on s.id = r.series_id
       where s.model_served = $1`,
      [model],
    );
    expect(sums).toEqual([{ cost: "28000000000" }]);
    expect(await costOf()).toContain('"28"');

    // The overview of this model alone: what was $0 is $28.
    await page.goto(`/?range=1h&modelServed=${model}`);
    await settled(page);
    await expect(page.getByText("$28.00").first()).toBeVisible();
    await page.context().close();
  });

  test("an analyst reads and tests a match on a phone, and cannot write", async ({ browser }) => {
    const page = await pageOf(browser, "analyst", { width: 390, dark: true });
    await page.goto("/pricing?tab=match", { waitUntil: "networkidle" });
    await settled(page);
    await page.getByLabel("Date", { exact: true }).fill("2025-06-01");
    await page.getByRole("button", { name: "Test", exact: true }).press("Enter");
    // o3 before its price cut: $10 + $40
    await expect(page.getByText("$50", { exact: true }).first()).toBeVisible();
    await page.getByLabel("Date", { exact: true }).fill("2025-06-10");
    await page.getByRole("button", { name: "Test", exact: true }).press("Enter");
    await expect(page.getByText("$10", { exact: true }).first()).toBeVisible();
    await expect(page.getByRole("button", { name: "Add a price" })).toHaveCount(0);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const refused = await page.request.post("/api/v1/pricing/rules", { data: {}, headers: { origin: stackUrl() } });
    expect(refused.status()).toBe(403);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /search/i }).fill("reprice");
    await expect(page.getByRole("option", { name: "Pricing" })).toBeVisible();
    await page.context().close();
  });
});
