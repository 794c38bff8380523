/** The routes of the advisor and of the savings ledger for the document: see operations.ts. */
import { z } from "zod";
import { benchmarkOrderSchema, LIMITS, type BenchmarkView } from "@/lib/advisor/benchmark/schemas";
import { findingActionSchema, findingFilterSchema, type RunView } from "@/lib/advisor/findings/schemas";
import { createBaselineSchema, createCampaignSchema, endpointChoiceSchema, reviewSchema } from "@/lib/advisor/governance/schemas";
import { estimateSchema, ledgerFilterSchema } from "@/lib/advisor/ledger/schemas";
import { playbookFilterSchema } from "@/lib/advisor/playbooks/schemas";
import { replaySchema } from "@/lib/advisor/replay/schemas";
import { ADVISOR_ANSWERS } from "./advisor-answers";
import type { Operation, Parameter, SchemaName } from "./operations";
import { idOf, inPath, json, reading } from "./shapes";

export const ADVISOR_SCHEMAS = {
  ...ADVISOR_ANSWERS,
  FindingAction: { schema: findingActionSchema, io: "input" },
  WhatIf: { schema: replaySchema, io: "input" },
  Baseline: { schema: createBaselineSchema, io: "input" },
  Campaign: { schema: createCampaignSchema, io: "input" },
  EndpointChoice: { schema: endpointChoiceSchema, io: "input" },
  ReviewNote: { schema: reviewSchema, io: "input" },
  EstimateRequest: { schema: estimateSchema, io: "input" },
  BenchmarkOrder: { schema: benchmarkOrderSchema, io: "input" },
} as const;

/** Query parameters from the schema that reads them. */
const queryOf = (schema: z.ZodType): Parameter[] =>
  Object.entries(z.toJSONSchema(schema, { io: "input" }).properties ?? {}).map(([name, property]) => {
    const { description = "", default: _default, ...rest } = property as Record<string, unknown> & { description?: string };
    return { name, in: "query", description, schema: rest };
  });
const uuid = (last: string) => `0197a3f0-0000-4000-8000-0000000000${last}`;

const writing = { tag: "operate", scope: "admin", refusals: [400, 401, 403, 404, 409, 413, 415, 503] } as const;
const body = (schema: SchemaName, example: unknown) => ({ schema, types: json, example });
const answer = (description: string, schema: SchemaName, example: unknown) => ({ "200": { description, schema, example } });
const made = (description: string) => ({
  "201": { description, schema: "MadeId" as const, example: { id: uuid("31") } },
});
const gone = { "204": { description: "Done; nothing is answered" } } as const;

