import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calcPrice, waitForUpdate, type Usage } from "@pydantic/genai-prices";
import { METERS } from "@/lib/telemetry/event";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import { readBaseBook } from "./base-book";
import { buildPriceBook, type PriceBook } from "./book";
import { usage } from "./fixtures";
import { rateUsage } from "./rate";
import type { PriceRule, PriceRuleDraft } from "./schemas";

const baseRules: PriceRule[] = (await readBaseBook("genai-prices@test")).map((draft, index) => ({ ...draft, id: index + 1 }));
const book = buildPriceBook(baseRules, "1");

const override = (over: Partial<PriceRuleDraft>): PriceRuleDraft => ({
  book: "workspace",
  tenantId: null,
  provider: "openai",
  model: "gpt-4o",
  match: { model: { equals: "gpt-4o" } },
  state: "priced",
  prices: { input: { base: "2", tiers: [] }, output: { base: "8", tiers: [] } },
  effectiveFrom: null,
  effectiveTo: null,
  source: "contract",
  ...over,
});

/** The base book with overrides behind it, as the database would hold them. */
const withOverrides = (...drafts: PriceRuleDraft[]): PriceBook =>
  buildPriceBook([...baseRules, ...drafts.map((draft, index) => ({ ...draft, id: 100_001 + index }))], "2");

const dollars = (rated: { costNanoUsd: bigint }) => nanoToUsd(rated.costNanoUsd);

describe("the base book, worked by hand", () => {
  it("o3 at 1M input and 1k output costs $10.04 on 2025-05-01 and $2.008 on 2025-08-01", () => {
    const meters = { input: 1_000_000, output: 1_000 };
    const before = rateUsage(book, usage("o3", meters, { at: "2025-05-01T00:00:00Z" }));
    const after = rateUsage(book, usage("o3", meters, { at: "2025-08-01T00:00:00Z" }));
    expect([dollars(before), dollars(after)]).toEqual(["10.04", "2.008"]);
    expect(before.priceRuleId).not.toBe(after.priceRuleId);
  });

  it("gpt-4o: 812 input, 1,024 cached and 203 output at 2.50, 1.25 and 10 per 1M are $0.00534", () => {
    const rated = rateUsage(book, usage("gpt-4o", { input: 812, cacheRead: 1_024, output: 203 }));
    expect(
      rated.lines.map(({ meter, quantity, unitPriceUsd, costNanoUsd }) => [meter, quantity, unitPriceUsd, costNanoUsd]),
    ).toEqual([
      ["input", 812, "2.5", 2_030_000n],
      ["cacheRead", 1_024, "1.25", 1_280_000n],
      ["output", 203, "10", 2_030_000n],
    ]);
    expect(rated).toMatchObject({ pricingState: "priced", costNanoUsd: 5_340_000n });
    // The prefix cache saved 1,024 · (2.50 − 1.25) / 1M = $0.00128.
    expect(rated.savedNanoUsd).toBe(1_280_000n);
  });

  it("a context above the tier's start re-prices the whole request, cached input included", () => {
    // Sonnet 4.6 before 2026-03-13: above 200k of context 6 in, 0.60 cached, 22.50 out; up to it 3, 0.30, 15.
    const at = "2026-03-01T00:00:00Z";
    const sonnet = (input: number) =>
      usage("claude-sonnet-4-6", { input, cacheRead: 100_000, output: 1_000 }, { provider: "anthropic", at });
    expect(dollars(rateUsage(book, sonnet(100_000)))).toBe("0.345"); // .3 + .03 + .015
    expect(dollars(rateUsage(book, sonnet(100_001)))).toBe("0.682506"); // .600006 + .06 + .0225
    // From 2026-03-13 the long context costs the same as the short one.
    expect(dollars(rateUsage(book, { ...sonnet(100_001), occurredAt: Date.parse("2026-03-13T00:00:00Z") }))).toBe("0.345003");
  });

  it("Anthropic cache writes: 5 minutes at 3.75, one hour at 6", () => {
    const rated = rateUsage(
      book,
      usage("claude-sonnet-4-6", { cacheWrite5m: 10_000, cacheWrite1h: 10_000 }, { provider: "anthropic" }),
    );
    expect(dollars(rated)).toBe("0.0975");
  });

  it("peak hours hold inside their UTC window and only from the start date listed before them", () => {
    const flash = (at: string) =>
      dollars(rateUsage(book, usage("deepseek-v4-flash", { input: 1_000_000 }, { provider: "deepseek", at })));
    expect(flash("2026-09-01T00:59:59.999Z")).toBe("0.22");
    expect(flash("2026-09-01T01:00:00Z")).toBe("0.44");
    expect(flash("2026-09-01T04:00:00Z")).toBe("0.22");
    expect(flash("2026-08-16T02:00:00Z")).toBe("0.14");
  });
});

