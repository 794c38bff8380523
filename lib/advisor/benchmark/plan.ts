/** How much a benchmark is, and what it asks. Pure. */
import { rateUsage, type PriceBook } from "@/lib/pricing";
import { noMeters } from "@/lib/telemetry/event";
import type { BenchmarkPrice, BenchmarkSize } from "./schemas";

/** A word is about a token; a tokenizer that does not know one may need two, and the line that makes it unique up to 64. */
const MOST_TOKENS_A_WORD = 2;
const UNIQUE_TOKENS = 64;
const WORDS =
  "time year people way day man thing woman life child world school state family student group country problem hand part";

export const mostTokensOf = ({ promptTokens, maxTokens }: Pick<BenchmarkSize, "promptTokens" | "maxTokens">) => ({
  in: promptTokens * MOST_TOKENS_A_WORD + UNIQUE_TOKENS,
  out: maxTokens,
});

/** What these tokens cost at a model's price of `at`, nano-USD; null: it has none. */
export function costOfTokens(
  book: PriceBook,
  { provider, model }: BenchmarkPrice,
  tokens: { in: number; out: number },
  at: number,
): bigint | null {
  const { pricingState, costNanoUsd } = rateUsage(book, {
    occurredAt: at,
    tenant: "",
    provider,
    modelServed: model,
    modelRequested: model,
    pool: null,
    status: "success",
    cacheHit: false,
    cacheLayer: "none",
    meters: { ...noMeters(), input: tokens.in, output: tokens.out },
    serviceTier: null,
    batch: false,
  });
  return pricingState === "unpriced" ? null : costNanoUsd;
}

/** Differs from every other in its first words: neither an exact nor a prefix cache knows it. */
export function promptFor(benchmarkId: string, seq: number, promptTokens: number): string {
  const words = WORDS.split(" ");
  const filler = Array.from({ length: promptTokens }, (_, at) => words[(at * 7 + seq * 3) % words.length]);
  return `Note ${seq}-${benchmarkId.slice(0, 8)}. Write a long story that uses these words: ${filler.join(" ")}.`;
}
