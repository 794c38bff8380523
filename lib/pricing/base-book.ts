/**
 * `@pydantic/genai-prices` → price rules. The package ships its data inside its code; `waitForUpdate()` hands it out
 * as it is bundled, because nothing here ever registers an updater (no network).
 *
 * A model's conditional prices become rules with disjoint effective periods [from, to). Peak-hour prices keep their
 * daily window and hold only from the start date listed before them: the package applies them to earlier days too,
 * which its own comments call wrong.
 * Not carried over, because events have no such meter: audio hours, web and storage searches, pages, video, cached audio.
 */
import fs from "node:fs";
import path from "node:path";
import { waitForUpdate, type ConditionalPrice, type ModelInfo, type ModelPrice, type Provider } from "@pydantic/genai-prices";
import { projectRoot } from "@/lib/db/project-root";
import { Decimal } from "@/lib/money";
import type { Meter } from "@/lib/telemetry/event";
import type { MeterPrice, PriceRuleDraft, RulePrices } from "./schemas";

const METER_KEYS: [Meter, string][] = [
  ["input", "input_mtok"],
  ["cacheRead", "cache_read_mtok"],
  ["cacheWrite5m", "cache_write_mtok"],
  ["cacheWrite1h", "cache_write_1h_mtok"],
  ["output", "output_mtok"],
  ["audioIn", "input_audio_mtok"],
  ["audioOut", "output_audio_mtok"],
];

/** The version of the bundled prices, from the package itself. */
export function baseBookSource(): string {
  const file = path.join(projectRoot(), "node_modules/@pydantic/genai-prices/package.json");
  const { version } = JSON.parse(fs.readFileSync(file, "utf8")) as { version: string };
  return `genai-prices@${version}`;
}

/** Every rule of the bundled book, in the order in which models are to be matched. */
export async function readBaseBook(source: string): Promise<PriceRuleDraft[]> {
  const providers = (await waitForUpdate()) ?? [];
  return providers.flatMap((provider) => provider.models.flatMap((model) => rulesOfModel(provider, model, source)));
}

function rulesOfModel(provider: Pick<Provider, "id">, model: ModelInfo, source: string): PriceRuleDraft[] {
  const conditional: ConditionalPrice[] = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  const starts = conditional.flatMap(({ constraint }) =>
    constraint?.type === "start_date" ? [startOf(constraint.start_date)] : [],
  );
  let from: Date | null = null;
  return conditional.map(({ constraint, prices }) => {
    if (constraint?.type === "start_date") from = startOf(constraint.start_date);
    const current = from;
    const to = starts.filter((start) => !current || start > current).sort((a, b) => a.getTime() - b.getTime())[0] ?? null;
    return {
      book: "base",
      tenantId: null,
      provider: provider.id,
      model: model.id,
      match: {
        model: model.match,
        ...(constraint?.type === "time_of_date"
          ? { dailyWindow: { start: constraint.start_time, end: constraint.end_time } }
          : {}),
      },
      state: isFree(prices) ? "free" : "priced",
      prices: mapPrices(prices),
      effectiveFrom: from,
      effectiveTo: to,
      source,
    };
  });
}

const startOf = (date: string) => new Date(`${date}T00:00:00Z`);

/** Free by rule: the book states prices, and each is zero. A model without any stated price is unknown, not free. */
function isFree(prices: ModelPrice): boolean {
  const stated = Object.values(prices).filter((price) => price !== undefined);
  return (
    stated.length > 0 &&
    stated.every((price) =>
      typeof price === "number" ? price === 0 : price.base === 0 && price.tiers.every((tier) => tier.price === 0),
    )
  );
}

function mapPrices(prices: ModelPrice): RulePrices {
  const mapped: RulePrices = {};
  for (const [meter, key] of METER_KEYS) {
    const price = prices[key];
    if (price !== undefined) mapped[meter] = mapPrice(price);
  }
  const thousandRequests = prices["requests_kcount"];
  if (typeof thousandRequests === "number")
    mapped.request = { base: new Decimal(thousandRequests).div(1_000).toFixed(), tiers: [] };
  return mapped;
}

function mapPrice(price: NonNullable<ModelPrice[string]>): MeterPrice {
  if (typeof price === "number") return { base: decimalText(price), tiers: [] };
  return {
    base: decimalText(price.base),
    tiers: price.tiers.map(({ start, price: usd }) => ({ start, price: decimalText(usd) })).sort((a, b) => a.start - b.start),
  };
}

// A JS number prints its shortest exact-looking decimal, which is what the book's author typed.
const decimalText = (price: number) => new Decimal(String(price)).toFixed();
