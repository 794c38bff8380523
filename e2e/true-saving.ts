/**
 * What a change truly saved, worked out from what only the simulator knows, and nothing of it by the code of the ledger: which
 * tokens its models would have read and written for a request (their own counting, from the text that was sent), what its
 * fleet pays for them, and what the headers of each answer said of it. Compared with what the ledger measured.
 */
import { expect, type Page } from "@playwright/test";
import type { LedgerRow, LedgerView, MeasurementView } from "@/lib/advisor/ledger/schemas";
import { MODELS, NEGOTIATED } from "@/workers/simulator/fleet";
import type { Answered, Traffic } from "./demo-traffic";
import { sql } from "./journey";

/** Dollars per 1M tokens. */
interface Price {
  input: number;
  output: number;
}

/** What gpt-4.1 costs the demo: its contract since the middle of the history. */
const GPT_41: Price = { input: Number(NEGOTIATED.input), output: Number(NEGOTIATED.output) };
const SONNET: Price = { input: 3, output: 15 };
const GPT_41_MINI: Price = { input: 0.4, output: 1.6 };

type Stretch = Pick<MeasurementView, "from" | "to">;

const dollars = ({ inputTokens, outputTokens }: Answered, price: Price): number =>
  (inputTokens * price.input + outputTokens * price.output) / 1e6;

const canaryOf = ({ answered }: Traffic, { from, to }: Stretch): Answered[] =>
  answered.filter(({ arm, at }) => arm === "canary" && at >= Date.parse(from) && at < Date.parse(to));

/** Canary requests that the exact cache answered would each have cost what a model bills for them. */
export async function trueCacheSaving(traffic: Traffic, endpoint: string, stretch: Stretch): Promise<number> {
  const own = canaryOf(traffic, stretch)
    .filter(({ cache }) => cache === "hit")
    .reduce((sum, one) => sum + dollars(one, GPT_41), 0);
  // The demo's own applications ask meanwhile, few and dear: what the same question cost when a model answered it.
  const [others] = await sql<{ usd: number }>(
    `select coalesce(sum(first.cost_nano), 0)::float / 1e9 as usd
     from telemetry.event hit cross join lateral (
       select cost_nano from telemetry.event where request_hash = hit.request_hash and tenant = hit.tenant and not cache_hit
         and final and status = 'success' and occurred_at > $2::timestamptz - interval '2 hours' order by occurred_at desc limit 1) first
     where hit.endpoint = $1 and hit.variant = 'canary' and hit.cache_hit and hit.cache_layer = 'exact'
       and hit.occurred_at >= $2 and hit.occurred_at < $3 and not starts_with(hit.request_id, $4)`,
    [endpoint, stretch.from, stretch.to, traffic.idPrefix],
  );
  return own + others!.usd;
}

/** Canary requests that the small model answered would each have cost the same tokens at the large one. */
export async function trueSmallModelSaving(traffic: Traffic, endpoint: string, stretch: Stretch): Promise<number> {
  const own = canaryOf(traffic, stretch)
    .filter(({ model }) => model === MODELS.gpt41mini.model)
    .reduce((sum, one) => sum + dollars(one, SONNET) - dollars(one, GPT_41_MINI), 0);
  const [others] = await sql<{ usd: number }>(
    `select coalesce(sum(case when final and status = 'success' then input * $4 + output * $5 else 0 end) / 1e6
       - sum(cost_nano) / 1e9, 0)::float as usd
     from telemetry.event where endpoint = $1 and variant = 'canary' and occurred_at >= $2 and occurred_at < $3
       and not starts_with(request_id, $6)`,
    [endpoint, stretch.from, stretch.to, SONNET.input, SONNET.output, traffic.idPrefix],
  );
  return own + others!.usd;
}

/** The row of a change once its canary has been compared with its control for good. */
export async function bookedRow(page: Page, changeId: string): Promise<{ row: LedgerRow; split: MeasurementView }> {
  const read = async () => ((await (await page.request.get(`/api/v1/ledger?change=${changeId}`)).json()) as LedgerView).rows[0];
  await expect.poll(async () => (await read())?.measurements[0]?.final, { timeout: 120_000 }).toBe(true);
  const row = (await read())!;
  const split = row.measurements[0]!;
  expect(split.method).toBe("split");
  return { row, split };
}

/**
 * The measured interval holds the truth. A 95 % interval is right to miss it in one run of twenty, and a journey must not: it
 * is taken twice as wide, which misses once in two thousand (Student's t with 19 degrees of freedom beyond 4.19). How often
 * the interval itself holds it is proved over seeded runs, lib/advisor/ledger/measure.test.ts.
 */
export function expectHolds(truthUsd: number, { lowUsd, highUsd }: MeasurementView): void {
  const [low, high] = [Number(lowUsd), Number(highUsd)];
  const slack = (high - low) / 2;
  console.log(`  true saving $${truthUsd.toFixed(4)}, measured between $${low.toFixed(4)} and $${high.toFixed(4)}`);
  expect(low).toBeGreaterThan(0);
  expect(truthUsd).toBeGreaterThan(low - slack);
  expect(truthUsd).toBeLessThan(high + slack);
}
