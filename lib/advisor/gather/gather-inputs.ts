/**
 * Everything the detectors look at, of the seven days before the running hour: sums and percentiles from the metric
 * catalogue, a bounded sample of raw requests, policies, prices, GPUs.
 */
import type { Ctx } from "@/lib/auth/actor";
import { loadGpuRates, loadPriceBook } from "@/lib/pricing";
import { canonicalGpuType, findGpuRate } from "@/lib/pricing/gpu-rates";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import type { AdvisorInput, ConsumerWait, EndpointRow, GpuPrice, ModelOption, QualityRow, TrafficRow } from "../detectors/input";
import { fractionOf, gpuPool, usagePool } from "../findings/finding";
import { listEvaporated } from "../ledger";
import { askOver, type Ask } from "./ask";
import { priceNow } from "./price-now";
import { readPolicies } from "./read-policies";
import { readPools } from "./read-pools";
import { cell, maybe, nano, number, text } from "./read-row";
import { readSample } from "./read-sample";

const WINDOW_DAYS = 7;
const MONTH_DAYS = 30;
/** How far back prompt lengths are compared. */
const DRIFT_MS = 21 * DAY_MS;
const SAMPLE = { rows: 120_000, scanned: 3_000_000 };

export type Progress = (step: string) => Promise<void> | void;

export async function gatherInputs(ctx: Ctx, progress: Progress = () => undefined): Promise<AdvisorInput> {
  const to = Math.floor(ctx.now.getTime() / HOUR_MS) * HOUR_MS;
  const from = to - WINDOW_DAYS * DAY_MS;
  const ask = askOver(ctx, { from, to });

  await progress("Reading metrics");
  const days = await daysWithData(ctx, from, to);
  const traffic = await readTraffic(ask);
  const endpoints = await readEndpoints(ask, from, to);
  const quality = await readQuality(ask);
  const models = await readModels(ask);
  await progress("Reading GPU pools");
  const policies = await readPolicies(ctx);
  const gpuPrices = await readGpuPrices(ctx);
  const pools = await readPools(ctx, ask, policies);
  await progress("Sampling requests");
  const sample = await readSample(ctx, { from, to }, SAMPLE);
  const waits = await readWaits(ctx, from, to);
  const book = await loadPriceBook(ctx.db);
  const month = (nano: bigint) => fractionOf(nano * BigInt(MONTH_DAYS), Math.min(1, 1 / Math.max(days, 1 / 24)));
  return {
    from,
    to,
    days,
    traffic,
    endpoints,
    quality,
    waits,
    sample,
    pools,
    models,
    gpuPrices,
    evaporated: await listEvaporated(ctx),
    spend: new Map([
      ...traffic.map((row) => [usagePool(row.tenant, row.endpoint, row.model), month(row.costNanoUsd)] as const),
      ...pools.map((pool) => [gpuPool(pool.id), month(pool.costNanoUsd)] as const),
    ]),
    policyOf: policies.policyOf,
    rate: priceNow(book, ctx.now.getTime()),
  };
}

/** Since the first event or reading in the window. */
async function daysWithData(ctx: Ctx, from: number, to: number): Promise<number> {
  const { rows } = await ctx.db.pool.query<{ first: Date | null }>(
    `select least((select min(occurred_at) from telemetry.event where occurred_at >= $1 and occurred_at < $2),
                  (select min(at) from telemetry.node_sample where at >= $1 and at < $2)) as first`,
    [new Date(from), new Date(to)],
  );
  const first = rows[0]?.first?.getTime() ?? to;
  return (to - first) / DAY_MS;
}

async function readTraffic(ask: Ask): Promise<TrafficRow[]> {
  const rows = await ask({
    metrics: [
      "cost_usd",
      "requests",
      "successes",
      "attempts",
      "retries",
      "duplicates",
      "timeouts",
      "cost_failed_usd",
      "cost_retried_usd",
      "cost_duplicate_usd",
      "tokens_input",
      "tokens_cache_read",
      "tokens_cache_write",
      "tokens_output",
    ],
    groupBy: ["tenant", "endpoint", "modelServed"],
    filters: [{ dimension: "pool", in: [""] }],
  });
  return rows.map((row) => ({
    tenant: text(row, "tenant"),
    endpoint: text(row, "endpoint"),
    model: text(row, "modelServed"),
    requests: number(row, "requests"),
    successes: number(row, "successes"),
    attempts: number(row, "attempts"),
    retries: number(row, "retries"),
    duplicates: number(row, "duplicates"),
    timeouts: number(row, "timeouts"),
    costNanoUsd: nano(row, "cost_usd"),
    costFailedNanoUsd: nano(row, "cost_failed_usd"),
    costRetriedNanoUsd: nano(row, "cost_retried_usd"),
    costDuplicateNanoUsd: nano(row, "cost_duplicate_usd"),
    tokensInput: number(row, "tokens_input"),
    tokensCacheRead: number(row, "tokens_cache_read"),
    tokensCacheWrite: number(row, "tokens_cache_write"),
    tokensOutput: number(row, "tokens_output"),
  }));
}

