/** What the fleet's read side answers with, and what it is asked. Shared by the API and the pages. */
import { z } from "zod";

export const sharePeriodSchema = z
  .strictObject({
    from: z.iso.datetime({ offset: true }).describe("Inclusive start"),
    to: z.iso.datetime({ offset: true }).describe("Exclusive end"),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], error: "must be after `from`" });
export type SharePeriod = z.infer<typeof sharePeriodSchema>;

export const connectionQuerySchema = z.strictObject({
  key: z
    .string()
    .min(6)
    .max(80)
    .describe("Id of an API key, or the first characters that are shown of it (its prefix). Never the key itself."),
  since: z.iso.datetime({ offset: true }).describe("Show what came after this; at most 24 hours back"),
});

/** `live`: a sample in the last 5 minutes; `stale`: an older one; `silent`: never one. */
export type NodeState = "live" | "stale" | "silent";

/** The newest sample of a node. Shares are 0..1, null where the source does not tell. */
export interface NodeReading {
  at: string;
  engineActive: number | null;
  gpuUtilization: number | null;
  memoryUsedMib: number | null;
  memoryTotalMib: number | null;
  kvCacheUsage: number | null;
  running: number | null;
  waiting: number | null;
  /** Prompt and generated tokens of the sample over its interval. */
  tokensPerSecond: number | null;
  powerWatts: number | null;
}

export interface FleetNode {
  id: string;
  gpuType: string | null;
  gpuCount: number;
  region: string | null;
  commitment: string | null;
  simulated: boolean;
  state: NodeState;
  /** Null also for a reader who is limited to tenants: it tells what others are doing. */
  reading: NodeReading | null;
}

export interface FleetPool {
  id: string;
  name: string;
  model: string | null;
  engine: string | null;
  simulated: boolean;
  nodes: FleetNode[];
}

export interface TenantShareLine {
  tenant: string;
  uncachedTokens: string;
  cachedTokens: string;
  decodeTokens: string;
  /** Weighted tokens, decimal text. */
  work: string;
  /** 0..1, decimal text; null when the pool did no work. */
  share: string | null;
  busyUsd: string;
}

/** Money of a whole pool is null for a reader who is limited to tenants: it is the work of others too. */
export interface PoolShare {
  pool: string;
  busyUsd: string | null;
  /** Always its own line: nobody's share. */
  idleUsd: string | null;
  /** Busy money of a time in which no tenant sent work. */
  unallocatedUsd: string | null;
  tenants: TenantShareLine[];
}

export interface PoolShares {
  weights: { uncached: number; cached: number; decode: number };
  /** True when the reader is limited to tenants: lines of others are left out. */
  limited: boolean;
  pools: PoolShare[];
}

export interface ReceivedEvent {
  id: string;
  requestId: string;
  occurredAt: string;
  receivedAt: string;
  tenant: string;
  endpoint: string;
  provider: string;
  model: string;
  status: string;
  dialect: string;
  totalTokens: string;
  pricingState: string;
  costUsd: string;
}

export interface RefusedEvent {
  receivedAt: string;
  source: string;
  code: string;
  field: string | null;
  reason: string;
  eventId: string | null;
}

export interface Connection {
  key: { id: string; name: string; prefix: string; lastUsedAt: string | null };
  /** Newest first, at most 20. */
  received: ReceivedEvent[];
  refused: RefusedEvent[];
}
