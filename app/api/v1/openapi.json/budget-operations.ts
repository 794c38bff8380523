/** The routes of budgets and anomalies for the document: see operations.ts. */
import { z } from "zod";
import { feedbackSchema, WATCHED, type AnomalyList, type AnomalyView } from "@/lib/alerts/anomaly/schemas";
import {
  budgetInputSchema,
  updateBudgetSchema,
  type BudgetDetails,
  type BudgetPreview,
  type BudgetReading,
  type BudgetView,
  type ForecastView,
} from "@/lib/alerts/budgets/schemas";
import { METHODS } from "@/lib/alerts/forecast/choose";
import { budgetCapsSchema } from "@/lib/protocol/budget-caps";
import type { Operation } from "./operations";
import { idOf, json, listParameters, reading, writing } from "./shapes";

const usd = z.string().describe("Dollars, exact decimal text");
const band = z.object({ low: usd, high: usd });
const day = z.object({ from: z.string(), usd });
const forecastSchema = z.object({
  method: z.enum(METHODS),
  mase: z.number().nullable().describe('Mean error over past weeks ÷ that of "as a week ago"'),
  expectedUsd: usd,
  band80: band,
  band95: band,
  overrunProbability: z.number().describe("0 to 1"),
  exhaustsAt: z.string().nullable(),
  exhaustsEarliest: z.string().nullable().describe("On the upper edge of the 80 % band"),
  days: z.array(z.object({ to: z.string(), expectedUsd: usd, band80: band, band95: band })).describe("Since the period began"),
}) satisfies z.ZodType<ForecastView>;
const readingSchema = z.object({
  days: z.array(day),
  burn: z.array(
    z.object({
      factor: z.string(),
      longSec: z.int(),
      shortSec: z.int(),
      long: z.number().nullable(),
      short: z.number().nullable(),
      firing: z.boolean(),
    }),
  ),
  forecast: forecastSchema.nullable(),
  watermark: z.string().nullable(),
}) satisfies z.ZodType<BudgetReading>;
const fields = budgetInputSchema.omit({ thresholds: true });
const budgetSchema = fields.extend({
  thresholds: z.array(z.int()),
  id: z.string(),
  scopeWords: z.string(),
  owner: z.object({ id: z.string(), name: z.string() }),
  version: z.int(),
  archived: z.boolean(),
  updatedAt: z.string(),
  updatedBy: z.string(),
  failed: z.string().nullable().describe("Why it could not be evaluated"),
  current: z
    .object({
      from: z.string(),
      to: z.string(),
      limitUsd: usd,
      spentUsd: usd,
      cappedAt: z.string().nullable(),
      evaluatedAt: z.string(),
      reading: readingSchema,
    })
    .nullable()
    .describe("The period that runs, as last evaluated"),
  mayEdit: z.boolean(),
}) satisfies z.ZodType<BudgetView>;
const budgetDetailsSchema = budgetSchema.extend({
  events: z
    .array(
      z.object({
        id: z.string(),
        kind: z.enum(["threshold", "forecast", "capped", "released"]),
        percent: z.int().nullable(),
        at: z.string(),
        periodFrom: z.string(),
        spentUsd: usd,
        limitUsd: usd,
        text: z.string(),
        change: z.object({ id: z.string(), number: z.int(), title: z.string() }).nullable().describe("The change it drafted"),
        draftFailed: z.string().nullable(),
      }),
    )
    .describe("What was said, newest first"),
  past: z.array(z.object({ from: z.string(), to: z.string(), limitUsd: usd, spentUsd: usd, capped: z.boolean() })),
}) satisfies z.ZodType<BudgetDetails>;
const previewSchema = z.object({
  scopeWords: z.string(),
  period: z.object({ from: z.string(), to: z.string() }).nullable(),
  spentUsd: usd,
  forecast: forecastSchema.nullable(),
  days: z.array(day),
  crossings: z.array(
    z.object({
      periodFrom: z.string(),
      periodTo: z.string(),
      spentUsd: usd,
      reached: z.array(z.object({ percent: z.int(), on: z.string() })),
    }),
  ),
  problems: z.array(z.string()).describe("Why it cannot be saved as it is"),
}) satisfies z.ZodType<BudgetPreview>;

