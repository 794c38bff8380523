/**
 * Answers as schemas, for the document and its tests. Each is held against the TypeScript type that the verb returns, so
 * the document cannot drift from the code without a compile error.
 */
import { z } from "zod";
import { ERROR_CODES, type Problem } from "@/lib/http";
import { ANNOTATION_KINDS } from "@/lib/metrics/annotations";
import type { MetricDefinition } from "@/lib/metrics/catalogue";
import { dimensionSchema, GRAINS, type Completeness, type MetricCell, type MetricValue } from "@/lib/metrics/schemas";
import { PRICING_STATES } from "@/lib/telemetry/event";
import type { DeadLetterPage, DeadLetterView, ReplayResult } from "@/lib/telemetry";

const decimal = z.string().describe("Exact decimal text");

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe("What is wrong and what to do"),
  code: z.enum([...(Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]), "internal"]),
  requestId: z.string().describe("Quote it to your administrator"),
  field: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
}) satisfies z.ZodType<Problem>;

const metricValueSchema = z.object({
  value: decimal.nullable().describe('Null is "no data", never 0'),
  numerator: decimal.optional(),
  denominator: decimal.optional(),
  count: decimal.optional().describe("Observations behind a percentile"),
}) satisfies z.ZodType<MetricValue>;

const metricCellSchema = metricValueSchema.extend({ compare: metricValueSchema.optional() }) satisfies z.ZodType<MetricCell>;

const completenessSchema = z.object({
  watermark: z.string().nullable().describe("Everything up to here is in"),
  pricedShare: decimal.nullable(),
  late: z.number(),
  duplicates: z.number(),
  conflicts: z.number(),
  rejected: z.number(),
  mismatched: z.number().describe("Events whose meters do not sum to the total that their source states"),
}) satisfies z.ZodType<Completeness>;

export const metricResultSchema = z.object({
  rows: z.array(
    z
      .object({
        bucket: z.string().nullable().describe("Start of the bucket; null for the grain total"),
        partial: z.boolean().optional(),
      })
      .catchall(z.union([z.string().describe("Value of a dimension"), metricCellSchema])),
  ),
  completeness: completenessSchema,
  plan: z.object({
    grains: z.array(z.string()),
    from: z.string(),
    to: z.string(),
    compareFrom: z.string().optional(),
    compareTo: z.string().optional(),
    timeZone: z.string(),
  }),
  warnings: z.array(z.string()),
});

export const metricListSchema = z.object({
  metrics: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      unit: z.enum(["usd", "count", "ratio", "ms", "tokens", "tokens_per_second", "tokens_per_joule", "hours", "kwh", "kg"]),
      direction: z.enum(["lower", "higher", "neutral"]),
      kind: z.enum(["additive", "ratio", "percentile", "average"]),
      formula: z.string(),
      description: z.string(),
      source: z.enum(["S0", "S1", "S2", "S3"]).describe("S0 usage events, S1 outcomes, S2 GPU node samples, S3 allocated GPU hours"),
      measures: z.array(z.string()),
      notEnough: z.string().describe("When the value is null"),
    }) satisfies z.ZodType<Omit<MetricDefinition, "evaluation" | "domain">>,
  ),
  dimensions: z.array(dimensionSchema).describe("What metrics can be grouped and filtered by"),
  grains: z.array(z.enum(GRAINS)),
});

export const annotationListSchema = z.object({
  annotations: z
    .array(
      z.object({
        at: z.string(),
        kind: z.enum(ANNOTATION_KINDS),
        label: z.string().describe("One sentence for people"),
        href: z.string().optional().describe("Page of the console that tells it in full"),
      }),
    )
    .describe("Oldest first"),
});

const requestRowSchema = z.looseObject({
  id: z.string(),
  occurredAt: z.string(),
  tenant: z.string(),
  endpoint: z.string(),
  provider: z.string(),
  modelRequested: z.string(),
  modelServed: z.string(),
  requestId: z.string(),
  attempt: z.int(),
  final: z.boolean(),
  status: z.string(),
  errorClass: z.string().nullable(),
  cacheHit: z.boolean(),
  tokensIn: z.number(),
  tokensCached: z.number(),
  tokensOut: z.number(),
  latencyMs: z.number().nullable(),
  pricingState: z.enum(PRICING_STATES),
  costUsd: decimal,
  savedUsd: decimal,
});

export const requestPageSchema = z.object({
  rows: z.array(requestRowSchema.extend({ attempts: z.int(), requestCostUsd: decimal })),
  nextCursor: z.string().nullable(),
  from: z.string(),
  to: z.string(),
});

const explainedLineSchema = z.object({
  meter: z.string(),
  quantity: z.number(),
  unitPriceUsd: decimal.describe("Dollars per 1M units"),
  modifiers: z.array(z.object({ reason: z.string(), factor: decimal })),
  amountUsd: decimal,
});

export const explainedRequestSchema = z.object({
  requestId: z.string(),
  tenant: z.string(),
  attempts: z
    .array(
      requestRowSchema.extend({
        explanation: z.looseObject({ state: z.enum(PRICING_STATES), costUsd: decimal, lines: z.array(explainedLineSchema) }),
      }),
    )
    .describe("In order of attempt"),
  costUsd: decimal,
  savedUsd: decimal,
  action: z.looseObject({}).nullable().describe("The chain of requests that share the action id"),
});

const deadLetterSchema = z.object({
  id: z.string(),
  receivedAt: z.string(),
  source: z.string(),
  code: z.string(),
  field: z.string().nullable(),
  reason: z.string(),
  eventId: z.string().nullable(),
  tenant: z.string().nullable(),
  payload: z.unknown(),
  replayedAt: z.string().nullable(),
  replayResult: z.string().nullable(),
}) satisfies z.ZodType<DeadLetterView>;

export const deadLetterPageSchema = z.object({
  items: z.array(deadLetterSchema),
  next: z.string().nullable().describe("Pass as `before`; null on the last page"),
}) satisfies z.ZodType<DeadLetterPage>;

export const replayAnswerSchema = z.object({
  id: z.string(),
  status: z.enum(["queued", "duplicate", "already_replayed"]).describe("duplicate: stored already, nothing was sent"),
  replayedAt: z.string(),
  eventId: z.string().nullable().describe("The event to look for; null when something else was sent"),
}) satisfies z.ZodType<ReplayResult>;

/** google.rpc.Status */
export const otlpStatusSchema = z.object({ code: z.int(), message: z.string() });

const partial = (field: string) =>
  z.object({
    partialSuccess: z
      .object({ [field]: z.string().describe("Number of rejected items; do not send them again"), errorMessage: z.string() })
      .optional()
      .describe("Absent when everything was accepted"),
  });
export const otlpTracesAnswerSchema = partial("rejectedSpans");
export const otlpMetricsAnswerSchema = partial("rejectedDataPoints");
export const otlpLogsAnswerSchema = partial("rejectedLogRecords");
