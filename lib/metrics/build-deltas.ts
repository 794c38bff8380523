/**
 * What a batch of events adds to the rollups; pure. One delta per (minute, series): hours and days are sums of
 * minutes (every zone's offset is a whole number of minutes), so they are folded from these when they are applied.
 */
import { bucketOf } from "@/lib/stats/histogram";
import { floorToUtcMinute } from "@/lib/time";
import { SERIES_DIMENSIONS, STATUSES, type RatedEvent, type SeriesDimension } from "@/lib/telemetry/event";
import { COST_METERS, costColumn, DISTRIBUTIONS, isInvalid, LOOKUP_LAYERS, MEASURE_INDEX, MEASURES } from "./measures";
import { sortTagKeys, tagText } from "./tags";

export interface Delta {
  /** Start of the bucket, epoch milliseconds. */
  bucket: number;
  /** One value per SERIES_DIMENSIONS; "" is not set. */
  dimensions: readonly string[];
  /** Dimensions joined: equal keys, equal series. */
  key: string;
  /** One sum per MEASURES; counts are numbers, money is nano-USD. */
  sums: (number | bigint)[];
  /** Histogram buckets of the observations, per DISTRIBUTIONS. */
  observations: number[][];
}

export interface RollupDeltas {
  /** The workspace zone, in which days are built. */
  timeZone: string;
  minutes: Delta[];
}

const SEPARATOR = "\u001F";
/** `tags` is the last dimension, and the only one that is worked out. */
const PLAIN_DIMENSIONS = SERIES_DIMENSIONS.slice(0, -1) as Exclude<SeriesDimension, "tags">[];
const ZEROS: readonly (number | bigint)[] = MEASURES.map((measure) => (measure.kind === "money" ? 0n : 0));

const at = (name: string): number => {
  const index = MEASURE_INDEX.get(name);
  if (index === undefined) throw new Error(`There is no measure "${name}".`);
  return index;
};
const perStatus = (prefix: string) => Object.fromEntries(STATUSES.map((status) => [status, at(`${prefix}_${status}`)]));
const perLayer = (prefix: string) => Object.fromEntries(LOOKUP_LAYERS.map((layer) => [layer, at(`${prefix}_${layer}`)]));

const REQ = perStatus("req");
const ATT = perStatus("att");
const COST = perStatus("cost");
const LOOKUPS = perLayer("lookups");
const HITS = perLayer("hits");
const SAVED = perLayer("saved");
const PRICING = { priced: at("req_priced"), free: at("req_free"), unpriced: at("req_unpriced") };
const I = {
  retries: at("retries"),
  duplicates: at("duplicates"),
  fallbacks: at("fallbacks"),
  streamed: at("streamed"),
  actions: at("actions"),
  reqInAction: at("req_in_action"),
  costInAction: at("cost_in_action"),
  costServed: at("cost_served"),
  costRetried: at("cost_retried"),
  costDuplicate: at("cost_duplicate"),
  costWaste: at("cost_waste"),
  costShadow: at("cost_shadow"),
  input: at("tok_input"),
  cacheRead: at("tok_cache_read"),
  cacheWrite5m: at("tok_cache_write_5m"),
  cacheWrite1h: at("tok_cache_write_1h"),
  output: at("tok_output"),
  reasoning: at("tok_reasoning"),
  audioIn: at("tok_audio_in"),
  audioOut: at("tok_audio_out"),
  image: at("images"),
  reported: at("cost_reported"),
  matched: at("cost_matched"),
  mismatches: at("token_mismatches"),
  events: at("events"),
  invalid: at("req_invalid"),
  hitTimed: at("hit_timed"),
  hitMs: at("hit_ms"),
  callTimed: at("call_timed"),
  callMs: at("call_ms"),
};
const COST_OF = Object.fromEntries(COST_METERS.map((meter) => [meter, at(costColumn(meter))]));
const distributionAt = (name: string) => DISTRIBUTIONS.findIndex((distribution) => distribution.name === name);
const D = {
  latency: distributionAt("latency"),
  ttft: distributionAt("ttft"),
  queue: distributionAt("queue"),
  tokensIn: distributionAt("tokens_in"),
  tokensOut: distributionAt("tokens_out"),
  tokensPerSecond: distributionAt("tokens_per_second"),
  prefill: distributionAt("prefill"),
  decode: distributionAt("decode"),
  interToken: distributionAt("inter_token"),
  cost: distributionAt("cost"),
};

