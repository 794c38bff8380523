/** Why one event cost what it cost: the lines as they were stored, the rule that priced them, and a recount. */
import { nanoToUsd } from "@/lib/money";
import { METERS, type CostLine, type PricingState } from "@/lib/telemetry/event";
import type { Db } from "@/lib/db";
import { compileRule } from "./book";
import { lineNano, nanoPrice } from "./fraction";
import { canonicalProvider, SELF_HOSTED } from "./providers";
import { isGatewayHit, rateWithRule, type RateableEvent } from "./rate";
import { readRule } from "./store";

/** A stored event with its stored rating. */
export interface ChargedEvent extends RateableEvent {
  pricingState: PricingState;
  costNanoUsd: bigint;
  savedNanoUsd: bigint;
  priceRuleId: number | null;
  lines: CostLine[];
}

export interface ExplainedLine {
  meter: CostLine["meter"];
  quantity: number;
  /** Dollars per 1M units; per request for the meter `request`. */
  unitPriceUsd: string;
  modifiers: { reason: string; factor: string }[];
  /** Exact dollars, to the nano. */
  amountUsd: string;
}

export interface Explanation {
  state: PricingState;
  costUsd: string;
  savedUsd: string;
  lines: ExplainedLine[];
  /** The call that a gateway cache hit avoided, priced line by line; sums to `savedUsd`. */
  avoided: ExplainedLine[];
  /** quantity × unit price × factors was computed again for every line, and the lines add up to the cost. */
  recounted: boolean;
  rule: {
    id: number;
    book: string;
    tenantId: string | null;
    provider: string;
    model: string;
    /** The version of the book or the note of the person who set the price. */
    source: string;
    effectiveFrom: string | null;
    effectiveTo: string | null;
    /** Set when a newer version of the book has replaced this rule; the event keeps its price. */
    supersededAt: string | null;
  } | null;
  /** In words: what happened, and for an unpriced event what to do. */
  reason: string;
  whatToDo: string | null;
}

export async function explainCost(db: Pick<Db, "pool">, event: ChargedEvent): Promise<Explanation> {
  const rule = event.priceRuleId === null ? undefined : await readRule(db, event.priceRuleId);
  const hit = isGatewayHit(event);
  const avoided =
    hit && rule && event.pricingState === "priced"
      ? rateWithRule({ compiled: compileRule(rule), asRequested: false }, { ...event, cacheHit: false }).lines
      : [];
  return {
    state: event.pricingState,
    costUsd: nanoToUsd(event.costNanoUsd),
    savedUsd: nanoToUsd(event.savedNanoUsd),
    lines: event.lines.map(explainLine),
    avoided: avoided.map(explainLine),
    recounted: event.lines.every((line) => recount(line) === line.costNanoUsd) && sum(event.lines) === event.costNanoUsd,
    rule: rule
      ? {
          id: rule.id,
          book: rule.book,
          tenantId: rule.tenantId,
          provider: rule.provider,
          model: rule.model,
          source: rule.source,
          effectiveFrom: rule.effectiveFrom?.toISOString() ?? null,
          effectiveTo: rule.effectiveTo?.toISOString() ?? null,
          supersededAt: rule.supersededAt?.toISOString() ?? null,
        }
      : null,
    ...inWords(event, hit, rule?.prices),
  };
}

export const explainLine = ({ meter, quantity, unitPriceUsd, modifiers, costNanoUsd }: CostLine): ExplainedLine => ({
  meter,
  quantity,
  unitPriceUsd,
  modifiers,
  amountUsd: nanoToUsd(costNanoUsd),
});

function recount(line: CostLine): bigint {
  const units = line.meter === "request" ? 1n : 1_000_000n;
  return lineNano(
    line.quantity,
    nanoPrice(
      line.unitPriceUsd,
      units,
      line.modifiers.map(({ factor }) => factor),
    ),
  );
}

const sum = (lines: readonly CostLine[]) => lines.reduce((total, line) => total + line.costNanoUsd, 0n);

function inWords(
  event: ChargedEvent,
  hit: boolean,
  prices: Partial<Record<string, unknown>> | undefined,
): Pick<Explanation, "reason" | "whatToDo"> {
  if (event.pricingState === "free")
    return { reason: "Free by rule: the price book states that this model costs nothing.", whatToDo: null };
  if (event.pricingState === "priced") {
    if (hit)
      return { reason: `Answered from the ${event.cacheLayer} cache: no upstream call, so it cost nothing.`, whatToDo: null };
    if (event.lines.length === 0) return { reason: "The call used no billable units, so it cost nothing.", whatToDo: null };
    return { reason: "Each meter's quantity × unit price × modifiers, rounded once to a nano-dollar, added up.", whatToDo: null };
  }
  if (prices) {
    const missing = METERS.filter((meter) => event.meters[meter] > 0 && prices[meter] === undefined);
    return {
      reason: `The price of ${event.modelServed} has no rate for ${missing.join(", ") || "any meter that was sent"}, so the request has no price. It is not counted as free.`,
      whatToDo: "Add a workspace price for this model that covers every meter in use.",
    };
  }
  if (event.pool !== null || canonicalProvider(event.provider, event.modelServed.toLowerCase()) === SELF_HOSTED) {
    return {
      reason: `${event.modelServed} runs on own GPUs and has no internal rate. Public list prices are never used for own models.`,
      whatToDo: `Add a workspace price for provider "self-hosted", model "${event.modelServed}". Its GPU bill is shown under Utilization either way.`,
    };
  }
  return {
    reason: `No price book has a price for provider "${event.provider}", model "${event.modelServed}" at that time. It is not counted as free.`,
    whatToDo: `Add a workspace price for provider "${event.provider}", model "${event.modelServed}", or correct the names that the sender reports.`,
  };
}
