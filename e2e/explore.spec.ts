import fs from "node:fs";
import { expect, test } from "@playwright/test";
import { historyLoaded, pageOf, settled } from "./journey";

test.describe("an analyst asks", () => {
  test.beforeAll(historyLoaded);

  test("cost per successful request by tenant, this week against last week: chart, table, link, CSV, requests", async ({
    browser,
  }) => {
    const page = await pageOf(browser, "analyst");
    await page.goto("/explore");
    await page.getByRole("link", { name: "Cost per successful request by tenant, this week vs last week" }).click();
    await settled(page);
    await expect(page).toHaveURL(/metrics=cost_per_successful_request/);
    await expect(page.getByRole("figure", { name: /Cost per successful request/ }).first()).toBeVisible();
    const table = page.getByRole("table").last();
    await expect(table.getByRole("row")).not.toHaveCount(1);
    await expect(table).toContainText("northwind-bank");
    await expect(table.locator("th[aria-sort]").first()).toBeVisible();

    const shared = await pageOf(browser, "lead");
    await shared.goto(page.url());
    await settled(shared);
    await expect(shared.getByRole("table").last()).toContainText("northwind-bank");
    await shared.context().close();

    const download = page.waitForEvent("download");
    await page
      .getByRole("link", { name: "CSV" })
      .or(page.getByRole("button", { name: "CSV" }))
      .first()
      .click();
    const csv = fs.readFileSync(await (await download).path(), "utf8");
    expect(csv.split("\n")[0]).toMatch(/tenant/i);
    expect(csv).toContain("northwind-bank");

    await table.getByRole("link").first().click();
    await page.waitForURL((url) => url.search.includes("tenant=") || url.pathname.startsWith("/requests"));
    await settled(page);
    await page.context().close();
  });

  for (const [question, metric] of [
    ["p95 latency by model", "latency_p95"],
    ["Cache hit rate by endpoint", "cache_hit_rate"],
  ] as const) {
    test(`${question}, without help`, async ({ browser }) => {
      const page = await pageOf(browser, "analyst");
      await page.goto("/explore");
      await page.getByRole("link", { name: question }).click();
      await settled(page);
      await expect(page).toHaveURL(new RegExp(`metrics=${metric}`));
      // The link changes the question in place: the table comes once its answer is there.
      await expect.poll(() => page.getByRole("table").last().getByRole("row").count()).toBeGreaterThan(3);
      await page.context().close();
    });
  }

  test("which requests are behind a number, and why one of them cost what it cost", async ({ browser }) => {
    const page = await pageOf(browser, "analyst");
    await page.goto("/requests?tenant=brightcart&range=24h");
    await settled(page);
    const rows = page.getByRole("table").first().getByRole("row");
    await expect(rows.nth(1)).toContainText("brightcart");
    await rows.nth(1).getByRole("link").first().click();
    await page.waitForURL(/\/requests\/.+/);
    await settled(page);
    await expect(page.getByText(/priced|free|unpriced|cache/i).first()).toBeVisible();
    await page.context().close();
  });
});