async function readEndpoints(ask: Ask, from: number, to: number): Promise<EndpointRow[]> {
  const rows = await ask({
    metrics: [
      "requests",
      "tokens_in_p50",
      "tokens_in_p95",
      "tokens_out_p50",
      "tokens_out_p95",
      "latency_p95",
      "streamed_share",
      "calls_per_action",
    ],
    groupBy: ["endpoint"],
    compare: { from: new Date(from - DRIFT_MS).toISOString(), to: new Date(to - DRIFT_MS).toISOString() },
  });
  return rows.map((row) => ({
    endpoint: text(row, "endpoint"),
    requests: number(row, "requests"),
    inputP50: maybe(cell(row, "tokens_in_p50")?.value),
    inputP95: maybe(cell(row, "tokens_in_p95")?.value),
    outputP50: maybe(cell(row, "tokens_out_p50")?.value),
    outputP95: maybe(cell(row, "tokens_out_p95")?.value),
    latencyP95Ms: maybe(cell(row, "latency_p95")?.value),
    streamedShare: number(row, "streamed_share"),
    callsPerAction: maybe(cell(row, "calls_per_action")?.value),
    inputP50Before: maybe(cell(row, "tokens_in_p50")?.compare?.value),
    inputP95Before: maybe(cell(row, "tokens_in_p95")?.compare?.value),
    requestsBefore: Number(cell(row, "requests")?.compare?.value ?? 0),
  }));
}

async function readQuality(ask: Ask): Promise<QualityRow[]> {
  const rows = await ask({ metrics: ["quality_rate"], groupBy: ["endpoint", "modelServed"] });
  return rows.map((row) => ({
    endpoint: text(row, "endpoint"),
    model: text(row, "modelServed"),
    outcomes: Number(cell(row, "quality_rate")?.denominator ?? 0),
    good: Number(cell(row, "quality_rate")?.numerator ?? 0),
  }));
}

async function readModels(ask: Ask): Promise<ModelOption[]> {
  const rows = await ask({ metrics: ["attempts"], groupBy: ["provider", "modelServed", "pool"] });
  return rows
    .map((row) => ({
      provider: text(row, "provider"),
      model: text(row, "modelServed"),
      pool: text(row, "pool") || null,
      requests: number(row, "attempts"),
    }))
    .filter(({ requests }) => requests > 0);
}

async function readGpuPrices(ctx: Ctx): Promise<GpuPrice[]> {
  const rates = await loadGpuRates(ctx.db);
  const kinds = new Set(rates.map((rate) => JSON.stringify([canonicalGpuType(rate.gpuType), rate.commitment])));
  return [...kinds].flatMap((kind) => {
    const [gpuType, commitment] = JSON.parse(kind) as [string, string];
    const rate = findGpuRate(rates, gpuType, commitment, ctx.now.getTime());
    return rate && rate.commitment === commitment ? [{ gpuType, commitment, usdPerHour: Number(rate.usdPerHour) }] : [];
  });
}

/** From the end of a request to its first outcome; the newest outcomes only. */
async function readWaits(ctx: Ctx, from: number, to: number): Promise<ConsumerWait[]> {
  const { rows } = await ctx.db.pool.query<ConsumerWait>(
    `with picked as (
       select request_id, occurred_at from telemetry.outcome
       where occurred_at >= $1 and occurred_at < $2 and request_id is not null order by occurred_at desc limit 5000)
     select e.endpoint,
       percentile_cont(0.5) within group (order by
         greatest(0, extract(epoch from o.occurred_at - e.occurred_at) * 1000 - coalesce(e.latency_ms, 0)))::double precision as "medianMs",
       count(*)::int as observations
     from picked o
     join lateral (select endpoint, occurred_at, latency_ms from telemetry.event
                   where request_id = o.request_id and final and not shadow limit 1) e on true
     group by 1 order by 1`,
    [new Date(from), new Date(to)],
  );
  return rows;
}
