import { describe, expect, it } from "vitest";
import { toNanoUsd } from "@/lib/money";
import type { PriceRule } from "@/lib/pricing/schemas";
import { findBreakEven, plainModel } from "./break-even";

let id = 0;
const rule = (model: string, provider: string, input: string, output: string, over: Partial<PriceRule> = {}): PriceRule => ({
  id: (id += 1),
  book: "base",
  tenantId: null,
  provider,
  model,
  match: { model: { equals: model } },
  state: "priced",
  prices: { input: { base: input, tiers: [] }, output: { base: output, tiers: [] } },
  effectiveFrom: null,
  effectiveTo: null,
  source: "test",
  ...over,
});
const AT = Date.parse("2026-11-20T00:00:00Z");
// 1,000 requests of 800 prompt and 200 output tokens: 1M tokens.
const served = { requests: 1_000n, uncachedTokens: 800_000n, cachedTokens: 0n, decodeTokens: 200_000n };

describe("break-even against an API of the same model", () => {
  it.each([
    ["meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", "llama3.18b"],
    ["llama3.1-8b", "llama3.18b"],
    ["llama-3.1-8b-instant", "llama3.18b"],
    ["@cf/qwen/qwen2.5-coder-32b-instruct", "qwen2.5coder32b"],
    ["llama-3.1-70b-instruct", "llama3.170b"],
  ])("%s is %s", (name, plain) => {
    expect(plainModel(name)).toBe(plain);
  });

  it("takes the cheapest provider: $0.05 and $0.08 per 1M make $0.056; a bill of $28 is 500 times that, so 500M tokens", () => {
    const rules = [
      rule("meta-llama/Llama-3.1-8B-Instruct", "together", "0.18", "0.18"),
      rule("llama-3.1-8b-instant", "groq", "0.05", "0.08"),
      rule("llama-3.1-70b", "groq", "0.01", "0.01"),
      rule("llama-3.1-8b-instruct", "self-hosted", "0.001", "0.001", { book: "workspace" }),
    ];
    expect(findBreakEven(rules, "llama-3.1-8b-instruct", served, toNanoUsd("28"), AT)).toEqual({
      apiModel: "llama-3.1-8b-instant",
      apiProvider: "groq",
      apiUsd: "0.056",
      apiPer1mUsd: "0.056",
      ownPer1mUsd: "28",
      ratio: "500",
      breakEvenTokens: "500000000",
    });
  });

  it("compares with nobody where nobody sells the model, where the price is over, and without tokens", () => {
    const ended = rule("llama-3.1-8b", "groq", "0.05", "0.08", { effectiveTo: new Date(AT) });
    expect(findBreakEven([ended], "llama-3.1-8b", served, 1n, AT)).toBeNull();
    expect(findBreakEven([rule("gpt-4o", "openai", "1", "1")], "llama-3.1-8b", served, 1n, AT)).toBeNull();
    const nothing = { requests: 0n, uncachedTokens: 0n, cachedTokens: 0n, decodeTokens: 0n };
    expect(findBreakEven([rule("llama-3.1-8b", "groq", "1", "1")], "llama-3.1-8b", nothing, 1n, AT)).toBeNull();
  });
});
