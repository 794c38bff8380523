/** LiteLLM's model_prices_and_context_window.json → rules of the imported book. Pure; a broken entry costs only itself. */
import { Decimal } from "@/lib/money";
import type { Meter } from "@/lib/telemetry/event";
import { canonicalProvider } from "../providers";
import type { PriceRuleDraft, RulePrices } from "../schemas";

export interface ReadEntries {
  drafts: PriceRuleDraft[];
  problems: { key: string; problem: string }[];
  skipped: number;
}

const METER_KEYS: [Meter, string][] = [
  ["input", "input_cost_per_token"],
  ["output", "output_cost_per_token"],
  ["cacheRead", "cache_read_input_token_cost"],
  ["cacheWrite5m", "cache_creation_input_token_cost"],
  ["cacheWrite1h", "cache_creation_input_token_cost_above_1hr"],
  ["audioIn", "input_cost_per_audio_token"],
  ["audioOut", "output_cost_per_audio_token"],
];
const MAX_PER_MILLION = 1_000_000;

/** `source` names the file; entries without a price per token are left out and counted. */
export function readLitellm(entries: Record<string, unknown>, source: string): ReadEntries {
  const drafts = new Map<string, PriceRuleDraft>();
  const problems: ReadEntries["problems"] = [];
  let skipped = 0;
  for (const [key, entry] of Object.entries(entries)) {
    if (key === "sample_spec") continue;
    try {
      const draft = readEntry(key, entry, source);
      if (!draft) skipped += 1;
      else {
        const id = `${draft.provider}\n${draft.model.toLowerCase()}`;
        // Regions repeat a model under longer keys ("azure/eu/gpt-4o"): the first that names it stays.
        if (!drafts.has(id)) drafts.set(id, draft);
      }
    } catch (error) {
      problems.push({ key: key.slice(0, 200), problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return { drafts: [...drafts.values()], problems, skipped };
}

function readEntry(key: string, entry: unknown, source: string): PriceRuleDraft | null {
  if (entry === null || typeof entry !== "object" || Array.isArray(entry)) throw new Error("is not an object");
  const fields = entry as Record<string, unknown>;
  const named = fields["litellm_provider"];
  if (typeof named !== "string" || named === "") throw new Error("has no litellm_provider");
  const prices: RulePrices = {};
  for (const [meter, name] of METER_KEYS) {
    const price = fields[name];
    if (price === undefined || price === null) continue;
    prices[meter] = { base: perMillion(name, price), tiers: tiersOf(fields, name) };
  }
  if (!prices.input && !prices.output) return null;
  const model = key.startsWith(`${named}/`) ? key.slice(named.length + 1) : key;
  if (model === "" || model.length > 200) throw new Error("has no usable model name");
  const free = Object.values(prices).every((price) => "base" in price && price.base === "0" && price.tiers.length === 0);
  return {
    book: "imported",
    tenantId: null,
    provider: canonicalProvider(named, model.toLowerCase()),
    model,
    match: { model: { equals: model } },
    state: free ? "free" : "priced",
    prices,
    effectiveFrom: null,
    effectiveTo: null,
    source,
  };
}

/** `input_cost_per_token_above_200k_tokens` and the like. */
function tiersOf(fields: Record<string, unknown>, name: string): { start: number; price: string }[] {
  return Object.keys(fields)
    .flatMap((field) => {
      const above = field.startsWith(`${name}_above_`) ? /^_above_(\d+)k_tokens$/.exec(field.slice(name.length)) : null;
      return above && fields[field] !== null
        ? [{ start: Number(above[1]) * 1_000, price: perMillion(field, fields[field]) }]
        : [];
    })
    .sort((a, b) => a.start - b.start);
}

/** Dollars a token as JSON number or text → dollars per 1M, exactly as its author typed it. */
function perMillion(name: string, price: unknown): string {
  if (typeof price !== "number" && typeof price !== "string") throw new Error(`${name} is not a number`);
  let usd: Decimal;
  try {
    usd = new Decimal(String(price));
  } catch {
    throw new Error(`${name} is not a number: ${String(price).slice(0, 40)}`);
  }
  if (!usd.isFinite()) throw new Error(`${name} is not a finite number`);
  if (usd.isNegative() && !usd.isZero()) throw new Error(`${name} is negative`);
  const million = usd.mul(1_000_000);
  if (million.gt(MAX_PER_MILLION)) throw new Error(`${name} is above $1,000,000 per 1M tokens`);
  return million.toDecimalPlaces(9).abs().toFixed();
}
