/** Every public operation: what it takes, what it answers, with an example of each. The document is made from this. */
import { z } from "zod";
import { metricQuerySchema } from "@/lib/metrics/schemas";
import { outcomeBatchSchema, sampleBatchSchema, usageAnswerSchema, usageBatchSchema } from "@/lib/telemetry";
import { waterfallQuerySchema, waterfallSchema } from "@/lib/metrics/waterfall/schemas";
import { coverageSchema } from "@/lib/telemetry/otlp";
import { REQUEST_DIMENSIONS, requestFilterSchema } from "@/lib/telemetry/requests/schemas";
import {
  annotationListSchema,
  deadLetterPageSchema,
  explainedRequestSchema,
  metricListSchema,
  metricResultSchema,
  otlpLogsAnswerSchema,
  otlpMetricsAnswerSchema,
  otlpStatusSchema,
  otlpTracesAnswerSchema,
  problemSchema,
  replayAnswerSchema,
  requestPageSchema,
} from "./answers";
import { ADVISOR_OPERATIONS, ADVISOR_SCHEMAS } from "./advisor-operations";
import { ALERT_OPERATIONS, ALERT_SCHEMAS } from "./alert-operations";
import { BUDGET_OPERATIONS, BUDGET_SCHEMAS } from "./budget-operations";
import { CHANGE_OPERATIONS, CHANGE_SCHEMAS } from "./change-operations";
import { CALCULATOR_OPERATIONS, CALCULATOR_SCHEMAS } from "./calculator-operations";
import { EVALUATION_OPERATIONS, EVALUATION_SCHEMAS } from "./evaluation-operations";
import { FLEET_OPERATIONS, FLEET_SCHEMAS } from "./fleet-operations";
import { MONEY_OPERATIONS, MONEY_SCHEMAS } from "./money-operations";
import { PRICING_OPERATIONS, PRICING_SCHEMAS } from "./pricing-operations";
import { NOTIFICATION_OPERATIONS, NOTIFICATION_SCHEMAS } from "./notification-operations";
import { POLICY_OPERATIONS, POLICY_SCHEMAS } from "./policy-operations";

/** Schemas by their name in the document. `input` before defaults are filled in, `output` after. */
export const SCHEMAS = {
  UsageBatch: { schema: usageBatchSchema, io: "input" },
  OutcomeBatch: { schema: outcomeBatchSchema, io: "input" },
  SampleBatch: { schema: sampleBatchSchema, io: "input" },
  BatchAnswer: { schema: usageAnswerSchema, io: "output" },
  MetricQuery: { schema: metricQuerySchema, io: "input" },
  MetricResult: { schema: metricResultSchema, io: "output" },
  WaterfallQuery: { schema: waterfallQuerySchema, io: "input" },
  Waterfall: { schema: waterfallSchema, io: "output" },
  MetricList: { schema: metricListSchema, io: "output" },
  AnnotationList: { schema: annotationListSchema, io: "output" },
  RequestPage: { schema: requestPageSchema, io: "output" },
  ExplainedRequest: { schema: explainedRequestSchema, io: "output" },
  DeadLetterPage: { schema: deadLetterPageSchema, io: "output" },
  Coverage: { schema: coverageSchema, io: "output" },
  Replay: {
    schema: z.strictObject({ payload: z.unknown().optional().describe("Edited payload; absent: as it was kept") }),
    io: "input",
  },
  ReplayAnswer: { schema: replayAnswerSchema, io: "output" },
  OtlpTracesAnswer: { schema: otlpTracesAnswerSchema, io: "output" },
  OtlpMetricsAnswer: { schema: otlpMetricsAnswerSchema, io: "output" },
  OtlpLogsAnswer: { schema: otlpLogsAnswerSchema, io: "output" },
  OtlpStatus: { schema: otlpStatusSchema, io: "output" },
  LitellmBody: { schema: z.unknown().describe("StandardLoggingPayload of LiteLLM, one or many"), io: "input" },
  LitellmAnswer: { schema: z.object({ bytes: z.int().describe("Taken, after decompression") }), io: "output" },
  OtlpRequest: { schema: z.looseObject({}).describe("An OTLP export request, see opentelemetry.io"), io: "input" },
  ...POLICY_SCHEMAS,
  ...PRICING_SCHEMAS,
  ...MONEY_SCHEMAS,
  ...FLEET_SCHEMAS,
  ...CHANGE_SCHEMAS,
  ...ADVISOR_SCHEMAS,
  ...CALCULATOR_SCHEMAS,
  ...EVALUATION_SCHEMAS,
  ...ALERT_SCHEMAS,
  ...NOTIFICATION_SCHEMAS,
  ...BUDGET_SCHEMAS,
  Problem: { schema: problemSchema, io: "output" },
} as const satisfies Record<string, { schema: z.ZodType; io: "input" | "output" }>;
export type SchemaName = keyof typeof SCHEMAS;

