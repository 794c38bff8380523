/**
 * How a simulated provider treats one request: refuse it, or answer after so long, with so many tokens from its prompt
 * cache. Latencies are those of the recipes (fleet.ts); a decision needs nothing but the request and one random source.
 */
import type { Random } from "@/lib/stats/random";
import { MODELS, type ModelPlan } from "../fleet";
import { weatherOf } from "../traffic";

export const PROVIDERS = ["openai", "anthropic", "google"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** Bad days are in the history only. */
const FAIR = { seed: 0, beginsMs: 0, priceChangeMs: 0, incident: { provider: "", fromMs: 0, toMs: 0 } };
const PREFILL_MS_PER_TOKEN = 0.022;
/** OpenAI's rule: from 1,024 tokens on, in steps of 128. */
const SMALLEST_PREFIX = 1_024;
const PREFIX_STEP = 128;

export const planOf = (provider: ProviderName, model: string): ModelPlan | undefined =>
  Object.values(MODELS).find((plan: ModelPlan) => plan.provider === provider && plan.model === model);

export type Treatment =
  | { kind: "refused"; status: 429 | 500; afterMs: number }
  | { kind: "answer"; firstTokenMs: number; msPerToken: number };

export function treat(plan: ModelPlan, uncachedTokens: number, random: Random): Treatment {
  const { errors, rateLimited } = weatherOf(plan, FAIR, 0);
  const luck = random.next();
  if (luck < errors) return { kind: "refused", status: 500, afterMs: random.around(900, 0.5) };
  if (luck < errors + rateLimited) return { kind: "refused", status: 429, afterMs: random.around(60, 0.5) };
  return {
    kind: "answer",
    firstTokenMs: random.around(plan.ttftMs, 0.35) + uncachedTokens * PREFILL_MS_PER_TOKEN,
    msPerToken: plan.tokensPerSec === 0 ? 0 : 1_000 / random.around(plan.tokensPerSec, 0.15),
  };
}

/** Tokens of a known prefix that are billed as read from the cache. */
export const billedPrefix = (knownTokens: number): number =>
  knownTokens < SMALLEST_PREFIX ? 0 : SMALLEST_PREFIX + Math.floor((knownTokens - SMALLEST_PREFIX) / PREFIX_STEP) * PREFIX_STEP;