describe("agreement with the package's own arithmetic", () => {
  it("for every token-priced model of every provider, to a nano-dollar", async () => {
    const providers = (await waitForUpdate())!;
    const at = new Date("2026-11-20T20:00:00Z"); // outside every peak window
    const token = /^(input|output|cache_read|cache_write|cache_write_1h)_mtok$/;
    let compared = 0;
    for (const provider of providers) {
      for (const model of provider.models) {
        const name = model.id.toLowerCase();
        // The first model of the provider that matches this id decides, in both.
        const sent = { input: 120_001, cacheRead: 30_011, cacheWrite5m: 1_003, output: 777 };
        const given: Usage = {
          input_tokens: 151_015,
          cache_read_tokens: 30_011,
          cache_write_tokens: 1_003,
          cache_write_5m_tokens: 1_003,
          output_tokens: 777,
        };
        const theirs = calcPrice(given, name, { providerId: provider.id, timestamp: at });
        if (!theirs || !Object.keys(theirs.model_price).every((key) => token.test(key) || key === "web_searches_kcount"))
          continue;
        if (theirs.model_price["output_mtok"] === undefined || theirs.model_price["input_mtok"] === undefined) continue;
        const ours = rateUsage(book, usage(name, sent, { provider: provider.id, at: at.toISOString() }));
        const off = ours.costNanoUsd - toNanoUsd(theirs.total_price.toFixed(12));
        expect([provider.id, name, off >= -2n && off <= 2n, ours.pricingState !== "unpriced"]).toEqual([
          provider.id,
          name,
          true,
          true,
        ]);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(1_200);
  });
});

describe("which rule", () => {
  const gpt4o = { input: 1_000_000 };

  it("goes tenant override → workspace override → base", () => {
    const own = withOverrides(
      override({}),
      override({
        book: "tenant",
        tenantId: "acme",
        prices: { input: { base: "1", tiers: [] }, output: { base: "4", tiers: [] } },
      }),
    );
    expect(dollars(rateUsage(own, usage("gpt-4o", gpt4o)))).toBe("1");
    expect(dollars(rateUsage(own, usage("gpt-4o", gpt4o, { tenant: "globex" })))).toBe("2");
    expect(dollars(rateUsage(own, usage("gpt-4o-mini", gpt4o)))).toBe("0.15");
  });

  it("is the one in effect when the request ran, from inclusive, to exclusive", () => {
    const own = withOverrides(
      override({ effectiveFrom: new Date("2026-10-01T00:00:00Z"), effectiveTo: new Date("2026-11-01T00:00:00Z") }),
    );
    const at = (instant: string) => dollars(rateUsage(own, usage("gpt-4o", gpt4o, { at: instant })));
    expect(at("2026-09-30T23:59:59.999Z")).toBe("2.5");
    expect(at("2026-10-01T00:00:00Z")).toBe("2");
    expect(at("2026-10-31T23:59:59.999Z")).toBe("2");
    expect(at("2026-11-01T00:00:00Z")).toBe("2.5");
  });

  it("prefers an override that names the model to one that describes many", () => {
    const many = override({ match: { model: { starts_with: "gpt-" } }, prices: { input: { base: "9", tiers: [] } } });
    expect(dollars(rateUsage(withOverrides(override({}), many), usage("gpt-4o", gpt4o)))).toBe("2");
  });

  it.each([
    ["azure.ai.openai", "gpt-4o-2024-08-06", "2.5"],
    ["azure", "gpt-4o", "2.5"],
    ["gcp.vertex_ai", "claude-sonnet-4-6", "3"],
    ["vertex_ai", "gemini-2.5-flash", "0.3"],
    ["litellm", "openai/gpt-4o", "2.5"],
    ["", "gpt-4o-mini", "0.15"],
    ["OpenAI", "GPT-4o", "2.5"],
  ])("knows provider %s with model %s", (provider, model, expected) => {
    expect(dollars(rateUsage(book, usage(model, gpt4o, { provider })))).toBe(expected);
  });

  it("uses the requested model when the served one is unknown, and says so in the line", () => {
    const rated = rateUsage(book, usage("gpt-4o", gpt4o, { modelServed: "my-deployment-7" }));
    expect(dollars(rated)).toBe("2.5");
    expect(rated.lines[0]!.modifiers[0]!.reason).toBe("the served model has no price: priced as the requested gpt-4o");
  });

  it("never prices an own GPU from the base book", () => {
    for (const over of [{ provider: "self-hosted" }, { provider: "vllm" }, { provider: "openai", pool: "h100-chat" }]) {
      expect(rateUsage(book, usage("gpt-4o", gpt4o, over))).toMatchObject({
        pricingState: "unpriced",
        costNanoUsd: 0n,
        priceRuleId: null,
      });
    }
    const internal = override({ provider: "self-hosted", model: "llama-3.1-70b", match: { model: { equals: "llama-3.1-70b" } } });
    const rated = rateUsage(
      withOverrides(internal),
      usage("llama-3.1-70b", gpt4o, { provider: "vllm", pool: "h100-chat", batch: true }),
    );
    expect(dollars(rated)).toBe("2");
  });
});

describe("states", () => {
  it("an unknown model is unpriced, never free", () => {
    expect(rateUsage(book, usage("nobody-knows-me", { input: 5 }))).toEqual({
      pricingState: "unpriced",
      costNanoUsd: 0n,
      lines: [],
      priceRuleId: null,
      savedNanoUsd: 0n,
    });
  });

  it("a meter in use without a price makes the request unpriced and names the rule that lacks it", () => {
    const rated = rateUsage(book, usage("gpt-4o", { input: 5, image: 1 }));
    expect(rated).toMatchObject({ pricingState: "unpriced", costNanoUsd: 0n, lines: [] });
    expect(rated.priceRuleId).toBeGreaterThan(0);
  });

  it("free by rule costs 0 and keeps the quantities", () => {
    const rated = rateUsage(withOverrides(override({ state: "free" })), usage("gpt-4o", { input: 5, output: 7 }));
    expect(rated).toMatchObject({ pricingState: "free", costNanoUsd: 0n });
    expect(rated.lines.map(({ meter, quantity }) => [meter, quantity])).toEqual([
      ["input", 5],
      ["output", 7],
    ]);
  });

  it("a failed attempt with tokens costs money; a refused one without tokens costs nothing and is still priced", () => {
    expect(dollars(rateUsage(book, usage("gpt-4o", { input: 1_000 }, { status: "timeout" })))).toBe("0.0025");
    expect(rateUsage(book, usage("gpt-4o", {}, { status: "rate_limited" }))).toMatchObject({
      pricingState: "priced",
      costNanoUsd: 0n,
      lines: [],
    });
  });

  it("a fee per request is owed for an answer, not for a refusal", () => {
    const fee = withOverrides(override({ prices: { input: { base: "1", tiers: [] }, request: { base: "0.005", tiers: [] } } }));
    expect(dollars(rateUsage(fee, usage("gpt-4o", { input: 1_000 })))).toBe("0.006");
    expect(dollars(rateUsage(fee, usage("gpt-4o", {}, { status: "rate_limited" })))).toBe("0");
  });

  it("a gateway cache hit costs 0 and saved the price of the call it avoided", () => {
    const call = usage("gpt-4o", { input: 812, cacheRead: 1_024, output: 203 });
    for (const cacheLayer of ["exact", "semantic", "retrieval", "embedding"] as const) {
      expect(rateUsage(book, { ...call, cacheHit: true, cacheLayer })).toMatchObject({
        pricingState: "priced",
        costNanoUsd: 0n,
        lines: [],
        savedNanoUsd: 5_340_000n,
      });
    }
    expect(rateUsage(book, { ...call, cacheHit: true, cacheLayer: "prefix" })).toMatchObject({
      costNanoUsd: 5_340_000n,
      savedNanoUsd: 1_280_000n,
    });
  });
});

describe("meters without a price of their own", () => {
  it.each([
    [{ cacheRead: 1_000_000 }, "2", "no own price: priced as input"],
    [{ cacheWrite5m: 1_000_000 }, "2", "no own price: priced as input"],
    [{ cacheWrite1h: 1_000_000 }, "2", "no own price: priced as input"],
    [{ audioIn: 1_000_000 }, "2", "no own price: priced as input"],
    [{ audioOut: 1_000_000 }, "8", "no own price: priced as output"],
  ])("%j falls back", (meters, expected, reason) => {
    const rated = rateUsage(withOverrides(override({})), usage("gpt-4o", meters));
    expect([dollars(rated), rated.lines[0]!.modifiers]).toEqual([expected, [{ reason, factor: "1" }]]);
  });

  it("a one-hour cache write without a price takes the 5-minute one first", () => {
    const rule = override({ prices: { input: { base: "2", tiers: [] }, cacheWrite5m: { base: "2.5", tiers: [] } } });
    expect(dollars(rateUsage(withOverrides(rule), usage("gpt-4o", { cacheWrite1h: 1_000_000 })))).toBe("2.5");
  });
});

describe("modifiers", () => {
  const million = { input: 1_000_000 };
  const line = (rated: ReturnType<typeof rateUsage>) => [dollars(rated), rated.lines[0]!.modifiers];

  it("batch is half unless the rule says otherwise", () => {
    expect(line(rateUsage(book, usage("gpt-4o", million, { batch: true })))).toEqual([
      "1.25",
      [{ reason: "batch", factor: "0.5" }],
    ]);
    const stated = override({ prices: { input: { base: "2", tiers: [] }, modifiers: { batch: "0.6" } } });
    expect(line(rateUsage(withOverrides(stated), usage("gpt-4o", million, { batch: true })))).toEqual([
      "1.2",
      [{ reason: "batch", factor: "0.6" }],
    ]);
  });

  it("flex is half, standard is plain, priority takes the rule's factor and admits when there is none", () => {
    expect(dollars(rateUsage(book, usage("gpt-4o", million, { serviceTier: "flex" })))).toBe("1.25");
    expect(line(rateUsage(book, usage("gpt-4o", million, { serviceTier: "default" })))).toEqual(["2.5", []]);
    expect(line(rateUsage(book, usage("gpt-4o", million, { serviceTier: "priority" })))).toEqual([
      "2.5",
      [{ reason: "service tier priority: no factor in the price book", factor: "1" }],
    ]);
    const stated = override({ prices: { input: { base: "2", tiers: [] }, modifiers: { serviceTier: { priority: "1.75" } } } });
    expect(dollars(rateUsage(withOverrides(stated), usage("gpt-4o", million, { serviceTier: "priority" })))).toBe("3.5");
  });

  it("batch and flex do not stack", () => {
    expect(dollars(rateUsage(book, usage("gpt-4o", million, { batch: true, serviceTier: "flex" })))).toBe("1.25");
  });

  it("a negotiated discount holds for its meter only", () => {
    const rule = override({
      prices: { input: { base: "2", tiers: [] }, output: { base: "8", tiers: [] }, modifiers: { discount: { input: "0.85" } } },
    });
    const rated = rateUsage(withOverrides(rule), usage("gpt-4o", { input: 1_000_000, output: 1_000_000 }));
    expect(rated.lines.map((each) => nanoToUsd(each.costNanoUsd))).toEqual(["1.7", "8"]);
  });
});

describe("for any usage", () => {
  it("the cost is the sum of the lines, each line is one meter, nothing is negative", () => {
    const quantity = fc.integer({ min: 0, max: 2_000_000 });
    const meters = fc.record({
      input: quantity,
      cacheRead: quantity,
      cacheWrite5m: quantity,
      cacheWrite1h: quantity,
      output: quantity,
    });
    const model = fc.constantFrom("gpt-4o", "o3", "claude-sonnet-4-6", "gemini-2.5-pro", "deepseek-v4-pro", "nobody-knows-me");
    fc.assert(
      fc.property(model, meters, fc.boolean(), fc.boolean(), (name, used, batch, cacheHit) => {
        const event = usage(name, used, { provider: "unknown", batch, cacheHit, cacheLayer: cacheHit ? "exact" : "none" });
        const rated = rateUsage(book, event);
        expect(rated.lines.reduce((sum, each) => sum + each.costNanoUsd, 0n)).toBe(rated.costNanoUsd);
        expect(new Set(rated.lines.map((each) => each.meter)).size).toBe(rated.lines.length);
        expect(rated.lines.every((each) => each.costNanoUsd >= 0n)).toBe(true);
        expect(rated.savedNanoUsd >= 0n).toBe(true);
        if (rated.pricingState === "priced" && !cacheHit)
          expect(rated.lines.length).toBe(METERS.filter((meter) => event.meters[meter] > 0).length);
      }),
    );
  });
});
