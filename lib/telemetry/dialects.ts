/**
 * Provider usage objects → disjoint meters. Each provider relates its totals to the cached part in its own way;
 * those differences live here and nowhere else.
 *
 * | dialect          | input total                    | cache write         | output                        |
 * | openai           | prompt_tokens includes cached  | in input total      | completion_tokens, all         |
 * | openai-responses | input_tokens includes cached   | in input total      | output_tokens, all             |
 * | anthropic        | input_tokens excludes cached   | beside, 5m and 1h   | output_tokens, all             |
 * | gemini           | promptTokenCount incl. cached  | –                   | candidates + thoughts          |
 *
 * Parts are held against the total that the source states; the difference is kept, never guessed away.
 */
import { noMeters, type Meters } from "./event";
import type { UsageFormat } from "./schemas";
import type { Refusal } from "./validate";

export interface ReadUsage {
  meters: Meters;
  /** Stated total minus the sum of the parts; null when the source states no total. */
  tokenMismatch: number | null;
  /** Price-relevant, when the usage object says it. */
  serviceTier: string | null;
}

type Json = Record<string, unknown>;

class UsageRefused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

const LARGEST = 1_000_000_000;

/** Read a usage object of `format`, or say why it cannot be read. */
export function readUsage(format: UsageFormat, usage: Json): ReadUsage | Refusal {
  try {
    return READERS[format](usage);
  } catch (error) {
    if (error instanceof UsageRefused) return error.refusal;
    throw error;
  }
}

const READERS: Record<UsageFormat, (usage: Json) => ReadUsage> = {
  openai: (usage) => readOpenAi(usage, "prompt_tokens", "completion_tokens"),
  "openai-responses": (usage) => readOpenAi(usage, "input_tokens", "output_tokens"),
  anthropic: readAnthropic,
  gemini: readGemini,
};

function readOpenAi(usage: Json, inputName: string, outputName: string): ReadUsage {
  needOneOf(usage, [inputName, outputName]);
  const inputDetails = objectOf(usage, `${inputName}_details`);
  const outputDetails = objectOf(usage, `${outputName}_details`);
  const totalInput = count(usage, inputName);
  const totalOutput = count(usage, outputName);
  const meters = noMeters();
  meters.cacheRead = count(inputDetails, "cached_tokens", `${inputName}_details.`);
  meters.cacheWrite5m = count(inputDetails, "cache_write_tokens", `${inputName}_details.`);
  meters.audioIn = count(inputDetails, "audio_tokens", `${inputName}_details.`);
  meters.input = Math.max(0, totalInput - meters.cacheRead - meters.cacheWrite5m - meters.audioIn);
  meters.audioOut = count(outputDetails, "audio_tokens", `${outputName}_details.`);
  meters.output = Math.max(0, totalOutput - meters.audioOut);
  meters.reasoning = count(outputDetails, "reasoning_tokens", `${outputName}_details.`);
  const stated = optionalCount(usage, "total_tokens");
  return {
    meters,
    tokenMismatch: (stated ?? totalInput + totalOutput) - sumOf(meters),
    serviceTier: textOf(usage, "service_tier"),
  };
}

function readAnthropic(usage: Json): ReadUsage {
  needOneOf(usage, ["input_tokens", "output_tokens"]);
  const meters = noMeters();
  meters.input = count(usage, "input_tokens");
  meters.cacheRead = count(usage, "cache_read_input_tokens");
  meters.output = count(usage, "output_tokens");
  meters.reasoning = count(objectOf(usage, "output_tokens_details"), "thinking_tokens", "output_tokens_details.");
  const statedWrites = optionalCount(usage, "cache_creation_input_tokens");
  const byLifetime = objectOf(usage, "cache_creation");
  const short = optionalCount(byLifetime, "ephemeral_5m_input_tokens", "cache_creation.");
  const long = optionalCount(byLifetime, "ephemeral_1h_input_tokens", "cache_creation.");
  if (short === null && long === null) {
    // Without the split, Anthropic's default lifetime is five minutes.
    meters.cacheWrite5m = statedWrites ?? 0;
    return { meters, tokenMismatch: null, serviceTier: textOf(usage, "service_tier") };
  }
  meters.cacheWrite5m = short ?? 0;
  meters.cacheWrite1h = long ?? 0;
  const tokenMismatch = statedWrites === null ? null : statedWrites - meters.cacheWrite5m - meters.cacheWrite1h;
  return { meters, tokenMismatch, serviceTier: textOf(usage, "service_tier") };
}

function readGemini(usage: Json): ReadUsage {
  needOneOf(usage, ["promptTokenCount", "candidatesTokenCount", "totalTokenCount"]);
  const meters = noMeters();
  const prompt = count(usage, "promptTokenCount");
  const toolPrompt = count(usage, "toolUsePromptTokenCount");
  const thoughts = count(usage, "thoughtsTokenCount");
  meters.cacheRead = count(usage, "cachedContentTokenCount");
  meters.input = Math.max(0, prompt + toolPrompt - meters.cacheRead);
  meters.output = count(usage, "candidatesTokenCount") + thoughts;
  meters.reasoning = thoughts;
  const stated = optionalCount(usage, "totalTokenCount");
  return { meters, tokenMismatch: stated === null ? null : stated - sumOf(meters), serviceTier: null };
}

/** All tokens of the disjoint meters; images are not tokens. */
export function sumOf(meters: Meters): number {
  return (
    meters.input + meters.cacheRead + meters.cacheWrite5m + meters.cacheWrite1h + meters.output + meters.audioIn + meters.audioOut
  );
}

function needOneOf(usage: Json, names: string[]): void {
  if (names.some((name) => usage[name] !== undefined && usage[name] !== null)) return;
  throw new UsageRefused({
    code: "usage_missing",
    field: "usage",
    message: `"usage" has none of ${names.join(", ")}: is usageFormat right?`,
  });
}

function objectOf(usage: Json, name: string): Json {
  const value = usage[name];
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new UsageRefused({ code: "invalid_type", field: `usage.${name}`, message: `"usage.${name}" must be an object.` });
  }
  return value as Json;
}

const count = (usage: Json, name: string, path = ""): number => optionalCount(usage, name, path) ?? 0;

function optionalCount(usage: Json, name: string, path = ""): number | null {
  const value = usage[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== "number") {
    throw new UsageRefused({
      code: "invalid_type",
      field: `usage.${path}${name}`,
      message: `"usage.${path}${name}" must be a number.`,
    });
  }
  if (!Number.isInteger(value) || value < 0 || value > LARGEST) {
    throw new UsageRefused({
      code: "out_of_range",
      field: `usage.${path}${name}`,
      message: `"usage.${path}${name}" must be a whole number from 0 to ${LARGEST}.`,
    });
  }
  return value;
}

function textOf(usage: Json, name: string): string | null {
  const value = usage[name];
  return typeof value === "string" && value.length > 0 && value.length <= 64 ? value : null;
}