interface Body {
  schema: SchemaName;
  types: readonly string[];
  example: unknown;
}

interface Answer {
  description: string;
  /** Absent: it has no content. */
  schema?: SchemaName;
  types?: readonly string[];
  example?: unknown;
}

export interface Parameter {
  name: string;
  in: "path" | "query";
  description: string;
  schema: Record<string, unknown>;
  required?: boolean;
  explode?: boolean;
}

export interface Operation {
  method: "get" | "post" | "put" | "patch" | "delete";
  path: string;
  id: string;
  tag: "ingest" | "read" | "operate";
  scope: "ingest" | "read" | "admin";
  summary: string;
  parameters?: readonly Parameter[];
  body?: Body;
  answers: Record<string, Answer>;
  /** Refusals of the whole request. */
  refusals: readonly (400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 503)[];
  refusal?: SchemaName;
}

const event = {
  id: "01JD4Z8Q6M0000000000000000",
  occurredAt: "2026-11-20T10:15:30.123Z",
  tenant: "acme",
  endpoint: "support.answer",
  provider: "openai",
  modelRequested: "gpt-4o-mini",
  status: "success",
  meters: { input: 812, cacheRead: 1024, output: 203 },
  timing: { ttftMs: 312, latencyMs: 2210 },
};
const outcome = {
  id: "out-1",
  requestId: "01JD4Z8Q6M0000000000000000",
  kpi: "resolved",
  value: 1,
  occurredAt: "2026-11-20T10:20:00Z",
};
const sample = {
  node: "gpu-1",
  pool: "llama-70b",
  at: "2026-11-20T10:15:30Z",
  intervalSec: 30,
  gpuCount: 8,
  gpuType: "H100",
  engine: "vllm",
  model: "llama-3.3-70b",
  engineActive: 0.62,
  running: 12,
  waiting: 0,
  generatedTokens: 48_210,
  energyMj: 96_000_000,
};

const allAccepted = { accepted: 1, duplicates: 0, conflicts: 0, rejected: 0, items: [] };
const someRejected = (field: string, message: string) => ({
  accepted: 1,
  duplicates: 0,
  conflicts: 0,
  rejected: 1,
  items: [{ index: 1, id: null, status: "rejected", code: "missing_field", field, message }],
});

const BATCH_TYPES = ["application/json", "application/x-ndjson"] as const;
const OTLP_TYPES = ["application/json", "application/x-protobuf"] as const;
const INGEST_REFUSALS = [400, 401, 403, 413, 415, 429, 503] as const;

const verbose: Parameter = {
  name: "verbose",
  in: "query",
  description: "1: also list the accepted items",
  schema: { type: "string", enum: ["0", "1"] },
};

function batch(
  path: string,
  id: string,
  summary: string,
  schema: SchemaName,
  example: unknown,
  missing: [string, string],
): Operation {
  return {
    method: "post",
    path,
    id,
    tag: "ingest",
    scope: "ingest",
    summary,
    parameters: [verbose],
    body: { schema, types: BATCH_TYPES, example },
    answers: {
      "200": { description: "All items are durably queued", schema: "BatchAnswer", example: allAccepted },
      "207": { description: "Some items were not accepted: see items", schema: "BatchAnswer", example: someRejected(...missing) },
    },
    refusals: INGEST_REFUSALS,
  };
}

function otlp(signal: "traces" | "metrics" | "logs", summary: string, schema: SchemaName, body: unknown): Operation {
  return {
    method: "post",
    path: `/api/otlp/v1/${signal}`,
    id: `otlp_${signal}`,
    tag: "ingest",
    scope: "ingest",
    summary,
    body: { schema: "OtlpRequest", types: OTLP_TYPES, example: body },
    answers: { "200": { description: "Accepted, in the type of the request", schema, types: OTLP_TYPES, example: {} } },
    refusals: INGEST_REFUSALS,
    refusal: "OtlpStatus",
  };
}

