import { expect, test, type Page } from "@playwright/test";
import { formatMetricValue } from "@/components/format/metric-value";
import { formatUsd, nanoToUsd } from "@/lib/money";
import { historyLoaded, pageOf, settled, sql } from "./journey";

/**
 * What pages show equals SQL over the raw rows, written here without Headroom's metric code. The period is two whole
 * past days, chosen while no late event can still arrive for them.
 */
const DAY_MS = 86_400_000;
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const from = new Date(today - 5 * DAY_MS).toISOString();
const to = new Date(today - 3 * DAY_MS).toISOString();
const period = `range=absolute&from=${from}&to=${to}&compare=off`;
const usd = (nano: string) => formatMetricValue(nanoToUsd(BigInt(nano)), "usd");

interface Totals extends Record<string, unknown> {
  key: string;
  cost: string;
  requests: string;
  successes: string;
  hits: string;
  lookups: string;
}

const totals = (groupBy: "tenant" | "endpoint" | null) =>
  sql<Totals>(
    `select ${groupBy ?? "'all'"} as key, sum(cost_nano)::text as cost,
       count(*) filter (where final and not shadow)::text as requests,
       count(*) filter (where final and not shadow and status = 'success')::text as successes,
       count(*) filter (where final and not shadow and cache_hit and cache_layer in ('exact', 'semantic', 'retrieval', 'embedding'))::text as hits,
       count(*) filter (where final and not shadow and cache_layer in ('exact', 'semantic', 'retrieval', 'embedding'))::text as lookups
     from telemetry.event where occurred_at >= $1 and occurred_at < $2 group by 1 order by sum(cost_nano) desc`,
    [from, to],
  );

const count = (text: string) => formatMetricValue(text, "count");
const ratio = (a: string, b: string) => formatMetricValue(String(Number(a) / Number(b)), "ratio");
const perSuccess = (row: Totals) => formatMetricValue(String(Number(nanoToUsd(BigInt(row.cost))) / Number(row.successes)), "usd");

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await settled(page);
}