type Sums = Delta["sums"];
function count(sums: Sums, index: number, by = 1): void {
  if (by !== 0) sums[index] = (sums[index] as number) + by;
}
function money(sums: Sums, index: number, nano: bigint): void {
  if (nano !== 0n) sums[index] = (sums[index] as bigint) + nano;
}
function observe(buckets: number[], value: number | null): void {
  if (value !== null) buckets.push(bucketOf(value));
}

/** Add one event to a delta. The twin, over raw rows, is the `sql` of each measure. */
function addEvent({ sums, observations }: Delta, event: RatedEvent): void {
  const { rating, meters, status, cacheLayer } = event;
  const cost = rating.costNanoUsd;
  const user = !event.shadow;
  const request = user && event.final;
  const upstream = !event.cacheHit || cacheLayer === "prefix";
  count(sums, I.events);
  money(sums, COST[status]!, cost);
  for (const line of rating.lines) money(sums, COST_OF[line.meter]!, line.costNanoUsd);
  if (event.tokenMismatch !== null && event.tokenMismatch !== 0) count(sums, I.mismatches);
  if (event.providerCostNanoUsd !== null) {
    money(sums, I.reported, event.providerCostNanoUsd);
    money(sums, I.matched, cost);
  }
  if (status !== "success" || (user && (!event.final || event.duplicate))) money(sums, I.costWaste, cost);

  if (upstream) {
    count(sums, I.input, meters.input);
    count(sums, I.cacheRead, meters.cacheRead);
    count(sums, I.cacheWrite5m, meters.cacheWrite5m);
    count(sums, I.cacheWrite1h, meters.cacheWrite1h);
    count(sums, I.output, meters.output);
    count(sums, I.reasoning, meters.reasoning);
    count(sums, I.audioIn, meters.audioIn);
    count(sums, I.audioOut, meters.audioOut);
    count(sums, I.image, meters.image);
  }

  if (!user) {
    money(sums, I.costShadow, cost);
    return;
  }

  if (upstream) {
    count(sums, ATT[status]!);
    if (event.attempt > 1) count(sums, I.retries);
  }
  if (event.attempt > 1) money(sums, I.costRetried, cost);
  if (event.duplicate) money(sums, I.costDuplicate, cost);
  if (event.firstOfAction) count(sums, I.actions);
  if (event.actionId !== null) money(sums, I.costInAction, cost);
  money(sums, SAVED[upstream || cacheLayer === "none" ? "prefix" : cacheLayer]!, rating.savedNanoUsd);

  if (!request) return;
  count(sums, REQ[status]!);
  count(sums, PRICING[rating.pricingState]);
  if (status === "success") money(sums, I.costServed, cost);
  if (event.duplicate) count(sums, I.duplicates);
  if (event.stream) count(sums, I.streamed);
  if (event.actionId !== null) count(sums, I.reqInAction);
  if (cacheLayer !== "none") {
    count(sums, LOOKUPS[cacheLayer]!);
    if (event.cacheHit) count(sums, HITS[cacheLayer]!);
  }
  if (status === "error" && isInvalid(event.errorClass)) count(sums, I.invalid);
  if (event.latencyMs !== null && (!upstream || status === "success")) {
    count(sums, upstream ? I.callTimed : I.hitTimed);
    count(sums, upstream ? I.callMs : I.hitMs, Math.floor(event.latencyMs));
  }
  observe(observations[D.latency]!, event.latencyMs);
  observe(observations[D.ttft]!, event.ttftMs);
  observe(observations[D.cost]!, Number(cost));
  if (!upstream) return;
  if (event.attempt > 1 && event.modelServed !== event.modelRequested) count(sums, I.fallbacks);
  observe(observations[D.queue]!, event.queueMs);
  observe(
    observations[D.tokensIn]!,
    meters.input + meters.cacheRead + meters.cacheWrite5m + meters.cacheWrite1h + meters.audioIn,
  );
  observe(observations[D.tokensOut]!, meters.output + meters.audioOut);
  const decodeMs = event.decodeMs ?? (event.latencyMs !== null && event.ttftMs !== null ? event.latencyMs - event.ttftMs : null);
  observe(observations[D.prefill]!, event.prefillMs);
  observe(observations[D.decode]!, event.decodeMs);
  if (meters.output > 0 && decodeMs !== null && decodeMs > 0) {
    observe(observations[D.tokensPerSecond]!, (meters.output * 1_000) / decodeMs);
    if (meters.output > 1) observe(observations[D.interToken]!, decodeMs / (meters.output - 1));
  }
}

