/** Token attributes → disjoint meters. Pure. */
import { noMeters, type Meters } from "../event";
import { sumOf } from "../dialects";
import { findMeaning, type Meaning } from "./aliases";
import type { Attributes } from "./scalars";

export interface OtelUsage {
  meters: Meters;
  /** Stated totals minus the sum of the parts; null when the span states no tokens. */
  tokenMismatch: number | null;
  /** The token attributes as they came, numbers only. */
  usageRaw: Record<string, number> | null;
}

const TOKEN_MEANINGS = [
  "input",
  "output",
  "total",
  "cacheRead",
  "cacheWrite",
  "reasoning",
  "audioIn",
  "audioCacheRead",
  "audioOut",
] as const;
type TokenMeaning = (typeof TOKEN_MEANINGS)[number] & Meaning;

/** A token attribute that is not a whole number >= 0. */
export class BadTokens extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The convention says that the input total includes what was read from and written to a cache. Some instrumentations
 * report the provider's own (excluding) number instead; that is believed only where the stated grand total proves it.
 * Otherwise the uncached part is what the total leaves, never below zero, and the difference is kept as a mismatch.
 */
export function readOtelUsage(attributes: Attributes): OtelUsage {
  const usageRaw: Record<string, number> = {};
  const tokens = {} as Record<TokenMeaning, number | undefined>;
  for (const meaning of TOKEN_MEANINGS) {
    const found = findMeaning(attributes, meaning);
    if (!found) continue;
    const value =
      typeof found.value === "number" ? found.value : typeof found.value === "string" ? Number(found.value) : Number.NaN;
    if (!Number.isInteger(value) || value < 0 || value > 1_000_000_000) {
      throw new BadTokens(found.name, `"${found.name}" must be a whole number from 0 to 1000000000.`);
    }
    tokens[meaning] = value;
    usageRaw[found.name] = value;
  }
  if (Object.keys(usageRaw).length === 0) return { meters: noMeters(), tokenMismatch: null, usageRaw: null };

  const meters = noMeters();
  meters.cacheRead = tokens.cacheRead ?? 0;
  meters.cacheWrite5m = tokens.cacheWrite ?? 0;
  meters.audioIn = Math.max(0, (tokens.audioIn ?? 0) - (tokens.audioCacheRead ?? 0));
  meters.audioOut = tokens.audioOut ?? 0;
  const output = tokens.output ?? 0;
  meters.output = Math.max(0, output - meters.audioOut);
  meters.reasoning = tokens.reasoning ?? 0;

  const cached = meters.cacheRead + meters.cacheWrite5m;
  // Without an input total the parts are all there is.
  const input = tokens.input ?? cached + meters.audioIn;
  const excludesCache = cached > 0 && tokens.total !== undefined && tokens.total === input + cached + output;
  const totalInput = excludesCache ? input + cached : input;
  meters.input = Math.max(0, totalInput - cached - meters.audioIn);
  return { meters, tokenMismatch: (tokens.total ?? totalInput + output) - sumOf(meters), usageRaw };
}