/** Query parameters of `GET /api/v1/requests`, from its own schema. */
function requestParameters(): Parameter[] {
  const { properties = {} } = z.toJSONSchema(requestFilterSchema, { io: "input" });
  const scalars = Object.entries(properties).filter(([name]) => name !== "dimensions");
  return [
    ...scalars.map(([name, schema]): Parameter => {
      const { description = "", default: _, ...rest } = schema as Record<string, unknown> & { description?: string };
      return { name, in: "query", description, schema: rest };
    }),
    ...REQUEST_DIMENSIONS.map((name): Parameter => ({
      name,
      in: "query",
      description: `Only these values of ${name}; repeat for several, empty means not set`,
      schema: { type: "array", items: { type: "string" } },
      explode: true,
    })),
    {
      name: "format",
      in: "query",
      description: "csv: all matching requests as a download",
      schema: { type: "string", enum: ["csv"] },
    },
  ];
}

const requestRow = {
  id: event.id,
  occurredAt: event.occurredAt,
  tenant: "acme",
  endpoint: "support.answer",
  provider: "openai",
  modelRequested: "gpt-4o-mini",
  modelServed: "gpt-4o-mini",
  requestId: event.id,
  attempt: 1,
  final: true,
  status: "success",
  errorClass: null,
  cacheHit: false,
  tokensIn: 1836,
  tokensCached: 1024,
  tokensOut: 203,
  latencyMs: 2210,
  pricingState: "priced",
  // 812 × 0.15 + 1024 × 0.075 + 203 × 0.60 dollars per million
  costUsd: "0.0003204",
  savedUsd: "0",
};