const place = { tenant: z.string(), endpoint: z.string(), model: z.string(), provider: z.string() };
const anomalySchema = z.object({
  id: z.string(),
  metric: z.enum(WATCHED),
  direction: z.enum(["up", "down"]),
  from: z.string(),
  to: z.string(),
  ongoing: z.boolean(),
  impactUsd: usd.describe("More or less spent; of a rate, what was spent on what was worse than usual"),
  score: z.number(),
  common: z.object(place).partial().describe("What all places have in common") as unknown as z.ZodType<AnomalyView["common"]>,
  parts: z
    .array(z.object({ ...place, actual: z.number(), expected: z.number(), impactUsd: usd, score: z.number() }))
    .describe("Places, dearest first"),
  causes: z
    .looseObject({})
    .nullable()
    .describe("Of cost: the waterfall against a week before") as unknown as z.ZodType<AnomalyView["causes"]>,
  feedback: z.enum(["expected", "real"]).nullable(),
  feedbackBy: z.string().nullable(),
  note: z.string().nullable(),
}) satisfies z.ZodType<AnomalyView>;
const anomalyListSchema = z.object({
  items: z.array(anomalySchema).describe("Most money first"),
  scannedTo: z.string().nullable(),
}) satisfies z.ZodType<AnomalyList>;

export const BUDGET_SCHEMAS = {
  BudgetFields: { schema: budgetInputSchema, io: "input" },
  UpdateBudget: { schema: updateBudgetSchema, io: "input" },
  BudgetList: { schema: z.object({ items: z.array(budgetSchema) }), io: "output" },
  Budget: { schema: budgetSchema, io: "output" },
  BudgetDetails: { schema: budgetDetailsSchema, io: "output" },
  BudgetPreview: { schema: previewSchema, io: "output" },
  BudgetCaps: { schema: budgetCapsSchema, io: "output" },
  AnomalyList: { schema: anomalyListSchema, io: "output" },
  Anomaly: { schema: anomalySchema, io: "output" },
  AnomalyFeedback: { schema: feedbackSchema, io: "input" },
} as const;

const at = "2026-11-20T10:15:00.000Z";
const id = "0197a3f0-0000-4000-8000-000000000041";
const asked = { name: "Acme in November", scope: [{ dimension: "tenant" as const, in: ["acme"] }], amount: "3000" };
const period = { from: "2026-10-31T23:00:00.000Z", to: "2026-11-30T23:00:00.000Z" };
const forecast = {
  method: "weekly" as const,
  mase: 0.62,
  expectedUsd: "2950.25",
  band80: { low: "2800.1", high: "3120.4" },
  band95: { low: "2700", high: "3240" },
  overrunProbability: 0.34,
  exhaustsAt: null,
  exhaustsEarliest: "2026-11-29T14:00:00.000Z",
  days: [],
};
const days = [{ from: period.from, usd: "98.5" }];
const budget = {
  ...budgetInputSchema.parse(asked),
  id,
  scopeWords: "tenant acme",
  owner: { id: "0197a3f0-0000-4000-8000-000000000042", name: "Ana Lyst" },
  version: 1,
  archived: false,
  updatedAt: at,
  updatedBy: "Ana Lyst",
  failed: null,
  current: {
    ...period,
    limitUsd: "3000",
    spentUsd: "1890.4",
    cappedAt: null,
    evaluatedAt: at,
    reading: {
      days,
      burn: [{ factor: "14.4", longSec: 3_600, shortSec: 300, long: 0.9, short: 1.1, firing: false }],
      forecast,
      watermark: at,
    },
  },
  mayEdit: true,
};
const details = {
  ...budget,
  events: [
    {
      id: "0197a3f0-0000-4000-8000-000000000043",
      kind: "threshold",
      percent: 50,
      at,
      periodFrom: period.from,
      spentUsd: "1500.02",
      limitUsd: "3000",
      text: "Acme in November has reached 50 %: $1,500.02 of $3,000.00 spent.",
      change: null,
      draftFailed: null,
    },
  ],
  past: [],
};
const anomaly = {
  id: "0197a3f0-0000-4000-8000-000000000044",
  metric: "cost_usd",
  direction: "up",
  from: "2026-11-19T09:00:00.000Z",
  to: "2026-11-19T15:00:00.000Z",
  ongoing: false,
  impactUsd: "28.83",
  score: 50.4,
  common: { model: "claude-sonnet-4-5" },
  parts: [
    {
      tenant: "acme",
      endpoint: "kb.answer",
      model: "claude-sonnet-4-5",
      provider: "anthropic",
      actual: 30.1,
      expected: 1.27,
      impactUsd: "28.83",
      score: 50.4,
    },
  ],
  causes: { drivers: [{ driver: "mix", usd: "25.1" }], models: [] },
  feedback: null,
  feedbackBy: null,
  note: null,
};

