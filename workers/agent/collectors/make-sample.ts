/** All that was read of a node in an interval → its sample, as `POST /api/v1/samples` takes it. Pure. */
import type { Sample } from "@/lib/telemetry/samples";
import { packExtra, storable, TEXT_LENGTH, type ExtraValue, type UnknownReading } from "./extra";
import { addHistograms, bucketTexts, percentile, type HistogramDelta } from "./histogram-delta";
import { REGISTRY_VERSION, type CounterMeaning, type GpuMeaning, type HistogramMeaning } from "./name-registry";
import type { EngineReading } from "./read-engine";
import type { GpuReading } from "./read-gpus";

/** What the agent's file says about the node. */
export interface NodeFacts {
  node: string;
  pool: string;
  gpu?: { count: number; type?: string | undefined; memoryMib?: number | undefined } | undefined;
  model?: string | undefined;
  region?: string | undefined;
  commitment?: "on-demand" | "reserved" | "spot" | "owned" | undefined;
}

export interface NodeReadings {
  at: Date;
  intervalSec: number;
  engines: readonly EngineReading[];
  /** Empty when no source speaks of GPUs, or none answered. */
  gpus: readonly GpuReading[];
  unknown: readonly UnknownReading[];
}

/** null when nothing says how many GPUs it has: a count that nobody measured would be money that nobody spends. */
export function makeSample(facts: NodeFacts, readings: NodeReadings): Sample | null {
  const { engines, gpus, intervalSec } = readings;
  const gpuCount = gpus.length || facts.gpu?.count;
  if (!gpuCount) return null;
  const activity = readActivity(engines, gpus);
  const energy = readEnergy(gpus, intervalSec);
  const cached = readCached(engines);
  const models = facts.model ? [facts.model] : [...new Set(engines.flatMap((engine) => engine.models))].sort();
  const engineNames = [...new Set(engines.flatMap(({ engine }) => engine ?? []))].sort();
  const extra = packExtra(
    {
      registry: REGISTRY_VERSION,
      engine_active_from: activity.from,
      ...cached.extra,
      energy_estimated: energy.estimated || null,
      models: models.length > 1 ? models.join(" ") : null,
      engines: engines.length > 1 ? engines.length : null,
      ...requestEnds(engines),
      ...histogramReadings(engines),
      ...gpuExtra(gpus),
      ...setupReadings(engines),
    },
    [...engines.flatMap(({ unknown }) => unknown), ...readings.unknown],
  );
  return {
    node: facts.node,
    pool: facts.pool,
    at: readings.at.toISOString(),
    intervalSec,
    gpuCount: Math.min(1_024, gpuCount),
    gpuType: text(gpus.find(({ type }) => type !== null)?.type ?? facts.gpu?.type, 100),
    commitment: facts.commitment ?? null,
    region: text(facts.region, 100),
    engine: text(engineNames.join("+"), 100),
    model: text(models[0], 200),
    engineActive: share(activity.engineActive),
    gpuUtil: share(meanOf(gpus, "gpuUtil")),
    memoryUsedMib: amount(sumOf(gpus, "memoryUsedMib"), 1e9),
    memoryTotalMib: amount(memoryTotal(gpus) ?? (facts.gpu?.memoryMib ? facts.gpu.memoryMib * facts.gpu.count : null), 1e9),
    kvCacheUsage: share(mean(engines.flatMap(({ gauges }) => gauges.kvCacheUsage ?? []))),
    running: amount(sum(engines.flatMap(({ gauges }) => gauges.running ?? [])), 1e6),
    waiting: amount(sum(engines.flatMap(({ gauges }) => gauges.waiting ?? [])), 1e6),
    promptTokens: amount(addedOf(engines, "promptTokens"), 1e12),
    cachedTokens: amount(cached.tokens, 1e12),
    generatedTokens: amount(addedOf(engines, "generatedTokens"), 1e12),
    preemptions: amount(addedOf(engines, "preemptions"), 1e9),
    powerWatts: amount(sumOf(gpus, "powerWatts"), 1e6),
    energyMj: amount(energy.mj, 1e12),
    extra,
  };
}