export const OPERATIONS: readonly Operation[] = [
  batch(
    "/api/v1/usage",
    "send_usage",
    "Send usage events: one per upstream attempt or cache hit. Same id and content again is a duplicate, never a second charge.",
    "UsageBatch",
    { events: [event] },
    ["tenant", '"tenant" is required.'],
  ),
  batch(
    "/api/v1/outcomes",
    "send_outcomes",
    "Send what became of requests or actions. Tenant and endpoint are taken from their events, also when those come later.",
    "OutcomeBatch",
    { outcomes: [outcome] },
    ["kpi", '"kpi" is required.'],
  ),
  batch(
    "/api/v1/samples",
    "send_samples",
    "Send readings of GPU nodes: busy and idle time, memory, queue, tokens, energy. One reading per node and time counts.",
    "SampleBatch",
    { samples: [sample] },
    ["node", '"node" is required.'],
  ),
  {
    method: "post",
    path: "/api/integrations/litellm",
    id: "litellm_callback",
    tag: "ingest",
    scope: "ingest",
    summary:
      "Where LiteLLM's generic API callback points: a list, one object, or one object per line, whatever the type says. Kept as it came, answered at once, read after; what cannot be read is in the dead letters.",
    body: {
      schema: "LitellmBody",
      types: ["application/json"],
      example: [
        { id: "chatcmpl-1", model: "gpt-4o-mini", startTime: 1795168800.847, prompt_tokens: 1836, completion_tokens: 203 },
      ],
    },
    answers: { "200": { description: "Kept", schema: "LitellmAnswer", example: { bytes: 118 } } },
    refusals: [401, 403, 413, 415, 503],
  },
  otlp("traces", "OTLP/HTTP traces: GenAI spans become priced usage events; content is dropped.", "OtlpTracesAnswer", {
    resourceSpans: [],
  }),
  otlp("metrics", "OTLP/HTTP metrics: GenAI token counters, held against the spans, never billed.", "OtlpMetricsAnswer", {
    resourceMetrics: [],
  }),
  otlp("logs", "OTLP/HTTP logs: accepted and counted, not kept.", "OtlpLogsAnswer", { resourceLogs: [] }),
  {
    method: "post",
    path: "/api/v1/query",
    id: "query",
    tag: "read",
    scope: "read",
    summary: "Ask for metrics by dimensions, period and comparison. Every number of the console can be asked for here.",
    body: {
      schema: "MetricQuery",
      types: ["application/json"],
      example: {
        metrics: ["cost_usd", "cost_per_successful_request"],
        groupBy: ["tenant"],
        filters: [{ dimension: "endpoint", in: ["support.answer"] }],
        from: "2026-11-01T00:00:00Z",
        to: "2026-11-20T00:00:00Z",
        grain: "total",
        compare: "previous",
      },
    },
    answers: {
      "200": {
        description: "Rows; decimals are text",
        schema: "MetricResult",
        example: {
          rows: [
            {
              bucket: null,
              tenant: "acme",
              cost_usd: { value: "12.345678901", compare: { value: "11.5" } },
              cost_per_successful_request: { value: "0.00123", numerator: "12.345678901", denominator: "10037" },
            },
          ],
          completeness: {
            watermark: "2026-11-20T00:00:00.000Z",
            pricedShare: "0.998",
            late: 0,
            duplicates: 2,
            conflicts: 0,
            rejected: 1,
            mismatched: 0,
          },
          plan: { grains: ["day"], from: "2026-11-01T00:00:00.000Z", to: "2026-11-20T00:00:00.000Z", timeZone: "Europe/Berlin" },
          warnings: [],
        },
      },
    },
    refusals: [400, 401, 403, 503],
  },
  {
    method: "post",
    path: "/api/v1/waterfall",
    id: "waterfall",
    tag: "read",
    scope: "read",
    summary:
      "Why cost changed between two periods: volume, mix, price, tokens per request, cache, retries, new and retired models. The bars add up to the difference exactly.",
    body: {
      schema: "WaterfallQuery",
      types: ["application/json"],
      example: { from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z", compare: "previous" },
    },
    answers: {
      "200": {
        description: "The change, explained",
        schema: "Waterfall",
        example: {
          before: { from: "2026-11-19T00:00:00.000Z", to: "2026-11-20T00:00:00.000Z", costUsd: "7300", requests: "1000" },
          after: { from: "2026-11-20T00:00:00.000Z", to: "2026-11-21T00:00:00.000Z", costUsd: "6300", requests: "1500" },
          drivers: { volume: "3650", mix: "-4050", price: "-600", tokens: "0", cache: "0", retries: "0", other: "0" },
          models: [],
          warnings: [],
        },
      },
    },
    refusals: [400, 401, 403],
  },
  {
    method: "get",
    path: "/api/v1/metrics",
    id: "list_metrics",
    tag: "read",
    scope: "read",
    summary: "The metric catalogue: id, unit, direction and formula of every number.",
    answers: {
      "200": {
        description: "The catalogue",
        schema: "MetricList",
        example: {
          metrics: [
            {
              id: "success_rate",
              label: "Success rate",
              unit: "ratio",
              direction: "higher",
              kind: "ratio",
              formula: "successes ÷ requests",
              description: "Share of requests that ended well.",
              source: "S0",
              measures: ["req_success", "req_error"],
              notEnough: "no requests",
            },
          ],
          dimensions: ["tenant", "endpoint", "modelServed"],
          grains: ["total", "hour", "day"],
        },
      },
    },
    refusals: [401, 403],
  },
  {
    method: "get",
    path: "/api/v1/annotations",
    id: "list_annotations",
    tag: "read",
    scope: "read",
    summary: "What happened in a period that explains a step in a chart: rollouts, incidents, changes of the prices of models that you used in it.",
    parameters: ["from", "to"].map((name) => ({
      name,
      in: "query",
      required: true,
      description: name === "from" ? "Inclusive start" : "Exclusive end",
      schema: { type: "string", format: "date-time" },
    })),
    answers: {
      "200": {
        description: "Annotations for charts",
        schema: "AnnotationList",
        example: {
          annotations: [
            {
              at: "2026-11-05T00:00:00.000Z",
              kind: "price",
              label: "gpt-4.1 (openai): input $2.00 → $1.60, output $8.00 → $6.40 per 1M, workspace price",
            },
          ],
        },
      },
    },
    refusals: [400, 401, 403, 503],
  },
  {
    method: "get",
    path: "/api/v1/requests",
    id: "list_requests",
    tag: "read",
    scope: "read",
    summary: "Requests by filter, newest first, a page at a time; or all of them as CSV.",
    parameters: requestParameters(),
    answers: {
      "200": {
        description: "One page",
        schema: "RequestPage",
        example: {
          rows: [{ ...requestRow, attempts: 1, requestCostUsd: "0.0003204" }],
          nextCursor: null,
          from: "2026-11-19T10:20:00.000Z",
          to: "2026-11-20T10:20:00.000Z",
        },
      },
    },
    refusals: [400, 401, 403, 503],
  },
  {
    method: "get",
    path: "/api/v1/requests/{id}",
    id: "explain_request",
    tag: "read",
    scope: "read",
    summary: "One request: its attempts, each cost explained line by line, and the chain of its action.",
    parameters: [
      { name: "id", in: "path", required: true, description: "Request id or event id", schema: { type: "string" } },
      { name: "tenant", in: "query", description: "When several tenants use the id", schema: { type: "string" } },
    ],
    answers: {
      "200": {
        description: "The request",
        schema: "ExplainedRequest",
        example: {
          requestId: event.id,
          tenant: "acme",
          attempts: [
            {
              ...requestRow,
              explanation: {
                state: "priced",
                costUsd: "0.0003204",
                lines: [
                  { meter: "input", quantity: 812, unitPriceUsd: "0.15", modifiers: [], amountUsd: "0.0001218" },
                  { meter: "cacheRead", quantity: 1024, unitPriceUsd: "0.075", modifiers: [], amountUsd: "0.0000768" },
                  { meter: "output", quantity: 203, unitPriceUsd: "0.6", modifiers: [], amountUsd: "0.0001218" },
                ],
              },
            },
          ],
          costUsd: "0.0003204",
          savedUsd: "0",
          action: null,
        },
      },
    },
    refusals: [401, 403, 404, 503],
  },
  {
    method: "get",
    path: "/api/v1/otlp-coverage",
    id: "otlp_coverage",
    tag: "operate",
    scope: "read",
    summary: "What OTLP senders counted themselves against what came as spans: a share below 1 is spend that sampling hides.",
    parameters: ["from", "to"].map((name) => ({
      name,
      in: "query",
      description:
        name === "from" ? "Inclusive start; absent: 24 hours before the end" : "Exclusive end, at most 7 days later; absent: now",
      schema: { type: "string", format: "date-time" },
    })),
    answers: {
      "200": {
        description: "Tokens by tenant, provider and model",
        schema: "Coverage",
        example: {
          from: "2026-11-19T00:00:00.000Z",
          to: "2026-11-20T00:00:00.000Z",
          rows: [
            {
              tenant: "acme",
              provider: "openai",
              model: "gpt-4o",
              counted: { input: "120000", output: "8000" },
              spans: { input: "12000", output: "800" },
              share: "0.100000",
            },
          ],
        },
      },
    },
    refusals: [400, 401, 403, 503],
  },
  {
    method: "get",
    path: "/api/v1/dead-letters",
    id: "list_dead_letters",
    tag: "operate",
    scope: "read",
    summary: "What could not be stored, with the reason and the payload, newest first.",
    parameters: [
      { name: "limit", in: "query", description: "At most so many", schema: { type: "integer", minimum: 1, maximum: 200 } },
      { name: "before", in: "query", description: "`next` of the page before", schema: { type: "string" } },
      { name: "code", in: "query", description: "Only this code, e.g. conflict", schema: { type: "string" } },
      { name: "source", in: "query", description: "Only what came through this door, e.g. usage", schema: { type: "string" } },
      { name: "tenant", in: "query", description: "Only these tenants; repeatable", schema: { type: "string" } },
      { name: "from", in: "query", description: "Received then or later", schema: { type: "string", format: "date-time" } },
      { name: "to", in: "query", description: "Received before", schema: { type: "string", format: "date-time" } },
      { name: "state", in: "query", description: "Default: all", schema: { type: "string", enum: ["open", "replayed", "all"] } },
    ],
    answers: {
      "200": {
        description: "One page",
        schema: "DeadLetterPage",
        example: {
          items: [
            {
              id: "17",
              receivedAt: "2026-11-20T10:15:31.000Z",
              source: "usage",
              code: "conflict",
              field: "id",
              reason: "Another event with this id and other content was stored before.",
              eventId: event.id,
              tenant: "acme",
              payload: event,
              replayedAt: null,
              replayResult: null,
            },
          ],
          next: null,
        },
      },
    },
    refusals: [400, 401, 403, 503],
  },
  {
    method: "post",
    path: "/api/v1/dead-letters/{id}/replay",
    id: "replay_dead_letter",
    tag: "operate",
    scope: "admin",
    summary: "Send a dead letter through the pipeline again, as it was or edited.",
    parameters: [{ name: "id", in: "path", required: true, description: "Id of the dead letter", schema: { type: "string" } }],
    body: { schema: "Replay", types: ["application/json"], example: { payload: event } },
    answers: {
      "200": {
        description: "Queued, stored already, or replayed before",
        schema: "ReplayAnswer",
        example: { id: "17", status: "queued", replayedAt: "2026-11-20T11:00:00.000Z", eventId: event.id },
      },
    },
    refusals: [400, 401, 403, 404, 409, 422, 503],
  },
  ...POLICY_OPERATIONS,
  ...PRICING_OPERATIONS,
  ...MONEY_OPERATIONS,
  ...FLEET_OPERATIONS,
  ...CHANGE_OPERATIONS,
  ...ADVISOR_OPERATIONS,
  ...CALCULATOR_OPERATIONS,
  ...EVALUATION_OPERATIONS,
  ...ALERT_OPERATIONS,
  ...NOTIFICATION_OPERATIONS,
  ...BUDGET_OPERATIONS,
];