const at = "2026-11-20T10:15:30.123Z";
const run: RunView = {
  id: uuid("30"),
  status: "running",
  reason: null,
  step: "Sampling requests",
  done: 2,
  total: 6,
  found: null,
  requestedBy: "Ana Lyst",
  createdAt: at,
  endedAt: null,
};
const window = { from: "2026-11-13T10:00:00Z", to: "2026-11-20T10:00:00Z", days: 7, sampleShare: 1 };
const finding: z.input<(typeof ADVISOR_ANSWERS)["Finding"]["schema"]> = {
  id: uuid("31"),
  key: "output_cap endpoint=docs.summarize",
  lever: "output_cap",
  scope: { endpoint: "docs.summarize" },
  title: "Answers of docs.summarize have no limit",
  statement: "One answer in twenty is longer than 4,100 tokens, a usual one has 620.",
  numbers: [{ label: "Answer p95", value: "4100", unit: "tokens" }],
  links: [{ label: "Answers in Explore", href: "/explore?metrics=tokens_out_p95&endpoint=docs.summarize&range=7d" }],
  basis: "measured",
  method: "Own answers, cut at 2,000 tokens; 95 % interval over 7 days.",
  confidence: "high",
  confidenceWhy: "Replayed on own calls.",
  prerequisites: [],
  remedy: {
    kind: "change",
    title: "Cap answers of docs.summarize",
    edits: [{ kind: "tokens", scope: { level: "endpoint", value: "docs.summarize" }, patch: { maxOutputTokens: 2_000 } }],
  },
  qualityRisk: "medium",
  quality: "3 % of the answers would be cut.",
  latencyRisk: "none",
  latency: "Shorter answers are sooner.",
  effort: "low",
  reversibility: "At once.",
  published: null,
  state: "open",
  stateReason: null,
  stateAt: at,
  stateBy: "Advisor",
  dismissedUntil: null,
  savingLowUsd: "40.1",
  savingHighUsd: "58.9",
  addsLowUsd: "38.2",
  addsHighUsd: "55.4",
  guardrails: [],
  firstSeenAt: at,
  lastSeenAt: at,
  change: null,
};
const order = {
  name: "chat-default at http://gw:8080/v1",
  endpoint: { kind: "url" as const, baseUrl: "http://gw:8080/v1" },
  model: "chat-default",
  warmUps: LIMITS.warmUps.initial,
  runs: LIMITS.runs.initial,
  concurrency: LIMITS.concurrency.initial,
  promptTokens: LIMITS.promptTokens.initial,
  maxTokens: LIMITS.maxTokens.initial,
  capUsd: "0.05",
};
const benchmark: BenchmarkView & z.input<(typeof ADVISOR_ANSWERS)["Benchmark"]["schema"]> = {
  id: uuid("40"),
  name: order.name,
  status: "running",
  reason: null,
  order,
  simulated: false,
  price: { provider: "openai", model: "gpt-4.1-mini" },
  done: 31,
  total: 110,
  summary: null,
  startedBy: "Ana Lyst",
  createdAt: at,
  endedAt: null,
};
const spread = { answers: 100, mean: 812.4, p50: 790.1, p95: 1_204.9, p99: 1_590.2 };
const estimate = {
  lowUsd: "12.5",
  highUsd: "25",
  basis: "10 answers of the last week were longer than 2,000 tokens; some of those who are cut short will ask again.",
  pricesAt: at,
};
const period = { from: "2026-11-01T00:00:00Z", to: "2026-11-08T00:00:00Z" };
const campaign = {
  name: "Two cents a request",
  metric: "cost_per_request",
  startValue: "0.08",
  targetValue: "0.02",
  startsAt: "2026-11-01T00:00:00Z",
  endsAt: "2027-01-30T00:00:00Z",
  owner: "Lena Lead",
};
const choice = {
  model: "gpt-4.1-mini",
  outputCap: 500,
  cache: "exact" as const,
  latencyClass: "interactive" as const,
  owner: "Lena Lead",
  budgetUsd: "300",
  why: "Passed the evaluation of November.",
};
const review = {
  id: uuid("35"),
  at,
  by: "Lena Lead",
  note: "Tokens rose with the new prompt.",
  result: { ...period, drift: [{ id: "tokens_in_p95", before: "5200", after: "6100" }], hosting: null },
};