/**
 * How busy. GR_ENGINE_ACTIVE says it; SM_ACTIVE next; else the busier of tensor cores and memory, since generation waits
 * for memory. GPU_UTIL ("some kernel ran") is sent beside it and used by the console only when there is none of these.
 * Without any reading of a GPU, an engine that ran, queued and produced nothing at all was idle; one that did anything
 * stays unknown, because nobody knows how much.
 */
function readActivity(
  engines: readonly EngineReading[],
  gpus: readonly GpuReading[],
): { engineActive: number | null; from: string | null } {
  const each = gpus.flatMap(({ values: { engineActive, smActive, tensorActive, dramActive } }) => {
    if (engineActive !== undefined) return [{ value: engineActive, from: "engine" }];
    if (smActive !== undefined) return [{ value: smActive, from: "sm" }];
    const busier = Math.max(tensorActive ?? -1, dramActive ?? -1);
    return busier < 0 ? [] : [{ value: busier, from: "tensor-dram" }];
  });
  // A GPU without a reading is not an idle one: then the console falls back to GPU_UTIL for the whole node.
  if (each.length > 0 && each.length === gpus.length) {
    const from = [...new Set(each.map((one) => one.from))].sort().join("+");
    return { engineActive: mean(each.map(({ value }) => value)), from };
  }
  if (gpus.some(({ values }) => values.gpuUtil !== undefined) || engines.length === 0) return { engineActive: null, from: null };
  const still = engines.every(
    ({ gauges, added }) =>
      gauges.running === 0 && gauges.waiting === 0 && added.promptTokens === 0 && added.generatedTokens === 0,
  );
  return still ? { engineActive: 0, from: "engine-idle" } : { engineActive: null, from: null };
}

/** Its own counter; where a GPU has none, its power over the interval, and then the sum is called estimated. */
function readEnergy(gpus: readonly GpuReading[], intervalSec: number): { mj: number | null; estimated: boolean } {
  let estimated = false;
  const each = gpus.flatMap(({ energyAddedMj, values: { powerWatts } }) => {
    if (energyAddedMj !== null) return [energyAddedMj];
    if (powerWatts === undefined) return [];
    estimated = true;
    return [powerWatts * intervalSec * 1_000];
  });
  return { mj: sum(each), estimated };
}

/** Prompt tokens that came from a cache; hits of the prefix cache stand in, labelled, and never exceed the prompts. */
function readCached(engines: readonly EngineReading[]): { tokens: number | null; extra: Record<string, ExtraValue | null> } {
  let estimated = false;
  const each = engines.flatMap(({ added: { cachedTokens, prefixHitTokens, promptTokens } }) => {
    const tokens = cachedTokens ?? prefixHitTokens;
    if (tokens === undefined) return [];
    if (cachedTokens === undefined || tokens > (promptTokens ?? Number.POSITIVE_INFINITY)) estimated = true;
    return [Math.min(tokens, promptTokens ?? tokens)];
  });
  return { tokens: sum(each), extra: { cached_tokens_estimated: estimated || null } };
}

function requestEnds(engines: readonly EngineReading[]): Record<string, ExtraValue | null> {
  const reasons: Record<string, number> = {};
  for (const { finished } of engines) {
    for (const [reason, count] of Object.entries(finished).slice(0, 8)) {
      const key = `requests_finished_${reason}`;
      reasons[key] = (reasons[key] ?? 0) + count;
    }
  }
  return {
    requests_finished: addedOf(engines, "requestsFinished"),
    ...reasons,
    requests_aborted: addedOf(engines, "requestsAborted"),
  };
}

const HISTOGRAM_KEYS: readonly { meaning: HistogramMeaning; key: string; percentiles: readonly number[]; buckets: boolean }[] = [
  { meaning: "ttft", key: "ttft_seconds", percentiles: [50, 95, 99], buckets: true },
  { meaning: "queue", key: "queue_seconds", percentiles: [50, 95, 99], buckets: true },
  { meaning: "interToken", key: "inter_token_seconds", percentiles: [50, 95], buckets: false },
  { meaning: "endToEnd", key: "end_to_end_seconds", percentiles: [50, 95], buckets: false },
  { meaning: "prefill", key: "prefill_seconds", percentiles: [], buckets: false },
  { meaning: "decode", key: "decode_seconds", percentiles: [], buckets: false },
];

