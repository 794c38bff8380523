/**
 * A rule with its modifiers, compiled to exact fractions: what one unit of each meter costs in nano-USD.
 * Made once per rule and combination of modifiers, then used for every event.
 */
import { METERS, type Meter } from "@/lib/telemetry/event";
import { nanoPrice, type NanoPrice } from "./fraction";
import { SELF_HOSTED } from "./providers";
import type { MeterPrice, RulePrices } from "./schemas";

export interface Modifier {
  reason: string;
  factor: string;
}

export interface TierPrice {
  /** Applies to requests whose context is longer than this; -1 for the base price. */
  start: number;
  unitPriceUsd: string;
  nano: NanoPrice;
}

export interface MeterPlan {
  /** Ascending by start; the base price first. */
  tiers: TierPrice[];
  modifiers: Modifier[];
}

export interface PricePlan {
  /** In the order of METERS; null: the rule has no price for this meter. */
  meters: (MeterPlan | null)[];
  request: MeterPlan | null;
}

/** Where a meter without an own price looks, in order. Cached and written input was input; audio was text input or output. */
const FALLBACKS: Record<Meter, readonly Meter[]> = {
  input: [],
  cacheRead: ["input"],
  cacheWrite5m: ["input"],
  cacheWrite1h: ["cacheWrite5m", "input"],
  output: [],
  audioIn: ["input"],
  audioOut: ["output"],
  image: [],
};

const PER_MILLION = 1_000_000n;
const DEFAULT_BATCH = "0.5";
const DEFAULT_TIERS: Record<string, string> = { flex: "0.5" };
const NEUTRAL_TIERS = new Set(["", "default", "standard", "standard_only", "auto", "on_demand"]);

/** Batch and service tier never stack: a batch call has no other tier. An own GPU gives no list discount. */
export function requestModifiers(
  prices: RulePrices,
  provider: string,
  event: { batch: boolean; serviceTier: string | null },
): Modifier[] {
  const stated = prices.modifiers;
  const tier = event.serviceTier?.toLowerCase() ?? "";
  if (event.batch || tier === "batch") {
    const factor = stated?.batch ?? (provider === SELF_HOSTED ? "1" : DEFAULT_BATCH);
    return factor === "1" ? [] : [{ reason: "batch", factor }];
  }
  if (NEUTRAL_TIERS.has(tier)) return [];
  const factor = stated?.serviceTier?.[tier] ?? (provider === SELF_HOSTED ? undefined : DEFAULT_TIERS[tier]);
  return [
    factor === undefined
      ? { reason: `service tier ${tier}: no factor in the price book`, factor: "1" }
      : { reason: `service tier ${tier}`, factor },
  ];
}

export function compilePlan(prices: RulePrices, modifiers: readonly Modifier[]): PricePlan {
  const plan = (meter: Meter | "request", price: MeterPrice, units: bigint, extra: readonly Modifier[]): MeterPlan => {
    const discount = prices.modifiers?.discount?.[meter];
    const applied = [
      ...extra,
      ...modifiers,
      ...(discount === undefined ? [] : [{ reason: "negotiated discount", factor: discount }]),
    ];
    const factors = applied.map(({ factor }) => factor);
    const tier = (start: number, usd: string): TierPrice => ({ start, unitPriceUsd: usd, nano: nanoPrice(usd, units, factors) });
    return { modifiers: applied, tiers: [tier(-1, price.base), ...price.tiers.map(({ start, price: usd }) => tier(start, usd))] };
  };
  const meters = METERS.map((meter) => {
    const own = prices[meter];
    if (own) return plan(meter, own, PER_MILLION, []);
    const source = FALLBACKS[meter].find((other) => prices[other]);
    return source
      ? plan(meter, prices[source]!, PER_MILLION, [{ reason: `no own price: priced as ${source}`, factor: "1" }])
      : null;
  });
  return { meters, request: prices.request ? plan("request", prices.request, 1n, []) : null };
}

/** The tier of a request by its context length: it prices every token of the request, not only those above `start`. */
export function tierAt(plan: MeterPlan, contextTokens: number): TierPrice {
  let found = plan.tiers[0]!;
  for (const tier of plan.tiers) if (contextTokens > tier.start) found = tier;
  return found;
}