const emptyDelta = (bucket: number, dimensions: readonly string[], key: string): Delta => ({
  bucket,
  dimensions,
  key,
  sums: [...ZEROS],
  observations: DISTRIBUTIONS.map(() => []),
});

/** Sum events per minute and series. Order does not matter; deltas of parts add up to the delta of the whole. */
export function buildRollupDeltas(
  events: readonly RatedEvent[],
  options: { timeZone: string; tagKeys: readonly string[] },
): RollupDeltas {
  const tagKeys = sortTagKeys(options.tagKeys);
  const deltas = new Map<string, Delta>();
  for (const event of events) {
    const bucket = floorToUtcMinute(event.occurredAt);
    const tags = tagKeys.length > 0 ? tagText(event.tags, tagKeys) : "";
    let key = "";
    for (const name of PLAIN_DIMENSIONS) key += (event[name] ?? "") + SEPARATOR;
    key += tags;
    const cell = bucket + key;
    let delta = deltas.get(cell);
    if (!delta) {
      delta = emptyDelta(bucket, [...PLAIN_DIMENSIONS.map((name) => String(event[name] ?? "")), tags], key);
      deltas.set(cell, delta);
    }
    addEvent(delta, event);
  }
  return { timeZone: options.timeZone, minutes: [...deltas.values()] };
}

/** A delta whose series has its number. */
export interface SeriesDelta {
  bucket: number;
  seriesId: number;
  sums: readonly (number | bigint)[];
  observations: readonly (readonly number[])[];
}

/** Add deltas up into coarser buckets. Does not touch its input. */
export function foldDeltas(deltas: readonly SeriesDelta[], bucketFor: (at: number) => number): SeriesDelta[] {
  const folded = new Map<string, { bucket: number; seriesId: number; sums: (number | bigint)[]; observations: number[][] }>();
  for (const delta of deltas) {
    const bucket = bucketFor(delta.bucket);
    const cell = `${bucket} ${delta.seriesId}`;
    const sum = folded.get(cell);
    if (!sum) {
      folded.set(cell, {
        bucket,
        seriesId: delta.seriesId,
        sums: [...delta.sums],
        observations: delta.observations.map((buckets) => [...buckets]),
      });
      continue;
    }
    for (let index = 0; index < sum.sums.length; index++) {
      const by = delta.sums[index]!;
      if (typeof by === "bigint") {
        if (by !== 0n) sum.sums[index] = (sum.sums[index] as bigint) + by;
      } else if (by !== 0) sum.sums[index] = (sum.sums[index] as number) + by;
    }
    for (let index = 0; index < sum.observations.length; index++) {
      const into = sum.observations[index]!;
      for (const bucket of delta.observations[index]!) into.push(bucket);
    }
  }
  return [...folded.values()].sort((a, b) => a.bucket - b.bucket || a.seriesId - b.seriesId);
}