function histogramReadings(engines: readonly EngineReading[]): Record<string, ExtraValue | null> {
  const read: Record<string, ExtraValue | null> = {};
  for (const { meaning, key, percentiles, buckets } of HISTOGRAM_KEYS) {
    const each: HistogramDelta[] = engines.flatMap(({ histograms }) => histograms[meaning] ?? []);
    if (each.length === 0) continue;
    const all = each.reduce(addHistograms);
    read[`${key}_count`] = all.count;
    read[`${key}_sum`] = rounded(all.sum, 6);
    for (const p of percentiles) {
      const value = percentile(all, p / 100);
      read[`${key}_p${p}`] = value === null ? null : rounded(value, 6);
    }
    if (!buckets) continue;
    for (const [index, part] of bucketTexts(all, TEXT_LENGTH).slice(0, 4).entries()) {
      read[`${key}_buckets${index === 0 ? "" : `_${index + 1}`}`] = part;
    }
  }
  return read;
}

function gpuExtra(gpus: readonly GpuReading[]): Record<string, ExtraValue | null> {
  const highest = (meaning: GpuMeaning) => {
    const values = gpus.flatMap(({ values }) => values[meaning] ?? []);
    return values.length === 0 ? null : Math.max(...values);
  };
  const digits = (value: number | null) => (value === null ? null : rounded(value, 4));
  return {
    gpu_temperature_c_max: highest("temperatureC"),
    gpu_xid_last: highest("xid") || null,
    gpu_tensor_active: digits(meanOf(gpus, "tensorActive")),
    gpu_dram_active: digits(meanOf(gpus, "dramActive")),
    gpu_instances: gpus.flatMap(({ instances }) => instances).join(" ") || null,
  };
}

/** The engine's own word on how it was set up. */
function setupReadings(engines: readonly EngineReading[]): Record<string, ExtraValue> {
  const wanted = ["block_size", "cache_dtype", "enable_prefix_caching", "gpu_memory_utilization", "num_gpu_blocks", "page_size"];
  const setup = Object.assign({}, ...engines.map((engine) => engine.setup)) as Record<string, string>;
  return Object.fromEntries(wanted.flatMap((label) => (setup[label] === undefined ? [] : [[`setup_${label}`, setup[label]]])));
}

/** Memory of a GPU: said, or the parts of it. */
function memoryTotal(gpus: readonly GpuReading[]): number | null {
  return sum(
    gpus.flatMap(({ values: { memoryTotalMib, memoryUsedMib, memoryFreeMib, memoryReservedMib } }) => {
      if (memoryTotalMib !== undefined) return [memoryTotalMib];
      if (memoryUsedMib === undefined || memoryFreeMib === undefined) return [];
      return [memoryUsedMib + memoryFreeMib + (memoryReservedMib ?? 0)];
    }),
  );
}

const sum = (values: readonly number[]) => (values.length === 0 ? null : values.reduce((total, value) => total + value, 0));
const mean = (values: readonly number[]) => (values.length === 0 ? null : sum(values)! / values.length);
const sumOf = (gpus: readonly GpuReading[], meaning: GpuMeaning) => sum(gpus.flatMap(({ values }) => values[meaning] ?? []));
const meanOf = (gpus: readonly GpuReading[], meaning: GpuMeaning) => mean(gpus.flatMap(({ values }) => values[meaning] ?? []));
const addedOf = (engines: readonly EngineReading[], meaning: CounterMeaning) =>
  sum(engines.flatMap(({ added }) => added[meaning] ?? []));
const rounded = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

/** 0 to 1, a hair above is rounding; anything else is another unit and not guessed at. */
function share(value: number | null): number | null {
  return value === null || value < 0 || value > 1.05 ? null : rounded(Math.min(1, value), 4);
}

/** One reading beyond what the console takes must not cost the sample. */
function amount(value: number | null, max: number): number | null {
  return value === null || value < 0 || value > max ? null : rounded(value, 3);
}

function text(value: string | null | undefined, length: number): string | null {
  return value ? storable(value, length) || null : null;
}
