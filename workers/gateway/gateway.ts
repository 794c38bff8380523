/** What all requests share. */
import type { Price, Upstream } from "./config";
import type { Outcome } from "@/lib/telemetry/outcomes";
import type { AnswerStore, MeaningStore } from "./answer-store";
import type { BackgroundLane } from "./background-lane";
import type { BudgetCapsSource } from "./budget-caps";
import type { EmbeddingBatches } from "./embedding-batches";
import type { TextEmbedder } from "./embed-text";
import type { GatewayMetrics } from "./gateway-metrics";
import type { RetryBudgets } from "./retry-budget";
import type { SharedCalls } from "./shared-calls";
import type { RecordEvent } from "./usage-recorder";

export interface Gateway {
  name: string;
  upstreams: ReadonlyMap<string, Upstream>;
  answers: AnswerStore;
  meanings: MeaningStore;
  embedder: TextEmbedder;
  /** By provider/model. */
  prices: ReadonlyMap<string, Price>;
  lane: BackgroundLane;
  batches: EmbeddingBatches;
  budgets: RetryBudgets;
  /** Whose money is used up. */
  caps: BudgetCapsSource;
  shared: SharedCalls<ServedAnswer>;
  metrics: GatewayMetrics;
  record: RecordEvent;
  /** What became of a request. */
  recordOutcome: (outcome: Outcome) => void;
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
  /** All its calls together; null when that is not known. */
  costNanoUsd: bigint | null;
}
