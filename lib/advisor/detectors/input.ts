/**
 * What detectors look at: answers of the metric catalogue, a small sample of raw requests, what policies say, what models
 * and GPUs cost. Gathered by ../gather, made by hand in tests. Detectors are pure functions of it.
 */
import type { CacheLayer, Lane, Meters, Status } from "@/lib/telemetry/event";
import type { EnginePolicy, GatewayPolicy } from "@/lib/policies/schemas";
import type { SpendPools } from "../findings/finding";
import type { EvaporatedSaving } from "../ledger/list-evaporated";

/** API calls of one tenant, endpoint and model in the window: sums of the catalogue. Own pools are in `pools`. */
export interface TrafficRow {
  tenant: string;
  endpoint: string;
  model: string;
  requests: number;
  successes: number;
  attempts: number;
  retries: number;
  duplicates: number;
  timeouts: number;
  costNanoUsd: bigint;
  costFailedNanoUsd: bigint;
  costRetriedNanoUsd: bigint;
  costDuplicateNanoUsd: bigint;
  tokensInput: number;
  tokensCacheRead: number;
  tokensCacheWrite: number;
  tokensOutput: number;
}

/** Percentiles of one endpoint, own pools included; null: too few observations. */
export interface EndpointRow {
  endpoint: string;
  requests: number;
  inputP50: number | null;
  inputP95: number | null;
  outputP50: number | null;
  outputP95: number | null;
  latencyP95Ms: number | null;
  streamedShare: number;
  /** Null: its requests name no actions. */
  callsPerAction: number | null;
  /** Three weeks earlier. */
  inputP50Before: number | null;
  inputP95Before: number | null;
  requestsBefore: number;
}

/** Good outcomes of one endpoint by the model that served. */
export interface QualityRow {
  endpoint: string;
  model: string;
  outcomes: number;
  good: number;
}

/** One event of the sample. Times in ms. */
export interface SampleEvent {
  occurredAt: number;
  tenant: string;
  endpoint: string;
  route: string | null;
  provider: string;
  modelRequested: string;
  modelServed: string;
  pool: string | null;
  precision: string | null;
  lane: Lane;
  requestId: string;
  attempt: number;
  final: boolean;
  actionId: string | null;
  step: string | null;
  status: Status;
  cacheLayer: CacheLayer;
  cacheHit: boolean;
  similarity: number | null;
  stream: boolean;
  meters: Meters;
  queueMs: number | null;
  ttftMs: number | null;
  latencyMs: number | null;
  decodeMs: number | null;
  requestHash: string | null;
  prefixHash: string | null;
  serviceTier: string | null;
  batch: boolean;
  costNanoUsd: bigint;
}

export interface Sample {
  /** In order of time. Whole requests, and all repetitions of a request that is in it. */
  events: readonly SampleEvent[];
  /** What part of all requests it is; 1: all of them. */
  share: number;
  from: number;
  to: number;
}

/** One hour of one pool. */
export interface PoolHour {
  at: number;
  utilization: number;
  kvCacheUsage: number | null;
  queueDepth: number | null;
  runningBatch: number | null;
  preemptions: number;
}

export interface PoolInput {
  id: string;
  model: string;
  engine: string;
  gpuType: string;
  commitment: string;
  nodes: number;
  gpus: number;
  /** What the pool's engines are told. */
  policy: EnginePolicy;
  costNanoUsd: bigint;
  idleCostNanoUsd: bigint;
  utilization: number;
  memoryUse: number | null;
  hours: readonly PoolHour[];
}

export interface ModelOption {
  provider: string;
  model: string;
  /** Of an own pool; null: an API. */
  pool: string | null;
  requests: number;
}

export interface GpuPrice {
  gpuType: string;
  commitment: string;
  usdPerHour: number;
}

/** How long it took until anybody used an answer: to its first outcome or the next step of its action. */
export interface ConsumerWait {
  endpoint: string;
  medianMs: number;
  observations: number;
}

export interface AdvisorInput {
  from: number;
  to: number;
  /** Days of data in the window: what is scaled up to 30. */
  days: number;
  traffic: readonly TrafficRow[];
  endpoints: readonly EndpointRow[];
  quality: readonly QualityRow[];
  waits: readonly ConsumerWait[];
  sample: Sample;
  pools: readonly PoolInput[];
  models: readonly ModelOption[];
  gpuPrices: readonly GpuPrice[];
  /** Promoted changes whose saving is surely less than half of what it was. */
  evaporated: readonly EvaporatedSaving[];
  /** 30 days of every pool of spend. */
  spend: SpendPools;
  policyOf: (tenant: string | null, endpoint: string | null) => GatewayPolicy;
  /** The event at the prices of now, nano-USD; null: no price. The rating of the product itself. */
  rate: (event: SampleEvent) => bigint | null;
}