export const BUDGET_OPERATIONS: readonly Operation[] = [
  {
    ...reading,
    path: "/api/v1/budgets",
    id: "list_budgets",
    summary: "Budgets with the period that runs: spend, burn rates, forecast",
    parameters: listParameters({ tenant: ["Those whose scope names it", { type: "string" }] }),
    answers: { "200": { description: "Budgets", schema: "BudgetList", example: { items: [budget] } } },
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/budgets",
    id: "create_budget",
    summary: "Make a budget",
    body: { schema: "BudgetFields", types: json, example: asked },
    answers: { "201": { description: "Evaluated within seconds", schema: "Budget", example: { ...budget, current: null } } },
  },
  {
    ...reading,
    method: "post",
    path: "/api/v1/budgets/preview",
    id: "preview_budget",
    summary: "What a budget would have said. Nothing is written",
    body: { schema: "BudgetFields", types: json, example: asked },
    answers: {
      "200": {
        description: "Spend, forecast, and on which day each threshold would have been reached",
        schema: "BudgetPreview",
        example: {
          scopeWords: "tenant acme",
          period,
          spentUsd: "1890.4",
          forecast,
          days,
          crossings: [
            {
              periodFrom: period.from,
              periodTo: period.to,
              spentUsd: "1890.4",
              reached: [{ percent: 50, on: "2026-11-14T23:00:00.000Z" }],
            },
          ],
          problems: [],
        },
      },
    },
    refusals: [400, 401, 403, 413, 415, 503],
  },
  {
    ...reading,
    path: "/api/v1/budgets/{id}",
    id: "get_budget",
    summary: "A budget with what it said and the periods before",
    parameters: [idOf("budget")],
    answers: { "200": { description: "The budget", schema: "BudgetDetails", example: details } },
  },
  {
    ...writing,
    method: "put",
    path: "/api/v1/budgets/{id}",
    id: "update_budget",
    summary: "Change it; raised, it releases what gateways refuse because of it",
    parameters: [idOf("budget")],
    body: { schema: "UpdateBudget", types: json, example: { ...asked, amount: "4000", version: 1 } },
    answers: { "200": { description: "The budget as it is now", schema: "Budget", example: { ...budget, version: 2 } } },
  },
  {
    method: "get",
    tag: "read",
    scope: "ingest",
    path: "/api/v1/gateway/budget-caps",
    id: "budget_caps",
    summary: "For gateways: whose budget is used up, and until when. Asked every few seconds",
    answers: {
      "200": {
        description: "Caps in force; each ends at its resetAt by itself",
        schema: "BudgetCaps",
        example: {
          asOf: at,
          refreshSec: 5,
          caps: [
            {
              budgetId: id,
              name: "Acme in November",
              scope: asked.scope,
              scopeWords: "tenant acme",
              spentUsd: "3000.4",
              limitUsd: "3000",
              resetAt: period.to,
            },
          ],
        },
      },
    },
    refusals: [401, 403, 503],
  },
  {
    ...reading,
    path: "/api/v1/anomalies",
    id: "list_anomalies",
    summary: "Hours in which cost, errors, retries or quality were unlike the same hours before",
    answers: { "200": { description: "Anomalies", schema: "AnomalyList", example: { items: [anomaly], scannedTo: at } } },
  },
  {
    ...writing,
    method: "put",
    path: "/api/v1/anomalies/{id}",
    id: "judge_anomaly",
    summary: "Say that it was expected, or real: real hours are not learned from",
    parameters: [idOf("anomaly")],
    body: { schema: "AnomalyFeedback", types: json, example: { feedback: "real", note: "Outage of the provider" } },
    answers: {
      "200": {
        description: "The anomaly as it is now",
        schema: "Anomaly",
        example: { ...anomaly, feedback: "real", feedbackBy: "Ana Lyst", note: "Outage of the provider" },
      },
    },
  },
];
