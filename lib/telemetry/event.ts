/**
 * The internal event: one upstream attempt, or one cache hit that needed none. Every dialect becomes this, once.
 * Meters are disjoint: they can be added without counting a token twice.
 */

/** Meters in the order in which they are stored, shown and priced. Units: tokens, images, requests. */
export const METERS = ["input", "cacheRead", "cacheWrite5m", "cacheWrite1h", "output", "audioIn", "audioOut", "image"] as const;
export type Meter = (typeof METERS)[number];

/** `reasoning` is information about `output`, never added to it. */
export type Meters = Record<Meter, number> & { reasoning: number };

export function noMeters(): Meters {
  return { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, audioIn: 0, audioOut: 0, image: 0, reasoning: 0 };
}

export const STATUSES = ["success", "error", "timeout", "oom", "rate_limited", "cancelled"] as const;
export type Status = (typeof STATUSES)[number];

export const CACHE_LAYERS = ["none", "exact", "semantic", "retrieval", "embedding", "prefix"] as const;
export type CacheLayer = (typeof CACHE_LAYERS)[number];

export const LANES = ["interactive", "batch"] as const;
export type Lane = (typeof LANES)[number];

export const VARIANTS = ["control", "canary"] as const;
export type Variant = (typeof VARIANTS)[number];

/** Who wrote the usage: decides how the total input relates to the cached part. */
const DIALECTS = ["native", "openai", "openai-responses", "anthropic", "gemini", "otel", "litellm"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** A normalised event. Times in milliseconds; `occurredAt` is a UTC epoch in milliseconds. Absent text is null. */
export interface UsageEvent {
  id: string;
  occurredAt: number;
  tenant: string;
  endpoint: string;
  feature: string | null;
  route: string | null;
  provider: string;
  modelRequested: string;
  modelServed: string;
  gateway: string | null;
  pool: string | null;
  node: string | null;
  region: string | null;
  engine: string | null;
  precision: string | null;
  lane: Lane;
  requestId: string;
  attempt: number;
  /** The last attempt of its request: the one that is counted as the request. */
  final: boolean;
  actionId: string | null;
  actionStep: string | null;
  status: Status;
  errorClass: string | null;
  cacheLayer: CacheLayer;
  cacheHit: boolean;
  cacheSimilarity: number | null;
  stream: boolean;
  meters: Meters;
  queueMs: number | null;
  ttftMs: number | null;
  latencyMs: number | null;
  prefillMs: number | null;
  decodeMs: number | null;
  variant: Variant;
  generation: number | null;
  requestHash: string | null;
  prefixHash: string | null;
  serviceTier: string | null;
  batch: boolean;
  /** Mirrored traffic: in cost, out of user-facing rates. */
  shadow: boolean;
  tags: Record<string, string>;
  dialect: Dialect;
  /** The provider's usage object as it came, when it came. */
  usageRaw: unknown;
  /** Source total minus sum of parts, when the source states a total; kept and counted, never guessed away. */
  tokenMismatch: number | null;
  providerCostNanoUsd: bigint | null;
  apiKeyId: string | null;
  /** First 64 bits of sha256 over the canonical content: same id and same hash = duplicate, else conflict. */
  contentHash: bigint;
}

export const PRICING_STATES = ["priced", "free", "unpriced"] as const;
export type PricingState = (typeof PRICING_STATES)[number];

/** One line of "explain this cost". `unitPriceUsd` is dollars per 1M units (per unit for `request`), decimal text. */
export interface CostLine {
  meter: Meter | "request";
  quantity: number;
  unitPriceUsd: string;
  /** Factors applied to the unit price, in order, e.g. {"reason":"batch","factor":"0.5"}. */
  modifiers: { reason: string; factor: string }[];
  costNanoUsd: bigint;
}

export interface Rating {
  pricingState: PricingState;
  /** Exact sum of the lines. 0 for unpriced and free. */
  costNanoUsd: bigint;
  lines: CostLine[];
  priceRuleId: number | null;
  /** What a cache hit avoided, at the price of the model that would have served it. 0 otherwise. */
  savedNanoUsd: bigint;
}

/** What the event store writes and the rollups add up. */
export interface RatedEvent extends UsageEvent {
  rating: Rating;
  /** Same tenant and same request hash seen before in the same 5-minute window. */
  duplicate: boolean;
  /** First event of its action. */
  firstOfAction: boolean;
}

/** Dimensions that a rollup series is keyed by; null is stored as ''. `status` and cache outcome are columns instead. */
export const SERIES_DIMENSIONS = [
  "tenant",
  "endpoint",
  "feature",
  "route",
  "provider",
  "modelRequested",
  "modelServed",
  "gateway",
  "pool",
  "node",
  "region",
  "engine",
  "precision",
  "lane",
  "variant",
  "generation",
  "actionStep",
  "apiKeyId",
  "tags",
] as const;
export type SeriesDimension = (typeof SERIES_DIMENSIONS)[number];
