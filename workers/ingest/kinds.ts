/**
 * Job kinds beside usage. Each handler stores one batch in its own transaction and must be safe to repeat.
 * To add one: write `workers/ingest/<kind>.ts` and name it here.
 */
import type { JobKind } from "@/lib/telemetry";
import type { IngestDeps } from "./ingest-events";
import { ingestOutcomes } from "./outcomes";
import { ingestSamples } from "./samples";

export interface KindBatch {
  /** Epoch milliseconds at the door. */
  receivedAt: number;
  apiKeyId: string | null;
  /** As `enqueueBatch` was given them. */
  items: unknown[];
}

export type KindHandler = (deps: IngestDeps, batch: KindBatch) => Promise<void>;

export const kinds: Record<Exclude<JobKind, "usage">, KindHandler> = {
  outcomes: ingestOutcomes,
  samples: async (deps, batch) => {
    await ingestSamples(deps, batch);
  },
};