test.describe("the sums on a page equal SQL over the raw rows", () => {
  test.beforeAll(historyLoaded);

  test("overview", async ({ browser }) => {
    const page = await pageOf(browser, "analyst");
    await open(page, `/?${period}`);
    const [all] = await totals(null);
    expect(Number(all!.requests)).toBeGreaterThan(1_000);
    const figures = page.getByRole("region", { name: "Key figures" });
    for (const [label, value] of [
      ["Cost", usd(all!.cost)],
      ["Cost per successful request", perSuccess(all!)],
      ["Requests", count(all!.requests)],
      ["Success rate", ratio(all!.successes, all!.requests)],
      ["Cache hit rate", ratio(all!.hits, all!.lookups)],
    ] as const) {
      await expect(figures.getByRole("link", { name: `${label}: ${value}.` }), label).toBeVisible();
    }
    await page.context().close();
  });

  test("tenants", async ({ browser }) => {
    const page = await pageOf(browser, "analyst");
    await open(page, `/tenants?${period}`);
    const names = new Map(
      (await sql<{ id: string; name: string }>("select id, name from tenant")).map(({ id, name }) => [id, name]),
    );
    // The statements below name the tenants as well.
    const table = page.getByRole("table", { name: "Tenants", exact: true });
    for (const row of await totals("tenant")) {
      const line = table.getByRole("row").filter({ hasText: names.get(row.key)! });
      await expect(line, row.key).toContainText(usd(row.cost));
      await expect(line, row.key).toContainText(count(row.requests));
      await expect(line, row.key).toContainText(perSuccess(row));
    }
    await page.context().close();
  });

  test("performance: timeouts, retries and duplicates", async ({ browser }) => {
    const page = await pageOf(browser, "lead");
    await open(page, `/performance?${period}`);
    const [row] = await sql<{ requests: string; timeouts: string; attempts: string; retries: string; duplicates: string }>(
      `select count(*) filter (where final)::text as requests, count(*) filter (where final and status = 'timeout')::text as timeouts,
         count(*) filter (where not cache_hit or cache_layer = 'prefix')::text as attempts,
         count(*) filter (where (not cache_hit or cache_layer = 'prefix') and attempt > 1)::text as retries,
         count(*) filter (where final and duplicate)::text as duplicates
       from telemetry.event where occurred_at >= $1 and occurred_at < $2 and not shadow`,
      [from, to],
    );
    for (const [label, value] of [
      ["Timeout rate", ratio(row!.timeouts, row!.requests)],
      ["Retry rate", ratio(row!.retries, row!.attempts)],
      ["Duplicate rate", ratio(row!.duplicates, row!.requests)],
    ] as const) {
      await expect(page.getByRole("link", { name: `${label}: ${value}.` }), label).toBeVisible();
    }
    await page.context().close();
  });

  test("explore, by endpoint", async ({ browser }) => {
    const page = await pageOf(browser, "analyst");
    const rows = await totals("endpoint");
    await open(page, `/explore?metrics=cost_usd,requests,success_rate&by=endpoint&chart=table&${period}`);
    for (const row of rows) {
      const line = page.getByRole("row").filter({ hasText: row.key });
      await expect(line, row.key).toContainText(usd(row.cost));
      await expect(line, row.key).toContainText(count(row.requests));
    }
    await page.context().close();
  });

  test("caching: dollars saved per layer", async ({ browser }) => {
    const page = await pageOf(browser, "lead");
    await open(page, `/caching?${period}`);
    const layers = await sql<{ layer: string; saved: string; hits: string; lookups: string }>(
      `select cache_layer as layer, sum(saved_nano) filter (where cache_hit and not shadow)::text as saved,
         count(*) filter (where cache_hit and final and not shadow)::text as hits,
         -- a semantic cache is asked only when the exact one had no answer
         (count(*) filter (where final and not shadow) + case when cache_layer = 'exact' then
           (select count(*) from telemetry.event where occurred_at >= $1 and occurred_at < $2 and cache_layer = 'semantic' and final and not shadow)
           else 0 end)::text as lookups
       from telemetry.event where occurred_at >= $1 and occurred_at < $2 and cache_layer in ('exact', 'semantic', 'retrieval', 'embedding') group by 1`,
      [from, to],
    );
    expect(layers.length).toBeGreaterThan(2);
    const table = page.getByRole("table", { name: "Cache layers" });
    for (const { layer, saved, hits, lookups } of layers) {
      const line = table.getByRole("row").filter({ hasText: new RegExp(`^${layer}`, "i") });
      await expect(line, layer).toContainText(usd(saved));
      await expect(line, layer).toContainText(ratio(hits, lookups));
    }
    await page.context().close();
  });

  test("utilization: busy and idle hours and dollars of every pool", async ({ browser }) => {
    const page = await pageOf(browser, "lead");
    await open(page, `/utilization?${period}`);
    const pools = await sql<{ name: string; busy_ms: string; idle_ms: string; busy: string; idle: string }>(
      `select p.name, sum(busy_gpu_ms)::text as busy_ms, sum(idle_gpu_ms)::text as idle_ms, sum(busy_nano)::text as busy, sum(idle_nano)::text as idle
       from telemetry.node_sample s join pool p on p.id = s.pool where at >= $1 and at < $2 group by 1`,
      [from, to],
    );
    expect(pools.length).toBe(2);
    for (const pool of pools) {
      const card = page.getByRole("region", { name: pool.name, exact: true });
      await expect(card, pool.name).toContainText(usd(pool.idle));
      await expect(card, pool.name).toContainText(usd(pool.busy));
      await expect(card, pool.name).toContainText(formatMetricValue(String(Number(pool.busy_ms) / 3_600_000), "hours"));
      await expect(card, pool.name).toContainText(formatMetricValue(String(Number(pool.idle_ms) / 3_600_000), "hours"));
    }
    await page.context().close();
  });

  test("requests: one request's attempts add up to what the list and the database say", async ({ browser }) => {
    const page = await pageOf(browser, "analyst");
    const [row] = await sql<{ request_id: string; cost: string; attempts: string }>(
      `select request_id, sum(cost_nano)::text as cost, count(*)::text as attempts from telemetry.event
       where occurred_at >= $1 and occurred_at < $2 group by 1 having count(*) > 1 and sum(cost_nano) > 0 order by 2 desc limit 1`,
      [from, to],
    );
    await open(page, `/requests/${encodeURIComponent(row!.request_id)}`);
    // As people read it: the page rounds a total, and only its lines are exact.
    await expect(page.getByRole("main")).toContainText(`Cost, all attempts${formatUsd(nanoToUsd(BigInt(row!.cost)))}`);
    await page.context().close();
  });
});
