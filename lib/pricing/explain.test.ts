import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { explainCost, type ChargedEvent } from "./explain";
import { usage } from "./fixtures";
import type { RateableEvent } from "./rate";
import { loadPriceBook } from "./load";
import { rateUsage } from "./rate";
import { seedBasePriceBook } from "./seed";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await seedBasePriceBook(db, new Date("2026-11-20T12:00:00Z"));
});
afterAll(async () => {
  await db.close();
});

async function charged(event: RateableEvent): Promise<ChargedEvent> {
  const { pricingState, costNanoUsd, savedNanoUsd, priceRuleId, lines } = rateUsage(await loadPriceBook(db), event);
  return { ...event, pricingState, costNanoUsd, savedNanoUsd, priceRuleId, lines };
}

describe("explain this cost", () => {
  it("shows quantity, unit price, modifiers and the exact amount of each line, and the rule behind them", async () => {
    const explained = await explainCost(
      db,
      await charged(usage("o3", { input: 1_001, output: 7 }, { batch: true, at: "2025-08-01T00:00:00Z" })),
    );
    const modifiers = [{ reason: "batch", factor: "0.5" }];
    expect(explained).toMatchObject({
      state: "priced",
      costUsd: "0.001029", // 1,001 · 2 · 0.5 / 1M + 7 · 8 · 0.5 / 1M
      recounted: true,
      lines: [
        { meter: "input", quantity: 1_001, unitPriceUsd: "2", modifiers, amountUsd: "0.001001" },
        { meter: "output", quantity: 7, unitPriceUsd: "8", modifiers, amountUsd: "0.000028" },
      ],
      rule: { book: "base", provider: "openai", model: "o3", effectiveFrom: "2025-06-10T00:00:00.000Z", effectiveTo: null },
      whatToDo: null,
    });
    expect(explained.rule!.source).toMatch(/^genai-prices@/);
  });

  it("shows what a cache hit avoided, line by line", async () => {
    const hit = await charged(usage("gpt-4o", { input: 812, output: 203 }, { cacheHit: true, cacheLayer: "semantic" }));
    const explained = await explainCost(db, hit);
    expect(explained).toMatchObject({ costUsd: "0", savedUsd: "0.00406", lines: [], recounted: true });
    expect(explained.avoided.map(({ meter, amountUsd }) => [meter, amountUsd])).toEqual([
      ["input", "0.00203"],
      ["output", "0.00203"],
    ]);
    expect(explained.reason).toContain("semantic cache");
  });

  it("notices a stored line that does not follow from its own numbers", async () => {
    const event = await charged(usage("gpt-4o", { input: 812 }));
    const tampered = { ...event, lines: [{ ...event.lines[0]!, costNanoUsd: 1n }] };
    expect((await explainCost(db, tampered)).recounted).toBe(false);
  });

  it("says why there is no price and what to do", async () => {
    const unknown = await explainCost(db, await charged(usage("mystery-1", { input: 1 })));
    expect(unknown).toMatchObject({ state: "unpriced", rule: null });
    expect(unknown.whatToDo).toContain('provider "openai", model "mystery-1"');
    const own = await explainCost(db, await charged(usage("llama-70b", { input: 1 }, { provider: "vllm" })));
    expect(own.whatToDo).toContain('provider "self-hosted"');
    const meterless = await explainCost(db, await charged(usage("gpt-4o", { input: 1, image: 1 })));
    expect(meterless.reason).toContain("no rate for image");
    expect(meterless.rule!.model).toBe("gpt-4o");
  });
});
