/** What can be asked about requests, and what is answered. Pure: the pages and the API share it. */
import { z } from "zod";
import {
  REQUEST_DIMENSIONS,
  REQUEST_FLAGS,
  REQUEST_ROWS,
  REQUEST_SORTS,
  requestFilterOf,
  requestFilterParams,
  type RequestDimension,
  type RequestSort,
} from "./params";
import {
  PRICING_STATES,
  type CacheLayer,
  type CostLine,
  type Lane,
  type Meters,
  type PricingState,
  type Status,
  type Variant,
} from "../event";

export { REQUEST_DIMENSIONS, requestFilterOf, requestFilterParams };
export type { RequestDimension, RequestSort };

const instant = z.iso.datetime({ offset: true });

export const requestFilterSchema = z.strictObject({
  from: instant.optional().describe("Inclusive start. Absent: 24 hours before the end."),
  to: instant.optional().describe("Exclusive end. Absent: now."),
  dimensions: z
    .partialRecord(z.enum(REQUEST_DIMENSIONS), z.array(z.string().max(200)).min(1).max(200))
    .default({})
    .describe('Dimension → values; "" means not set.'),
  rows: z.enum(REQUEST_ROWS).default("requests"),
  pricing: z.array(z.enum(PRICING_STATES)).default([]),
  flags: z.array(z.enum(REQUEST_FLAGS)).default([]),
  minCostUsd: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,9})?$/, "must be dollars like 0.25")
    .optional(),
  minLatencyMs: z.coerce.number().min(0).max(1e9).optional(),
  q: z.string().trim().min(1).max(200).optional().describe("A request id, event id or action id, exactly. Looks at all time."),
  sort: z.enum(REQUEST_SORTS).default("recent"),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type RequestFilter = z.output<typeof requestFilterSchema>;
export type RequestFilterInput = z.input<typeof requestFilterSchema>;

/** Dollars are exact decimal text. */
export interface RequestRow {
  id: string;
  occurredAt: string;
  tenant: string;
  endpoint: string;
  feature: string | null;
  route: string | null;
  provider: string;
  modelRequested: string;
  modelServed: string;
  gateway: string | null;
  pool: string | null;
  region: string | null;
  lane: Lane;
  requestId: string;
  attempt: number;
  final: boolean;
  actionId: string | null;
  actionStep: string | null;
  status: Status;
  errorClass: string | null;
  cacheLayer: CacheLayer;
  cacheHit: boolean;
  stream: boolean;
  shadow: boolean;
  duplicate: boolean;
  variant: Variant;
  generation: number | null;
  /** Everything that went in, cached parts included. */
  tokensIn: number;
  tokensCached: number;
  tokensOut: number;
  ttftMs: number | null;
  latencyMs: number | null;
  pricingState: PricingState;
  costUsd: string;
  savedUsd: string;
  /** The whole request: every attempt, this one included. */
  attempts: number;
  requestCostUsd: string;
}

export interface RequestPage {
  rows: RequestRow[];
  /** For the next page; null when this was the last one. */
  nextCursor: string | null;
  from: string;
  to: string;
}

/** One event with everything that is known about it. */
export interface RequestEvent extends Omit<RequestRow, "attempts" | "requestCostUsd"> {
  receivedAt: string;
  node: string | null;
  engine: string | null;
  precision: string | null;
  cacheSimilarity: number | null;
  meters: Meters;
  queueMs: number | null;
  prefillMs: number | null;
  decodeMs: number | null;
  requestHash: string | null;
  prefixHash: string | null;
  serviceTier: string | null;
  batch: boolean;
  tags: Record<string, string>;
  dialect: string;
  usageRaw: unknown;
  tokenMismatch: number | null;
  /** What the sender said that the provider charged. */
  providerCostUsd: string | null;
  apiKeyId: string | null;
  priceRuleId: number | null;
}

/** The stored rating of an event, for `explainCost`. */
export interface StoredRating {
  costNanoUsd: bigint;
  savedNanoUsd: bigint;
  lines: CostLine[];
}
