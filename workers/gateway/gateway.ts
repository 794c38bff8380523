/** What all requests share. */
import type { Upstream } from "./config";
import type { ExactCache } from "./exact-cache";
import type { BackgroundLane } from "./background-lane";
import type { EmbeddingBatches } from "./embedding-batches";
import type { GatewayMetrics } from "./gateway-metrics";
import type { RetryBudgets } from "./retry-budget";
import type { SharedCalls } from "./shared-calls";
import type { RecordEvent } from "./usage-recorder";

export interface Gateway {
  name: string;
  upstreams: ReadonlyMap<string, Upstream>;
  cache: ExactCache;
  lane: BackgroundLane;
  batches: EmbeddingBatches;
  budgets: RetryBudgets;
  shared: SharedCalls<ServedAnswer>;
  metrics: GatewayMetrics;
  record: RecordEvent;
  /** Mirrored copies under way. */
  shadows: { underWay: number };
}

/** A whole answer, and how it came to be. */
export interface ServedAnswer {
  body: Buffer;
  usage: Record<string, unknown> | null;
  model: string;
  provider: string;
  attempts: number;
}
