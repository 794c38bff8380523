/**
 * What the same tokens would have cost at a provider of the same model, and from how many tokens on the own GPUs would be
 * cheaper. The comparison is the cheapest provider in the price book: the hardest one to beat. Pure.
 */
import { Decimal, nanoToUsd } from "@/lib/money";
import { compileRule, isEffective } from "@/lib/pricing/book";
import { rateWithRule } from "@/lib/pricing/rate";
import type { PriceRule } from "@/lib/pricing/schemas";
import { METERS, type Meters } from "@/lib/telemetry/event";
import type { BreakEven } from "./schemas";

export interface ServedTokens {
  requests: bigint;
  uncachedTokens: bigint;
  cachedTokens: bigint;
  decodeTokens: bigint;
}

/** How a model is tuned and served is said in its name, but does not make it another model. */
const DRESS = /[-_.:](instruct|instant|turbo|chat|it|hf|versatile|bf16|fp16|fp8|int8|int4|awq|gptq|fast|lite)(?=$|[-_.:])/g;

/** "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo" and "llama3.1-8b" are one model. */
export function plainModel(name: string): string {
  const bare = name
    .toLowerCase()
    .split("/")
    .at(-1)!
    .replace(/^meta-/, "");
  return bare.replace(DRESS, "").replace(/[^a-z0-9.]/g, "");
}

/** Null without tokens, or where nobody sells this model. `at` is epoch milliseconds. */
export function findBreakEven(
  rules: readonly PriceRule[],
  model: string,
  served: ServedTokens,
  billNanoUsd: bigint,
  at: number,
): BreakEven | null {
  const tokens = served.uncachedTokens + served.cachedTokens + served.decodeTokens;
  const wanted = plainModel(model);
  if (tokens === 0n || served.requests === 0n || wanted === "") return null;
  const offers = rules
    .filter((rule) => (rule.book === "base" || rule.book === "imported") && plainModel(rule.model) === wanted)
    .map((rule) => compileRule(rule))
    .filter((compiled) => compiled.rule.state === "priced" && isEffective(compiled, at))
    .flatMap((compiled) => {
      const each = {
        tenant: "",
        provider: compiled.provider,
        modelServed: compiled.rule.model,
        modelRequested: compiled.rule.model,
      };
      const rating = rateWithRule(
        { compiled, asRequested: false },
        {
          ...each,
          occurredAt: at,
          pool: null,
          status: "success",
          cacheHit: false,
          cacheLayer: "none",
          meters: averageOf(served),
          serviceTier: null,
          batch: false,
        },
      );
      return rating.pricingState === "priced" && rating.costNanoUsd > 0n ? [{ compiled, nano: rating.costNanoUsd }] : [];
    })
    .sort((a, b) => (a.nano === b.nano ? a.compiled.rule.id - b.compiled.rule.id : a.nano < b.nano ? -1 : 1));
  const best = offers[0];
  if (!best) return null;
  // An average request is rated, so that a tier by context length is the one that real requests meet.
  const apiNano = best.nano * served.requests;
  const perMillion = (nano: bigint) =>
    new Decimal(nano.toString()).div(1e9).mul(1e6).div(tokens.toString()).toDecimalPlaces(6).toFixed();
  const bill = new Decimal(billNanoUsd.toString());
  return {
    apiModel: best.compiled.rule.model,
    apiProvider: best.compiled.provider,
    apiUsd: nanoToUsd(apiNano),
    apiPer1mUsd: perMillion(apiNano),
    ownPer1mUsd: perMillion(billNanoUsd),
    ratio: bill.div(apiNano.toString()).toDecimalPlaces(4).toFixed(),
    breakEvenTokens: bill.mul(tokens.toString()).div(apiNano.toString()).toFixed(0),
  };
}

function averageOf({ requests, uncachedTokens, cachedTokens, decodeTokens }: ServedTokens): Meters {
  const each = (tokens: bigint) => Math.round(Number(tokens) / Number(requests));
  const nothing = Object.fromEntries(METERS.map((meter) => [meter, 0])) as Omit<Meters, "reasoning">;
  return { ...nothing, input: each(uncachedTokens), cacheRead: each(cachedTokens), output: each(decodeTokens), reasoning: 0 };
}
