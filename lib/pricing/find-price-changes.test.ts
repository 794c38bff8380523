import { describe, expect, it } from "vitest";
import { buildPriceBook, type PriceKey } from "./book";
import { findPriceChanges } from "./find-price-changes";
import type { PriceRule, RulePrices } from "./schemas";

const FROM = new Date("2026-11-01T00:00:00Z");
const TO = new Date("2026-12-01T00:00:00Z");
const NEGOTIATED_AT = "2026-11-15T00:00:00Z";

const per1M = (input: string, output?: string): RulePrices => ({
  input: { base: input, tiers: [] },
  ...(output ? { output: { base: output, tiers: [] } } : {}),
});

/** gpt-4.1 of openai, always, at its list price of $2 and $8, unless told otherwise. */
let id = 0;
const rule = ({ from, to, ...over }: Partial<PriceRule> & { from?: string; to?: string }): PriceRule => ({
  id: (id += 1),
  book: "base",
  tenantId: null,
  provider: "openai",
  model: "gpt-4.1",
  match: { model: { equals: over.model ?? "gpt-4.1" } },
  state: "priced",
  prices: per1M("2", "8"),
  effectiveFrom: from ? new Date(from) : null,
  effectiveTo: to ? new Date(to) : null,
  source: "test",
  ...over,
});
const key = (tenant: string, model = "gpt-4.1"): PriceKey => ({
  tenant,
  provider: "openai",
  modelServed: model,
  modelRequested: model,
  pool: null,
});
const changes = (rules: PriceRule[], keys: PriceKey[] = [key("acme")]) =>
  findPriceChanges(buildPriceBook(rules, "1"), keys, FROM, TO).map(({ at, sentence }) => [at.toISOString(), sentence]);

describe("price changes of a period", () => {
  const negotiated = rule({ book: "workspace", prices: per1M("1.60", "6.40"), from: NEGOTIATED_AT });

  it("compares an override with the list price that held before, once for all tenants that used the model", () => {
    expect(changes([rule({}), negotiated], [key("acme"), key("globex")])).toEqual([
      ["2026-11-15T00:00:00.000Z", "gpt-4.1 (openai): input $2.00 → $1.60, output $8.00 → $6.40 per 1M, workspace price"],
    ]);
  });

  it("is silent about models that nobody used, and about changes outside [from, to)", () => {
    expect(changes([rule({}), negotiated], [key("acme", "gpt-4o")])).toEqual([]);
    expect(changes([rule({}), rule({ book: "workspace", prices: per1M("1"), from: "2026-10-31T23:59:59Z" })])).toEqual([]);
    expect(changes([rule({}), rule({ book: "workspace", prices: per1M("1"), from: "2026-12-01T00:00:00Z" })])).toEqual([]);
    expect(changes([rule({}), rule({ book: "workspace", prices: per1M("1"), from: "2026-11-01T00:00:00Z" })])).toHaveLength(1);
  });

  it("names the tenant whose price it is, and shows it through that tenant's traffic only", () => {
    const own = rule({
      book: "tenant",
      tenantId: "acme",
      prices: per1M("1", "8"),
      from: NEGOTIATED_AT,
      to: "2026-11-20T00:00:00Z",
    });
    expect(changes([rule({}), own], [key("globex")])).toEqual([]);
    expect(changes([rule({}), own], [key("globex"), key("acme")])).toEqual([
      ["2026-11-15T00:00:00.000Z", "gpt-4.1 (openai): input $2.00 → $1.00 per 1M, price of tenant acme"],
      ["2026-11-20T00:00:00.000Z", "gpt-4.1 (openai): input $1.00 → $2.00 per 1M, list price for tenant acme"],
    ]);
  });

  it("a new list price is no change for whom a negotiated price holds", () => {
    const list = [rule({ to: NEGOTIATED_AT }), rule({ prices: per1M("3", "8"), from: NEGOTIATED_AT })];
    expect(changes(list)).toEqual([["2026-11-15T00:00:00.000Z", "gpt-4.1 (openai): input $2.00 → $3.00 per 1M, list price"]]);
    expect(changes([...list, rule({ book: "workspace", prices: per1M("1.60") })])).toEqual([]);
  });

  it("an override that states what held anyway is no change", () => {
    expect(changes([rule({}), rule({ book: "workspace", prices: per1M("2.00", "8"), from: NEGOTIATED_AT })])).toEqual([]);
  });

  it("counts a negotiated discount, quotes all digits and long contexts: 15 % off $1.25 is $1.0625", () => {
    const tiers = [{ start: 200_000, price: "2.5" }];
    const list = rule({ prices: { input: { base: "1.25", tiers } } });
    const prices: RulePrices = { input: { base: "1.25", tiers }, modifiers: { discount: { input: "0.85" } } };
    expect(changes([list, rule({ book: "workspace", prices, from: NEGOTIATED_AT })])).toEqual([
      [
        "2026-11-15T00:00:00.000Z",
        "gpt-4.1 (openai): input $1.25 ($2.50 above 200,000 tokens) → $1.0625 ($2.125 above 200,000 tokens) per 1M, workspace price",
      ],
    ]);
  });

  it("says when a price begins, ends, becomes free, and what a request costs", () => {
    const fee = rule({ from: NEGOTIATED_AT, to: "2026-11-20T00:00:00Z", prices: { request: { base: "0.005", tiers: [] } } });
    expect(changes([fee])).toEqual([
      ["2026-11-15T00:00:00.000Z", "gpt-4.1 (openai): priced from here on: fee $0.005 per request, list price"],
      ["2026-11-20T00:00:00.000Z", "gpt-4.1 (openai): no price any more"],
    ]);
    const free = rule({ book: "workspace", state: "free", prices: {}, from: NEGOTIATED_AT, to: "2026-11-20T00:00:00Z" });
    expect(changes([rule({}), free]).map(([, sentence]) => sentence)).toEqual([
      "gpt-4.1 (openai): free from here on, workspace price",
      "gpt-4.1 (openai): no longer free: input $2.00, output $8.00 per 1M, list price",
    ]);
  });

  it("leaves peak hours out: they begin and end every day", () => {
    const peak = rule({
      prices: per1M("4"),
      match: { model: { equals: "gpt-4.1" }, dailyWindow: { start: "00:00:00Z", end: "08:00:00Z" } },
      from: NEGOTIATED_AT,
    });
    expect(changes([rule({}), peak])).toEqual([]);
  });
});