export const ADVISOR_OPERATIONS: readonly Operation[] = [
  {
    ...reading,
    path: "/api/v1/advisor/findings",
    id: "list_findings",
    summary: "Ways to spend less, ranked, with what they come to together: each dollar is counted once.",
    parameters: queryOf(findingFilterSchema),
    answers: answer("Findings of a state", "FindingList", {
      items: [finding],
      counts: { open: 1, in_change: 0, verified: 0, dismissed: 0, gone: 0 },
      total: { lowUsd: "38.2", highUsd: "55.4", spendUsd: "2100", naiveHighUsd: "58.9" },
      patterns: [],
      concentration: [{ subject: "docs.summarize", usd: "46.8", share: 1, tenants: ["acme"] }],
      lastRun: { ...run, status: "done", step: "", done: 6, found: 1, endedAt: at },
      currentRun: null,
      window,
    }),
  },
  {
    ...reading,
    path: "/api/v1/advisor/findings/{id}",
    id: "get_finding",
    summary: "One finding with its evidence.",
    parameters: [idOf("finding")],
    answers: answer("The finding", "Finding", finding),
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/advisor/findings/{id}",
    id: "act_on_finding",
    summary: "Draft its change, start its task, dismiss it with a reason, or open it again.",
    parameters: [idOf("finding")],
    body: body("FindingAction", { action: "draft" }),
    answers: answer("The finding as it is now", "Finding", { ...finding, state: "in_change" }),
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/advisor/runs",
    id: "start_advisor_run",
    summary: "Look at the workspace now. Who asks while it is being looked at is shown that run.",
    answers: { "202": { description: "The run", schema: "AdvisorRun", example: { ...run, status: "queued", step: "", done: 0 } } },
  },
  {
    ...reading,
    path: "/api/v1/advisor/audit",
    id: "audit_workload",
    summary: "Every endpoint scored on repetition, complexity and latency sensitivity.",
    answers: answer("Scores with the numbers behind them", "WorkloadAudit", {
      rows: [
        {
          tenant: null,
          endpoint: "kb.answer",
          requests: 12_400,
          model: "gpt-4.1",
          repetition: { value: 61, because: ["58 % more are identical to one of the same day"] },
          complexity: { value: 22, because: ["a usual prompt has 1,800 tokens"] },
          latencySensitivity: { value: null, because: ["fewer than 50 requests were looked at"] },
          suggests: ["exact cache"],
          tenants: ["acme"],
        },
      ],
      lastRun: null,
      currentRun: null,
      window: null,
    }),
  },
  {
    ...reading,
    path: "/api/v1/advisor/replay",
    id: "list_what_if_options",
    summary: "Models, endpoints and tenants of the last seven days that a replay can be about.",
    answers: answer("What can be chosen", "WhatIfOptions", {
      models: [{ provider: "openai", model: "gpt-4.1-mini" }],
      endpoints: ["kb.answer"],
      tenants: ["acme"],
    }),
  },
  {
    ...writing,
    method: "post",
    tag: "read",
    scope: "read",
    path: "/api/v1/advisor/replay",
    id: "what_if",
    summary: "Recorded requests under another cache, rule, cap or price. Changes nothing.",
    body: body("WhatIf", { days: 7, endpoint: "kb.answer", scenario: { kind: "cache", ttlSec: 3_600 } }),
    answers: answer("What it would have cost", "WhatIfResult", {
      from: window.from,
      to: window.to,
      sampleShare: 1,
      requests: 12_400,
      affected: 7_100,
      hitRate: 0.573,
      unknown: 0,
      beforeUsd: "310.2",
      afterUsd: "141.9",
      savedUsd: "168.3",
      savedLowUsd: "160.1",
      savedHighUsd: "176.5",
      days: 7,
      secondsSpared: 8_900,
      byTenant: [{ key: "acme", requests: 12_400, affected: 7_100, beforeUsd: "310.2", afterUsd: "141.9" }],
      byEndpoint: [],
      examples: [],
      assumptions: ["Answers are as good from the cache as anew."],
    }),
  },
  {
    ...reading,
    path: "/api/v1/advisor/playbooks",
    id: "get_playbook",
    summary: "How far every endpoint is in a playbook, and whether its next step is worth it.",
    parameters: queryOf(playbookFilterSchema),
    answers: answer("Most spend first", "Playbook", {
      playbook: "A",
      endpoints: [
        {
          endpoint: "kb.answer",
          pools: [],
          costUsd: "1240.5",
          bookedUsd: "0",
          steps: [
            {
              id: "cache",
              label: "Cache",
              state: "in_change",
              because: "A change is on its way.",
              findingIds: [uuid("31")],
              changeId: null,
            },
          ],
          next: { stepId: "cache", label: "Cache", worth: true, why: "It saves at least $160 in 30 days." },
        },
      ],
      limited: false,
      counts: { not_started: 0, in_change: 1, verified: 0, nothing_found: 0 },
    }),
  },
  {
    ...reading,
    path: "/api/v1/advisor/baselines",
    id: "list_baselines",
    summary: "Frozen metrics of a scope and period, each beside the same length of time up to now.",
    answers: answer("Newest first", "BaselineList", {
      baselines: [
        {
          id: uuid("33"),
          name: "Before caching",
          scope: { endpoint: "kb.answer" },
          ...period,
          createdBy: "Ana Lyst",
          createdAt: at,
          metrics: [{ id: "cost_per_successful_request", frozen: "0.0251", now: "0.0118" }],
        },
      ],
    }),
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/advisor/baselines",
    id: "freeze_baseline",
    summary: "Freeze what the catalogue says of a scope and a period that is over.",
    body: body("Baseline", { name: "Before caching", scope: { endpoint: "kb.answer" }, ...period }),
    answers: made("Frozen"),
  },
  {
    ...writing,
    method: "delete",
    path: "/api/v1/advisor/baselines/{id}",
    id: "delete_baseline",
    summary: "Delete a baseline.",
    parameters: [idOf("baseline")],
    answers: gone,
  },
  {
    ...reading,
    path: "/api/v1/advisor/campaigns",
    id: "list_campaigns",
    summary: "Targets with their weeks, where they lead, and the changes that count toward them.",
    answers: answer("Latest end first", "CampaignList", {
      campaigns: [
        {
          ...campaign,
          id: uuid("34"),
          scope: {},
          revenuePerRequest: "0.1",
          createdBy: "Lena Lead",
          weeks: [{ at: "2026-11-09T00:00:00Z", value: "0.021" }],
          verdict: {
            standing: "on_course",
            current: "0.021",
            aboveTarget: "0.05",
            progress: "0.983333",
            forecast: null,
            words: "5 % above the target.",
          },
          margin: "0.79",
          changes: [],
        },
      ],
    }),
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/advisor/campaigns",
    id: "create_campaign",
    summary: "Set a target for a metric by a day, with an owner.",
    body: body("Campaign", campaign),
    answers: made("It is tracked from now on"),
  },
  {
    ...writing,
    method: "delete",
    path: "/api/v1/advisor/campaigns/{id}",
    id: "delete_campaign",
    summary: "Delete a campaign.",
    parameters: [idOf("campaign")],
    answers: gone,
  },
  {
    ...reading,
    path: "/api/v1/advisor/checklist",
    id: "list_endpoint_choices",
    summary: "Endpoints of the last 30 days with their documented choice, and models that nobody documented.",
    answers: answer("Most spend first", "EndpointChecklist", {
      endpoints: [
        {
          endpoint: "kb.answer",
          costUsd: "1240.5",
          requests: "53210",
          models: ["gpt-4.1"],
          choice: { ...choice, by: "Lena Lead", at },
          undocumentedModels: ["gpt-4.1"],
        },
      ],
    }),
  },
  {
    ...writing,
    method: "put",
    path: "/api/v1/advisor/checklist/{endpoint}",
    id: "document_endpoint_choice",
    summary: "Document the choice of an endpoint: smallest acceptable model, cap, cache, latency class, owner, budget.",
    parameters: [inPath("endpoint", "Name of the endpoint", { type: "string" })],
    body: body("EndpointChoice", choice),
    answers: gone,
  },
  {
    ...reading,
    path: "/api/v1/advisor/reviews",
    id: "list_reviews",
    summary: "Quarterly reviews: drift, own GPUs against the API, and when the next one is due.",
    answers: answer("Newest first", "ReviewList", { reviews: [review], dueAt: "2027-02-18T10:15:30.123Z" }),
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/advisor/reviews",
    id: "record_review",
    summary: "Look at the quarter now, and keep what was seen.",
    body: body("ReviewNote", { note: review.note }),
    answers: { "201": { description: "The review", schema: "Review", example: review } },
  },
  {
    ...reading,
    path: "/api/v1/advisor/benchmarks",
    id: "list_benchmarks",
    summary: "Latency benchmarks, and what can be asked.",
    answers: answer("Newest first", "BenchmarkList", {
      benchmarks: [benchmark],
      gateways: [],
      hosts: ["gw:8080"],
      models: ["chat-default"],
    }),
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/advisor/benchmarks",
    id: "start_benchmark",
    summary: "Send warm-ups and measured requests in the background. `capUsd`: what you agree to pay, see the estimate.",
    body: body("BenchmarkOrder", { endpoint: order.endpoint, model: order.model, capUsd: order.capUsd }),
    answers: {
      "201": { description: "Waiting for a worker", schema: "Benchmark", example: { ...benchmark, status: "queued", done: 0 } },
    },
  },
  {
    ...reading,
    path: "/api/v1/advisor/benchmarks/estimate",
    id: "estimate_benchmark",
    summary: "What a benchmark may cost at most. Sends nothing.",
    parameters: [
      { name: "model", in: "query", description: "Model or route", schema: { type: "string" }, required: true },
      ...(["warmUps", "runs", "promptTokens", "maxTokens"] as const).map((name): Parameter => {
        const { min, max, initial } = LIMITS[name];
        return { name, in: "query", description: `Absent: ${initial}`, schema: { type: "integer", minimum: min, maximum: max } };
      }),
    ],
    answers: answer("At most", "BenchmarkEstimate", {
      requests: 110,
      tokensIn: 51_040,
      tokensOut: 7_040,
      price: benchmark.price,
      mostUsd: "0.03168",
      basis: "At the list price of gpt-4.1-mini (openai), the dearest that served chat-default in the last 7 days.",
    }),
  },
  {
    ...reading,
    path: "/api/v1/advisor/benchmarks/{id}",
    id: "get_benchmark",
    summary: "How far it is, and what was measured. `format=csv`: every request of it.",
    parameters: [idOf("benchmark"), { name: "format", in: "query", description: "csv: as a file", schema: { enum: ["csv"] } }],
    answers: answer("The benchmark", "BenchmarkDetail", { ...benchmark, curve: [] }),
  },
  {
    ...writing,
    method: "delete",
    path: "/api/v1/advisor/benchmarks/{id}",
    id: "cancel_benchmark",
    summary: "Cancel a benchmark that has not ended. What was measured stays.",
    parameters: [idOf("benchmark")],
    answers: answer("The benchmark", "Benchmark", { ...benchmark, status: "cancelled", reason: "Cancelled by Ana Lyst", endedAt: at }),
  },
  {
    ...reading,
    path: "/api/v1/advisor/benchmarks/{id}/compare",
    id: "compare_benchmarks",
    summary: "Two benchmarks: percentiles beside each other, and the ratio of typical times with its 95 % interval.",
    parameters: [
      idOf("benchmark"),
      { name: "with", in: "query", description: "The one before it", schema: { type: "string", format: "uuid" }, required: true },
    ],
    answers: answer("Faster or slower only when the interval says so", "BenchmarkComparison", {
      before: benchmark,
      after: benchmark,
      times: [
        { time: "total", before: spread, after: spread, ratio: { value: 0.86, low: 0.81, high: 0.91 }, verdict: "faster" },
      ],
      warnings: [],
    }),
  },
  {
    ...reading,
    path: "/api/v1/ledger",
    id: "list_savings",
    summary: "What changes were expected to save, what they saved, and whether it lasts.",
    parameters: queryOf(ledgerFilterSchema),
    answers: answer("Newest change first", "Ledger", {
      rows: [
        {
          changeId: uuid("50"),
          number: 7,
          title: "Cap answers of docs.summarize",
          status: "executing",
          startedAt: at,
          estimate,
          standing: "waiting",
          savingUsd: null,
          lowUsd: null,
          highUsd: null,
          bookedUsd: "0",
          findingId: uuid("31"),
          newest: null,
          measurements: [],
        },
      ],
      totals: { bookedUsd: "0", savingUsd: "0", estimatedLowUsd: "12.5", estimatedHighUsd: "25" },
    }),
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/ledger/estimate",
    id: "estimate_saving",
    summary: "What a draft would save in 30 days, at the prices of now. Keeps nothing.",
    body: body("EstimateRequest", {
      edits: [
        {
          kind: "tokens",
          scope: { level: "endpoint", value: "docs.summarize" },
          document: { maxOutputTokens: 2_000 },
          baseVersion: 0,
        },
      ],
    }),
    answers: answer("A range with its basis", "SavingEstimate", estimate),
  },
];
