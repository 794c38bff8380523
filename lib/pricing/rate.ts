/**
 * What one event costs. Pure, exact, and cheap enough for every event of a busy gateway (some 1 µs).
 *
 * - Called upstream (any status): one line a meter, each rounded once, half-even; the cost is the sum of the lines.
 *   `savedNanoUsd` is then what the provider's prefix cache saved: cacheRead tokens at the input price less their own.
 * - Answered from a gateway cache (exact, semantic, retrieval, embedding): costs 0, has no lines; its meters describe
 *   the avoided call and `savedNanoUsd` is that call's price at the model that would have served it.
 * - No price, or a meter in use without one: unpriced, cost 0, never part of a sum that claims to be complete.
 */
import { METERS, type CostLine, type Rating, type UsageEvent } from "@/lib/telemetry/event";
import { isEffective, type Candidate, type CompiledRule, type PriceBook } from "./book";
import { lineNano } from "./fraction";
import { compilePlan, requestModifiers, tierAt, type MeterPlan, type Modifier, type PricePlan } from "./plan";

/** What of an event its price depends on. */
export type RateableEvent = Pick<
  UsageEvent,
  | "occurredAt"
  | "tenant"
  | "provider"
  | "modelServed"
  | "modelRequested"
  | "pool"
  | "status"
  | "cacheHit"
  | "cacheLayer"
  | "meters"
  | "serviceTier"
  | "batch"
>;

const INPUT = METERS.indexOf("input");
const CACHE_READ = METERS.indexOf("cacheRead");
const MAX_PLANS = 64;

/** Was there no upstream call? A prefix hit is a hit inside the provider's call, which is billed. */
export function isGatewayHit(event: Pick<UsageEvent, "cacheHit" | "cacheLayer">): boolean {
  return event.cacheHit && event.cacheLayer !== "prefix" && event.cacheLayer !== "none";
}

export function rateUsage(book: PriceBook, event: RateableEvent): Rating {
  const candidate = book.candidates(event).find(({ compiled }) => isEffective(compiled, event.occurredAt));
  return candidate ? rateWithRule(candidate, event) : unpriced(null);
}

/** The rating of an event by one given rule. */
export function rateWithRule({ compiled, asRequested }: Candidate, event: RateableEvent): Rating {
  const hit = isGatewayHit(event);
  const { rule } = compiled;
  if (rule.state === "free") {
    return { pricingState: "free", costNanoUsd: 0n, lines: hit ? [] : freeLines(event), priceRuleId: rule.id, savedNanoUsd: 0n };
  }
  const plan = planOf(compiled, event, asRequested);
  const { meters } = event;
  const context = meters.input + meters.cacheRead + meters.cacheWrite5m + meters.cacheWrite1h + meters.audioIn;
  const lines: CostLine[] = [];
  let total = 0n;
  let used = false;
  for (let i = 0; i < METERS.length; i++) {
    const meter = METERS[i]!;
    const quantity = meters[meter];
    if (quantity <= 0) continue;
    used = true;
    const meterPlan = plan.meters[i];
    if (!meterPlan) return unpriced(rule.id);
    total += pushLine(lines, meter, quantity, meterPlan, context);
  }
  // A fee per request is owed for an answer, or for work that was begun; a refused call is not charged.
  if (plan.request && (used || event.status === "success")) total += pushLine(lines, "request", 1, plan.request, context);
  // A rule that states no price for any meter (audio hours, for example) cannot say that an empty call was free.
  if (!used && lines.length === 0 && plan.meters.every((meterPlan) => meterPlan === null)) return unpriced(rule.id);
  if (hit) return { pricingState: "priced", costNanoUsd: 0n, lines: [], priceRuleId: rule.id, savedNanoUsd: total };
  return {
    pricingState: "priced",
    costNanoUsd: total,
    lines,
    priceRuleId: rule.id,
    savedNanoUsd: prefixSaving(plan, meters.cacheRead, context),
  };
}

function pushLine(lines: CostLine[], meter: CostLine["meter"], quantity: number, plan: MeterPlan, context: number): bigint {
  const tier = plan.tiers.length === 1 ? plan.tiers[0]! : tierAt(plan, context);
  const costNanoUsd = lineNano(quantity, tier.nano);
  lines.push({ meter, quantity, unitPriceUsd: tier.unitPriceUsd, modifiers: plan.modifiers, costNanoUsd });
  return costNanoUsd;
}

function prefixSaving(plan: PricePlan, cacheRead: number, context: number): bigint {
  const full = plan.meters[INPUT];
  const read = plan.meters[CACHE_READ];
  if (cacheRead <= 0 || !full || !read) return 0n;
  const saved = lineNano(cacheRead, tierAt(full, context).nano) - lineNano(cacheRead, tierAt(read, context).nano);
  return saved > 0n ? saved : 0n;
}

function freeLines(event: RateableEvent): CostLine[] {
  return METERS.filter((meter) => event.meters[meter] > 0).map((meter) => ({
    meter,
    quantity: event.meters[meter],
    unitPriceUsd: "0",
    modifiers: [],
    costNanoUsd: 0n,
  }));
}

function planOf(compiled: CompiledRule, event: RateableEvent, asRequested: boolean): PricePlan {
  const key = `${event.batch ? "b" : ""}${asRequested ? "r" : ""}${event.serviceTier ?? ""}`;
  const known = compiled.plans.get(key);
  if (known) return known;
  const modifiers: Modifier[] = requestModifiers(compiled.rule.prices, compiled.provider, event);
  if (asRequested) {
    modifiers.unshift({ reason: `the served model has no price: priced as the requested ${compiled.rule.model}`, factor: "1" });
  }
  const plan = compilePlan(compiled.rule.prices, modifiers);
  // Senders choose the tier's text: only so many are remembered.
  if (compiled.plans.size < MAX_PLANS) compiled.plans.set(key, plan);
  return plan;
}

const unpriced = (priceRuleId: number | null): Rating => ({
  pricingState: "unpriced",
  costNanoUsd: 0n,
  lines: [],
  priceRuleId,
  savedNanoUsd: 0n,
});
