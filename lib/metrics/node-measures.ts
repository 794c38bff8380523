/** What one reading of a GPU node adds to its rollups. Averages are time-weighted sums beside their weights. */

/** A row of telemetry.node_sample. Counters are deltas since the node's previous reading; absent readings are null. */
export interface NodeReading {
  node: string;
  /** Epoch milliseconds, end of the interval. */
  at: number;
  pool: string;
  engine: string | null;
  region?: string | null;
  intervalSec: number;
  memoryUsedMib: number | null;
  memoryTotalMib: number | null;
  /** 0..1 */
  kvCacheUsage: number | null;
  running: number | null;
  waiting: number | null;
  promptTokens: number | null;
  cachedTokens: number | null;
  generatedTokens: number | null;
  preemptions: number | null;
  powerWatts: number | null;
  energyMj: number | null;
  busyGpuMs: bigint;
  idleGpuMs: bigint;
  busyNano: bigint;
  idleNano: bigint;
}

/** Exact: integers. */
const EXACT = ["busy_gpu_ms", "idle_gpu_ms", "busy_nano", "idle_nano", "samples"] as const;
/** Physical readings: floating point. */
const INEXACT = [
  "energy_mj",
  "metered_tokens",
  "generated_tokens",
  "generated_ms",
  "prompt_tokens",
  "cached_tokens",
  "preemptions",
  "memory_used",
  "memory_total",
  "kv_cache",
  "kv_cache_weight",
  "running",
  "running_weight",
  "waiting",
  "waiting_weight",
  "power",
  "power_weight",
] as const;
export const NODE_MEASURES = [...EXACT, ...INEXACT] as const;
export type NodeMeasure = (typeof NODE_MEASURES)[number];
export const isExactNodeMeasure = (name: NodeMeasure): boolean => (EXACT as readonly string[]).includes(name);

/** Worked out of `energy_mj` when they are read, by the energy terms of the region (gpu_term): a term may be set later. */
export const ENERGY_MEASURES = ["facility_mj", "energy_nano", "carbon_mg"] as const;
export type EnergyMeasure = (typeof ENERGY_MEASURES)[number];
export const isEnergyMeasure = (name: string): name is EnergyMeasure => (ENERGY_MEASURES as readonly string[]).includes(name);

export type NodeSums = Record<NodeMeasure, bigint | number>;

/** What one reading adds. */
export function nodeSums(reading: NodeReading): NodeSums {
  const ms = reading.intervalSec * 1_000;
  const weighted = (value: number | null) => (value === null ? 0 : value * ms);
  const weight = (value: number | null) => (value === null ? 0 : ms);
  const memory = reading.memoryUsedMib !== null && reading.memoryTotalMib !== null;
  return {
    busy_gpu_ms: reading.busyGpuMs,
    idle_gpu_ms: reading.idleGpuMs,
    busy_nano: reading.busyNano,
    idle_nano: reading.idleNano,
    samples: 1n,
    energy_mj: reading.energyMj ?? 0,
    // Tokens per watt divides only tokens whose energy was measured.
    metered_tokens: reading.energyMj === null ? 0 : (reading.generatedTokens ?? 0),
    generated_tokens: reading.generatedTokens ?? 0,
    generated_ms: weight(reading.generatedTokens),
    prompt_tokens: reading.promptTokens ?? 0,
    cached_tokens: reading.cachedTokens ?? 0,
    preemptions: reading.preemptions ?? 0,
    memory_used: memory ? weighted(reading.memoryUsedMib) : 0,
    memory_total: memory ? weighted(reading.memoryTotalMib) : 0,
    kv_cache: weighted(reading.kvCacheUsage),
    kv_cache_weight: weight(reading.kvCacheUsage),
    running: weighted(reading.running),
    running_weight: weight(reading.running),
    waiting: weighted(reading.waiting),
    waiting_weight: weight(reading.waiting),
    power: weighted(reading.powerWatts),
    power_weight: weight(reading.powerWatts),
  };
}
