/**
 * The public query contract (`POST /api/v1/query`), shared by the API, the pages and the OpenAPI document.
 */
import { z } from "zod";
import { DIMENSIONS, GRAINS, type Dimension, type Grain } from "./dimensions";

export { DIMENSIONS, GRAINS };
export type { Dimension, Grain };
export const dimensionSchema = z.enum(DIMENSIONS);

const instant = z.iso.datetime({ offset: true });

const filterSchema = z.strictObject({
  dimension: dimensionSchema,
  in: z.array(z.string().max(200)).min(1).max(200),
});
export type MetricFilter = z.infer<typeof filterSchema>;

export const metricQuerySchema = z.strictObject({
  metrics: z.array(z.string().max(80)).min(1).max(20).describe("Metric ids, see GET /api/v1/metrics"),
  groupBy: z.array(dimensionSchema).max(3).default([]),
  filters: z.array(filterSchema).max(20).default([]),
  from: instant.describe("Inclusive start, UTC or with offset"),
  to: instant.describe("Exclusive end"),
  grain: z.enum(GRAINS).default("total").describe("Buckets: day, week and month are built in the workspace time zone"),
  compare: z
    .union([z.enum(["previous", "last_week"]), z.strictObject({ from: instant, to: instant })])
    .optional()
    .describe("Also compute the same numbers for another period"),
  orderBy: z.strictObject({ metric: z.string().max(80), direction: z.enum(["asc", "desc"]).default("desc") }).optional(),
  limit: z.number().int().min(1).max(10_000).default(1_000),
});
export type MetricQuery = z.input<typeof metricQuerySchema>;

/** A number: decimal text, or null for "no data". Ratios carry what they were made of; percentiles their count. */
export interface MetricValue {
  value: string | null;
  numerator?: string;
  denominator?: string;
  /** Observations behind a percentile. */
  count?: string;
}

export interface MetricCell extends MetricValue {
  /** The same number in the comparison period, when one was asked for. */
  compare?: MetricValue;
}

/** Dimension values are text ("" means not set); metric ids hold cells; `bucket` is the ISO start of the bucket. */
export type MetricRow = { bucket: string | null; partial?: boolean } & {
  [key: string]: MetricCell | string | boolean | null | undefined;
};

export interface Completeness {
  /** Everything up to here is in: "complete to 14:32". Null when nothing was ever received. */
  watermark: string | null;
  /** Share of requests that have a price or are free by rule; null without requests. */
  pricedShare: string | null;
  late: number;
  duplicates: number;
  conflicts: number;
  rejected: number;
  /** Events whose meters do not sum to the total that their source states: kept, counted, never guessed away. */
  mismatched: number;
}

export interface MetricResult {
  rows: MetricRow[];
  completeness: Completeness;
  /** How the answer was found, for the curious and for benchmarks. */
  plan: { grains: string[]; from: string; to: string; compareFrom?: string; compareTo?: string; timeZone: string };
  warnings: string[];
}
