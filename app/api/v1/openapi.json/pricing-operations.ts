/** The pricing and repricing routes for the document: see operations.ts. */
import { z } from "zod";
import { createRuleSchema, setGpuRateSchema, testMatchSchema, withdrawRuleSchema } from "@/lib/pricing/manage/schemas";
import { createRepricingSchema, moveRepricingSchema } from "@/lib/repricing/schemas";
import type { Operation, Parameter } from "./operations";
import { inPath, inQuery, json } from "./shapes";
import {
  createdRuleSchema,
  gpuRateListSchema,
  importResultSchema,
  knownCostsSchema,
  matchResultSchema,
  repricingDetailsSchema,
  repricingListSchema,
  repricingSchema,
  rulePageSchema,
  setGpuRateAnswerSchema,
  unpricedListSchema,
  withdrawnRuleSchema,
} from "./pricing-answers";

export const PRICING_SCHEMAS = {
  PriceRulePage: { schema: rulePageSchema, io: "output" },
  CreatePriceRule: { schema: createRuleSchema, io: "input" },
  CreatedPriceRule: { schema: createdRuleSchema, io: "output" },
  WithdrawPriceRule: { schema: withdrawRuleSchema, io: "input" },
  WithdrawnPriceRule: { schema: withdrawnRuleSchema, io: "output" },
  TestPriceMatch: { schema: testMatchSchema, io: "input" },
  PriceMatch: { schema: matchResultSchema, io: "output" },
  UnpricedList: { schema: unpricedListSchema, io: "output" },
  GpuRateList: { schema: gpuRateListSchema, io: "output" },
  SetGpuRate: { schema: setGpuRateSchema, io: "input" },
  GpuRateAnswer: { schema: setGpuRateAnswerSchema, io: "output" },
  LitellmPrices: { schema: z.looseObject({}).describe("LiteLLM's model_prices_and_context_window.json as it is"), io: "input" },
  PriceImport: { schema: importResultSchema, io: "output" },
  CreateRepricing: { schema: createRepricingSchema, io: "input" },
  Repricing: { schema: repricingSchema, io: "output" },
  RepricingList: { schema: repricingListSchema, io: "output" },
  RepricingDetails: { schema: repricingDetailsSchema, io: "output" },
  MoveRepricing: { schema: moveRepricingSchema, io: "input" },
  KnownCosts: { schema: knownCostsSchema, io: "output" },
} as const;

const prices = { input: { base: "1.60", tiers: [] }, output: { base: "6.40", tiers: [] } };
const rule = {
  id: 1_801,
  book: "workspace",
  tenantId: null,
  provider: "openai",
  model: "gpt-4.1",
  covers: "gpt-4.1",
  state: "priced",
  prices,
  window: null,
  effectiveFrom: "2026-12-01T00:00:00.000Z",
  effectiveTo: null,
  standing: "future",
  source: "contract 7",
  createdAt: "2026-11-20T10:15:30.123Z",
  supersededAt: null,
};
const newRule = {
  book: "workspace",
  provider: "openai",
  model: "gpt-4.1",
  prices: { input: { base: "1.60" }, output: { base: "6.40" }, modifiers: { batch: "0.5", discount: { input: "0.9" } } },
  effectiveFrom: "2026-12-01T00:00:00Z",
  note: "contract 7",
};
const rate = {
  id: 12,
  gpuType: "H100",
  commitment: "reserved",
  usdPerHour: "1.80",
  effectiveFrom: null,
  effectiveTo: null,
  standing: "in_force",
  source: "1 year, contract 9",
  createdAt: "2026-11-20T10:15:30.123Z",
};
const id = "0197a3f0-0000-7000-8000-000000000001";
const repricing = {
  id,
  status: "ready",
  statusReason: null,
  from: "2026-11-01T00:00:00.000Z",
  to: "2026-11-20T00:00:00.000Z",
  tenant: null,
  provider: null,
  model: null,
  note: "contract 7",
  events: 400,
  scanned: 400,
  changed: 100,
  oldUsd: "0",
  newUsd: "0.08",
  movedUsd: "0.08",
  thresholdUsd: "1000",
  applied: 0,
  appliedDeltaUsd: "0",
  createdAt: "2026-11-20T10:15:30.123Z",
  createdBy: "Ada Admin",
  requestedBy: null,
  approvedBy: null,
  endedAt: null,
};
const diff = { key: "acme", changed: 100, newlyPriced: 100, newlyUnpriced: 0, oldUsd: "0", newUsd: "0.08", deltaUsd: "0.08" };

