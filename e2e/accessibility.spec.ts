import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { historyLoaded, pageOf, settled, sql, stackUrl } from "./journey";
import { PAGES } from "./pages";

/** HEADROOM_SHOTS=folder also keeps a picture of every page, to be looked at. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env["HEADROOM_SHOTS"];
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}

async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return violations.map(
    (found) =>
      `${found.id}: ${found.help} — ${found.nodes
        .map((node) => node.target.join(" "))
        .slice(0, 3)
        .join("; ")}`,
  );
}

async function checkPage(page: Page, name: string): Promise<void> {
  expect(await violationsOf(page), name).toEqual([]);
  // axe does not miss a picture that is an svg without a name: charts are looked at by ourselves.
  const nameless = await page
    .locator(".recharts-wrapper svg.recharts-surface")
    .evaluateAll((charts) => charts.filter((chart) => !chart.closest("[aria-label], [aria-labelledby], figure")).length);
  expect(nameless, `${name}: charts without an accessible name`).toBe(0);
}

test.describe("every page, in both themes and on a phone", () => {
  test.beforeAll(historyLoaded);

  test("sign-in", async ({ browser }) => {
    for (const dark of [false, true]) {
      const context = await browser.newContext({ colorScheme: dark ? "dark" : "light" });
      const page = await context.newPage();
      await page.goto(`${stackUrl()}/sign-in`, { waitUntil: "networkidle" });
      await checkPage(page, `sign-in ${dark ? "dark" : "light"}`);
      await keepPicture(page, `sign-in-${dark ? "dark" : "light"}`);
      await context.close();
    }
  });

  for (const { name, path: address, as } of PAGES) {
    test(name, async ({ browser }) => {
      for (const dark of [false, true]) {
        const page = await pageOf(browser, as, { dark });
        await page.goto(address);
        await settled(page);
        await checkPage(page, `${name} ${dark ? "dark" : "light"}`);
        await keepPicture(page, `${name}-${dark ? "dark" : "light"}-1440`);
        await page.context().close();
      }
      const phone = await pageOf(browser, as, { width: 390 });
      await phone.goto(address);
      await settled(phone);
      await keepPicture(phone, `${name}-light-390`);
      const overflow = await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, `${name} scrolls sideways at 390 px`).toBeLessThanOrEqual(0);
      await phone.context().close();
    });
  }

  test("one request with its cost explained", async ({ browser }) => {
    const [row] = await sql<{ request_id: string }>(
      "select request_id from telemetry.event where attempt > 1 and action_id is not null order by occurred_at desc limit 1",
    );
    for (const dark of [false, true]) {
      const page = await pageOf(browser, "analyst", { dark });
      await page.goto(`/requests/${encodeURIComponent(row!.request_id)}`);
      await settled(page);
      await checkPage(page, `request ${dark ? "dark" : "light"}`);
      await keepPicture(page, `request-${dark ? "dark" : "light"}-1440`);
      await page.context().close();
    }
  });
});
