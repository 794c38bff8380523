import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nanoToUsd } from "@/lib/money";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { usage } from "./fixtures";
import { findGpuRate, loadGpuRates } from "./gpu-rates";
import { loadPriceBook } from "./load";
import { rateUsage } from "./rate";
import { seedBasePriceBook } from "./seed";
import { readActiveRules, replaceBaseBook } from "./store";

const NOW = new Date("2026-11-20T12:00:00Z");
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => {
  await db.close();
});

describe("the price book in the database", () => {
  it("is seeded once, whatever number of programs start", async () => {
    const results = await Promise.all([1, 2, 3].map(() => seedBasePriceBook(db, NOW)));
    expect(results.map(({ inserted }) => inserted).filter((inserted) => inserted > 0)).toEqual([expect.any(Number)]);
    expect(await seedBasePriceBook(db, NOW)).toEqual({ inserted: 0, superseded: 0, gpuRates: 0 });
    const rules = await readActiveRules(db);
    expect(rules.length).toBeGreaterThan(1_600);
    expect(new Set(rules.map(({ source }) => source)).size).toBe(1);
    expect(rules[0]!.source).toMatch(/^genai-prices@\d+\.\d+\.\d+$/);
  });

  it("prices through real rows: o3 at 1M/1k costs $10.04 on 2025-05-01 and $2.008 on 2025-08-01", async () => {
    const book = await loadPriceBook(db, { maxAgeMs: 0 });
    const cost = (at: string) => nanoToUsd(rateUsage(book, usage("o3", { input: 1_000_000, output: 1_000 }, { at })).costNanoUsd);
    expect([cost("2025-05-01T00:00:00Z"), cost("2025-08-01T00:00:00Z")]).toEqual(["10.04", "2.008"]);
  });

  it("is read again only when a rule was added", async () => {
    const before = await loadPriceBook(db, { maxAgeMs: 0 });
    expect(await loadPriceBook(db, { maxAgeMs: 0 })).toBe(before);
    await db.pool.query(
      `insert into price_rule (book, provider, model, match, prices, source)
       values ('workspace', 'openai', 'gpt-4o', '{"model":{"equals":"gpt-4o"}}', '{"input":{"base":"2","tiers":[]}}', 'contract 7')`,
    );
    expect(await loadPriceBook(db)).toBe(before);
    const [after, same] = await Promise.all([loadPriceBook(db, { maxAgeMs: 0 }), loadPriceBook(db, { maxAgeMs: 0 })]);
    expect(after).not.toBe(before);
    expect(same).toBe(after);
    expect(nanoToUsd(rateUsage(after, usage("gpt-4o", { input: 1_000_000 })).costNanoUsd)).toBe("2");
  });

  it("a new version supersedes the base rules, keeps them, and leaves overrides alone", async () => {
    const active = await readActiveRules(db);
    const base = active.filter(({ book }) => book === "base");
    const fresh = base.slice(0, 3).map((rule) => ({ ...rule, source: "genai-prices@next" }));
    expect(await replaceBaseBook(db, "genai-prices@next", async () => fresh, NOW)).toEqual({
      inserted: 3,
      superseded: base.length,
    });
    const now = await readActiveRules(db);
    expect(now.map(({ book, source }) => [book, source])).toEqual([
      ["workspace", "contract 7"],
      ["base", "genai-prices@next"],
      ["base", "genai-prices@next"],
      ["base", "genai-prices@next"],
    ]);
    expect(now.slice(1).map(({ model }) => model)).toEqual(fresh.map(({ model }) => model));
    const { rows } = await db.pool.query<{ n: bigint }>("select count(*) as n from price_rule");
    expect(rows[0]!.n).toBe(BigInt(base.length + 4));
  });

  it("seeds GPU rates that state where they come from", async () => {
    const rates = await loadGpuRates(db);
    const rate = findGpuRate(rates, "NVIDIA H100 80GB HBM3", "reserved", NOW.getTime());
    expect(rate).toMatchObject({ gpuType: "H100", commitment: "on-demand", usdPerHour: "3.500000000" });
    expect(rate!.source).toMatch(/replace it with your contract/);
  });
});