const read = (path: string, name: string, summary: string, answer: Operation["answers"][string], parameters?: Parameter[]) =>
  ({
    method: "get",
    path,
    id: name,
    tag: "read",
    scope: "read",
    summary,
    ...(parameters ? { parameters } : {}),
    answers: { "200": answer },
    refusals: parameters ? [400, 401, 403, 404, 503] : [401, 403, 503],
  }) satisfies Operation;
const write = (
  path: string,
  name: string,
  summary: string,
  body: NonNullable<Operation["body"]>,
  answers: Operation["answers"],
  parameters?: Parameter[],
) =>
  ({
    method: "post",
    path,
    id: name,
    tag: "operate",
    scope: "admin",
    summary,
    ...(parameters ? { parameters } : {}),
    body,
    answers,
    refusals: [400, 401, 403, 404, 409, 413, 415, 422, 503],
  }) satisfies Operation;

export const PRICING_OPERATIONS: readonly Operation[] = [
  read(
    "/api/v1/pricing/rules",
    "list_price_rules",
    "Price rules of every book, newest first; with `asKnownOn` as the books were known then.",
    {
      description: "One page",
      schema: "PriceRulePage",
      example: { items: [rule], next: null, counts: { tenant: 0, workspace: 1, base: 1_712, imported: 0 } },
    },
    [
      inQuery("book", "tenant, workspace, base or imported"),
      inQuery("q", "Part of a provider, a model or a tenant"),
      inQuery("standing", "in_force, future, past or superseded"),
      inQuery("asKnownOn", "The book as it was known then"),
      inQuery("limit", "At most so many, up to 500"),
      inQuery("before", "`next` of the page before"),
    ],
  ),
  write(
    "/api/v1/pricing/rules",
    "create_price_rule",
    "Write a price for the workspace or a tenant. An overlap is refused unless the other rule is named in `supersedes`; 10 times off the price before needs `confirm`.",
    { schema: "CreatePriceRule", types: json, example: newRule },
    { "201": { description: "Written", schema: "CreatedPriceRule", example: { rule, superseded: [] } } },
  ),
  write(
    "/api/v1/pricing/rules/{id}/withdraw",
    "withdraw_price_rule",
    "Take an override out of the book. It stays to explain what it priced.",
    { schema: "WithdrawPriceRule", types: json, example: { note: "contract ended" } },
    {
      "200": {
        description: "Withdrawn",
        schema: "WithdrawnPriceRule",
        example: { rule: { ...rule, standing: "superseded", supersededAt: "2026-11-21T09:00:00.000Z" } },
      },
    },
    [inPath("id", "Number of the rule", { type: "integer" })],
  ),
  {
    ...write(
      "/api/v1/pricing/match",
      "test_price_match",
      "Which rule would price such a call, why, and what a sample usage would cost.",
      {
        schema: "TestPriceMatch",
        types: json,
        example: { provider: "openai", model: "gpt-4.1", tenant: "acme", meters: { input: 1_000_000, output: 1_000_000 } },
      },
      {
        "200": {
          description: "The rule and the cost",
          schema: "PriceMatch",
          example: {
            state: "priced",
            why: "Rule 1801, the workspace price of gpt-4.1 (openai), in effect from 2026-12-01 on.",
            provider: "openai",
            names: ["gpt-4.1"],
            tried: [{ rule, why: "Applies: the first in order of preference that is in effect.", chosen: true }],
            costUsd: "8",
            lines: [{ meter: "input", quantity: 1_000_000, unitPriceUsd: "1.60", modifiers: [], amountUsd: "1.6" }],
          },
        },
      },
    ),
    scope: "read",
    tag: "read",
  },
  read(
    "/api/v1/pricing/unpriced",
    "list_unpriced_models",
    "Models that were used and have no price, with a list price of the same model when there is one.",
    {
      description: "Most requests first",
      schema: "UnpricedList",
      example: {
        days: 30,
        items: [
          {
            provider: "self-hosted",
            model: "acme-70b",
            ownGpus: true,
            requests: 1_204,
            tokens: "1800000",
            tenants: 3,
            lastSeen: "2026-11-20T10:00:00.000Z",
            suggestion: null,
            pricedBy: null,
          },
        ],
      },
    },
    [inQuery("days", "Used within so many days; 30 unless said otherwise")],
  ),
  read("/api/v1/pricing/gpu-rates", "list_gpu_rates", "What a GPU of each kind costs an hour, by commitment.", {
    description: "Every rate in the book",
    schema: "GpuRateList",
    example: { items: [rate] },
  }),
  write(
    "/api/v1/pricing/gpu-rates",
    "set_gpu_rate",
    "State a rate for a period: it takes the place of what was stated for that period.",
    {
      schema: "SetGpuRate",
      types: json,
      example: { gpuType: "H100", commitment: "reserved", usdPerHour: "1.80", note: "contract 9" },
    },
    { "201": { description: "Stated", schema: "GpuRateAnswer", example: { rate } } },
  ),
  write(
    "/api/v1/pricing/import",
    "import_price_book",
    "Import LiteLLM's price file as the second book, asked where the base book has no price. A broken entry is reported and left out.",
    {
      schema: "LitellmPrices",
      types: json,
      example: { "acme-ai/nova-1": { litellm_provider: "acme-ai", input_cost_per_token: 1.5e-7 } },
    },
    {
      "200": {
        description: "What was taken",
        schema: "PriceImport",
        example: {
          imported: 1,
          unchanged: 0,
          superseded: 0,
          problems: [{ key: "acme-ai/broken", problem: "input_cost_per_token is negative" }],
          skipped: 0,
        },
      },
    },
  ),
  read("/api/v1/repricings", "list_repricings", "Repricings, newest first. For those who may see every tenant.", {
    description: "The newest 100",
    schema: "RepricingList",
    example: { items: [repricing] },
  }),
  write(
    "/api/v1/repricings",
    "create_repricing",
    "Start the dry run of a repricing: what the events of a period would cost with the prices of now.",
    {
      schema: "CreateRepricing",
      types: json,
      example: { from: "2026-11-01T00:00:00Z", to: "2026-11-20T00:00:00Z", note: "contract 7" },
    },
    { "201": { description: "The dry run begins", schema: "Repricing", example: { ...repricing, status: "counting" } } },
  ),
  read(
    "/api/v1/repricings/{id}",
    "get_repricing",
    "One repricing with its progress and what it changes by tenant, model and day.",
    {
      description: "The repricing",
      schema: "RepricingDetails",
      example: { ...repricing, diff: { tenant: [diff], model: [diff], day: [diff] } },
    },
    [inPath("id", "Id of the repricing", { type: "string", format: "uuid" })],
  ),
  write(
    "/api/v1/repricings/{id}",
    "move_repricing",
    "Apply it, approve what another admin asked to apply, or cancel it.",
    { schema: "MoveRepricing", types: json, example: { action: "apply" } },
    {
      "200": {
        description: "What it is now",
        schema: "Repricing",
        example: { ...repricing, status: "applying", requestedBy: "Ada Admin" },
      },
    },
    [inPath("id", "Id of the repricing", { type: "string", format: "uuid" })],
  ),
  read(
    "/api/v1/repricings/known-costs",
    "get_known_costs",
    "What a period cost as it was known at an instant, whatever was repriced since.",
    {
      description: "By tenant and model",
      schema: "KnownCosts",
      example: {
        asKnownOn: "2026-11-19T00:00:00.000Z",
        totalUsd: "0.08",
        items: [{ tenant: "acme", model: "acme-70b", events: 100, costUsd: "0.08" }],
      },
    },
    [
      inQuery("from", "Inclusive start", true),
      inQuery("to", "Exclusive end", true),
      inQuery("asKnownOn", "The instant", true),
      inQuery("tenant", "Only this tenant"),
    ],
  ),
];
