/**
 * LiteLLM's usage object → disjoint meters. LiteLLM rewrites every provider's numbers into OpenAI's words, but not in
 * one way: which parts the totals include has changed between versions and providers, so a stated total decides.
 *
 * | what LiteLLM sends                                   | input total            | output total          |
 * | prompt_tokens …, any provider                        | includes read + write  | includes reasoning    |
 * | same, total = prompt + read + write + completion     | excludes both          | includes reasoning    |
 * | same, total = prompt + completion + reasoning        | includes               | excludes reasoning    |
 * | input_tokens … (messages and responses passed on)    | as the provider's own, see ../dialects.ts      |
 */
import { noMeters, type Meters } from "../event";
import { readUsage, sumOf } from "../dialects";
import type { Refusal } from "../validate";

type Json = Record<string, unknown>;

interface LitellmUsage {
  meters: Meters;
  tokenMismatch: number | null;
  serviceTier: string | null;
}

const LARGEST = 1_000_000_000;

class BadCount extends Error {
  constructor(readonly field: string) {
    super(`"${field}" must be a whole number from 0 to ${LARGEST}.`);
  }
}

/** `provider` decides only where a usage object could be of two dialects. */
export function readLitellmUsage(usage: Json, provider: string): LitellmUsage | Refusal {
  if (usage["promptTokenCount"] !== undefined) return readUsage("gemini", usage);
  if (isSet(usage, "prompt_tokens") || isSet(usage, "completion_tokens")) {
    try {
      return readRewritten(usage);
    } catch (error) {
      if (error instanceof BadCount)
        return { code: "out_of_range", field: `usage_object.${error.field}`, message: error.message };
      throw error;
    }
  }
  const beside = isSet(usage, "cache_read_input_tokens") || isSet(usage, "cache_creation_input_tokens");
  return readUsage(beside || provider === "anthropic" ? "anthropic" : "openai-responses", usage);
}

function readRewritten(usage: Json): LitellmUsage {
  const inputDetails = objectOf(usage["prompt_tokens_details"]);
  const outputDetails = objectOf(usage["completion_tokens_details"]);
  const prompt = countOf(usage, "prompt_tokens") ?? 0;
  const completion = countOf(usage, "completion_tokens") ?? 0;
  const total = countOf(usage, "total_tokens");

  const meters = noMeters();
  // Zero beside a stated number is a default that LiteLLM filled in, so the larger of the two names is meant.
  meters.cacheRead = Math.max(
    countOf(inputDetails, "cached_tokens") ?? 0,
    countOf(usage, "cache_read_input_tokens") ?? 0,
    countOf(usage, "prompt_cache_hit_tokens") ?? 0,
  );
  const writes = Math.max(
    countOf(inputDetails, "cache_write_tokens") ?? 0,
    countOf(inputDetails, "cache_creation_tokens") ?? 0,
    countOf(inputDetails, "cache_creation_input_tokens") ?? 0,
    countOf(usage, "cache_creation_input_tokens") ?? 0,
  );
  const lifetimes = objectOf(inputDetails["cache_creation_token_details"] ?? usage["cache_creation"]);
  // What the split does not name was written with the default lifetime of five minutes.
  meters.cacheWrite1h = Math.min(writes, countOf(lifetimes, "ephemeral_1h_input_tokens") ?? 0);
  meters.cacheWrite5m = writes - meters.cacheWrite1h;
  meters.audioIn = countOf(inputDetails, "audio_tokens") ?? 0;
  meters.audioOut = countOf(outputDetails, "audio_tokens") ?? 0;
  meters.reasoning = countOf(outputDetails, "reasoning_tokens") ?? 0;

  const cached = meters.cacheRead + writes;
  const inputExcludesCache = cached > 0 && total === prompt + cached + completion;
  const outputExcludesReasoning = meters.reasoning > 0 && total === prompt + completion + meters.reasoning;
  const totalInput = inputExcludesCache ? prompt + cached : prompt;
  const totalOutput = outputExcludesReasoning ? completion + meters.reasoning : completion;
  meters.input = Math.max(0, totalInput - cached - meters.audioIn);
  meters.output = Math.max(0, totalOutput - meters.audioOut);
  const tier = usage["service_tier"];
  return {
    meters,
    tokenMismatch: (total ?? totalInput + totalOutput) - sumOf(meters),
    serviceTier: typeof tier === "string" && tier !== "" && tier.length <= 64 ? tier : null,
  };
}

const isSet = (usage: Json, name: string) => usage[name] !== undefined && usage[name] !== null;

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function countOf(usage: Json, name: string): number | undefined {
  const value = usage[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > LARGEST) throw new BadCount(name);
  return value;
}
