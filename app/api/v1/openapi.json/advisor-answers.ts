/** What the advisor answers, for the document: see advisor-operations.ts. Each is held to the type that the code answers with. */
import { z } from "zod";
import type { WorkloadAudit } from "@/lib/advisor/audit/get-audit";
import {
  BENCHMARK_STATUSES,
  benchmarkOrderSchema,
  type BenchmarkComparison,
  type BenchmarkDetail,
  type BenchmarkEstimate,
  type BenchmarkList,
} from "@/lib/advisor/benchmark/schemas";
import { CONFIDENCES } from "@/lib/advisor/findings/finding";
import { EFFORTS, LEVER_IDS, RISKS } from "@/lib/advisor/findings/levers";
import { PATTERN_IDS } from "@/lib/advisor/findings/patterns";
import { FINDING_STATES, RUN_STATUSES, type FindingList, type FindingView, type RunView } from "@/lib/advisor/findings/schemas";
import {
  createCampaignSchema,
  endpointChoiceSchema,
  type BaselineView,
  type CampaignView,
  type ChecklistRow,
  type ReviewList,
} from "@/lib/advisor/governance/schemas";
import type { EstimateView, LedgerView } from "@/lib/advisor/ledger/schemas";
import { PLAYBOOK_IDS } from "@/lib/advisor/playbooks/orders";
import type { PlaybookView } from "@/lib/advisor/playbooks/schemas";
import { STEP_STATES } from "@/lib/advisor/playbooks/step-states";
import type { ReplayOptions, ReplayResult } from "@/lib/advisor/replay/schemas";
import { guardrailSchema } from "@/lib/changes/guardrails/schemas";
import { CHANGE_STATUSES } from "@/lib/changes/request/machine";
import { POLICY_KINDS } from "@/lib/policies/kinds";

const usd = z.string().describe("US dollars, exact decimal text");
const maybe = z.string().nullable().describe("Decimal text; null: no data");
const at = z.string().describe("ISO 8601");
const link = z.object({ label: z.string(), href: z.string() });
const scope = z.object({
  tenant: z.string().optional(),
  endpoint: z.string().optional(),
  step: z.string().optional(),
  model: z.string().optional(),
  pool: z.string().optional(),
  route: z.string().optional(),
  change: z.string().optional(),
});

const run = z.object({
  id: z.string(),
  status: z.enum(RUN_STATUSES),
  reason: z.string().nullable(),
  step: z.string(),
  done: z.int(),
  total: z.int(),
  found: z.int().nullable(),
  requestedBy: z.string(),
  createdAt: at,
  endedAt: at.nullable(),
}) satisfies z.ZodType<RunView>;
const window = z
  .object({ from: at, to: at, days: z.number(), sampleShare: z.number().describe("Of requests that were looked at one by one") })
  .nullable();

const findingSchema = z.object({
  id: z.string(),
  key: z.string().describe("The same problem has the same key at every run"),
  lever: z.enum(LEVER_IDS),
  scope,
  title: z.string(),
  statement: z.string(),
  numbers: z.array(
    z.object({
      label: z.string(),
      value: z.string(),
      unit: z.enum(["usd", "count", "ratio", "ms", "tokens", "hours", "text"]),
    }),
  ),
  links: z.array(link),
  basis: z.enum(["measured", "published"]).describe("published: a published range on own spend"),
  method: z.string(),
  confidence: z.enum(CONFIDENCES),
  confidenceWhy: z.string(),
  prerequisites: z.array(z.string()),
  remedy: z.union([
    z.object({
      kind: z.literal("change"),
      title: z.string(),
      edits: z.array(
        z.object({
          kind: z.enum(POLICY_KINDS),
          scope: z.object({ level: z.string(), value: z.string().nullable() }),
          patch: z.record(z.string(), z.unknown()),
        }),
      ),
    }),
    z.object({ kind: z.literal("task"), title: z.string(), steps: z.array(z.string()), link: link.optional() }),
  ]),
  watch: z.array(z.string()).optional(),
  qualityRisk: z.enum(RISKS),
  quality: z.string(),
  latencyRisk: z.enum(RISKS),
  latency: z.string(),
  effort: z.enum(EFFORTS),
  reversibility: z.string(),
  published: z.string().nullable(),
  state: z.enum(FINDING_STATES),
  stateReason: z.string().nullable(),
  stateAt: at,
  stateBy: z.string(),
  dismissedUntil: at.nullable(),
  savingLowUsd: usd.describe("In 30 days, alone"),
  savingHighUsd: usd,
  addsLowUsd: usd.nullable().describe("After everything that ranks before it; null: not counted"),
  addsHighUsd: usd.nullable(),
  guardrails: z.array(guardrailSchema),
  firstSeenAt: at,
  lastSeenAt: at,
  change: z.object({ id: z.string(), number: z.int(), status: z.string() }).nullable(),
  // Scopes of policies are a union in the code; the document says their shape.
}) satisfies z.ZodType<Omit<FindingView, "remedy">>;

const findingListSchema = z.object({
  items: z.array(findingSchema),
  counts: z.record(z.enum(FINDING_STATES), z.int()),
  total: z.object({ lowUsd: usd, highUsd: usd, spendUsd: usd, naiveHighUsd: usd }).nullable(),
  patterns: z.array(
    z.object({
      id: z.enum(PATTERN_IDS),
      subject: z.string(),
      statement: z.string(),
      todo: z.string(),
      link,
      tenants: z.array(z.string()),
    }),
  ),
  concentration: z.array(z.object({ subject: z.string(), usd, share: z.number(), tenants: z.array(z.string()) })),
  lastRun: run.nullable(),
  currentRun: run.nullable(),
  window,
}) satisfies z.ZodType<Omit<FindingList, "items">>;

const score = z.object({ value: z.number().nullable().describe("0–100; null: not enough is known"), because: z.array(z.string()) });
const auditSchema = z.object({
  rows: z.array(
    z.object({
      tenant: z.string().nullable().describe("null: all together"),
      endpoint: z.string(),
      requests: z.int(),
      model: z.string(),
      repetition: score,
      complexity: score,
      latencySensitivity: score,
      suggests: z.array(z.string()),
      tenants: z.array(z.string()),
    }),
  ),
  lastRun: run.nullable(),
  currentRun: run.nullable(),
  window,
}) satisfies z.ZodType<WorkloadAudit>;

const group = z.object({ key: z.string(), requests: z.number(), affected: z.number(), beforeUsd: usd, afterUsd: usd });
const replayResultSchema = z.object({
  from: at,
  to: at,
  sampleShare: z.number(),
  requests: z.number(),
  affected: z.number(),
  hitRate: z.number().nullable(),
  unknown: z.number(),
  beforeUsd: usd,
  afterUsd: usd,
  savedUsd: usd,
  savedLowUsd: usd.describe("95 % interval over days"),
  savedHighUsd: usd,
  days: z.number(),
  secondsSpared: z.number().nullable(),
  byTenant: z.array(group),
  byEndpoint: z.array(group),
  examples: z.array(
    z.object({ requestId: z.string(), tenant: z.string(), endpoint: z.string(), beforeUsd: usd, afterUsd: usd }),
  ),
  assumptions: z.array(z.string()),
}) satisfies z.ZodType<ReplayResult>;
const replayOptionsSchema = z.object({
  models: z.array(z.object({ provider: z.string(), model: z.string() })),
  endpoints: z.array(z.string()),
  tenants: z.array(z.string()),
}) satisfies z.ZodType<ReplayOptions>;

const playbookSchema = z.object({
  playbook: z.enum(PLAYBOOK_IDS),
  endpoints: z.array(
    z.object({
      endpoint: z.string(),
      pools: z.array(z.string()),
      costUsd: maybe,
      bookedUsd: usd,
      steps: z.array(
        z.object({
          id: z.string(),
          label: z.string(),
          state: z.enum(STEP_STATES),
          because: z.string(),
          findingIds: z.array(z.string()),
          changeId: z.string().nullable(),
        }),
      ),
      next: z.object({ stepId: z.string(), label: z.string(), worth: z.boolean(), why: z.string() }).nullable(),
    }),
  ),
  limited: z.boolean(),
  counts: z.record(z.enum(STEP_STATES), z.int()),
}) satisfies z.ZodType<PlaybookView>;

const owned = z.object({ tenant: z.string().optional(), endpoint: z.string().optional() });
const baselineListSchema = z.object({
  baselines: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      scope: owned,
      from: at,
      to: at,
      createdBy: z.string(),
      createdAt: at,
      metrics: z.array(z.object({ id: z.string(), frozen: maybe, now: maybe })),
    }),
  ),
}) satisfies z.ZodType<{ baselines: BaselineView[] }>;
const campaignListSchema = z.object({
  campaigns: z.array(
    z.object({
      ...createCampaignSchema.shape,
      scope: owned,
      revenuePerRequest: maybe,
      id: z.string(),
      createdBy: z.string(),
      weeks: z.array(z.object({ at, value: maybe })),
      verdict: z.object({
        standing: z.enum(["reached", "on_course", "behind", "missed", "no_data"]),
        current: maybe,
        aboveTarget: maybe,
        progress: maybe,
        forecast: maybe,
        words: z.string(),
      }),
      margin: maybe,
      changes: z.array(z.object({ id: z.string(), number: z.int(), title: z.string() })),
    }),
  ),
}) satisfies z.ZodType<{ campaigns: CampaignView[] }>;
const checklistSchema = z.object({
  endpoints: z.array(
    z.object({
      endpoint: z.string(),
      costUsd: maybe,
      requests: maybe,
      models: z.array(z.string()),
      choice: endpointChoiceSchema.extend({ by: z.string(), at }).nullable(),
      undocumentedModels: z.array(z.string()),
    }),
  ),
}) satisfies z.ZodType<{ endpoints: ChecklistRow[] }>;
const review = z.object({
  id: z.string(),
  at,
  by: z.string(),
  note: z.string(),
  result: z.object({
    from: at,
    to: at,
    drift: z.array(z.object({ id: z.string(), before: maybe, after: maybe })),
    hosting: z.object({ verdict: z.string(), reason: z.string(), breakEven: maybe, utilization: maybe }).nullable(),
  }),
});
const reviewListSchema = z.object({ reviews: z.array(review), dueAt: at }) satisfies z.ZodType<ReviewList>;

const amounts = { savingUsd: maybe, lowUsd: maybe, highUsd: maybe, bookedUsd: usd };
const measurement = z.object({
  ...amounts,
  from: at,
  to: at,
  method: z.enum(["split", "seasonal"]).describe("split: canary against control in the same hours; seasonal: weaker"),
  final: z.boolean(),
  share: z.number().nullable(),
  lowShare: z.number().nullable(),
  highShare: z.number().nullable(),
  treatedSuccesses: z.number(),
  controlSuccesses: z.number(),
  owned: z.number().describe("Requests that count for a later change"),
  note: z.string().nullable(),
});
const estimateViewSchema = z.object({
  lowUsd: maybe.describe("Of 30 days; null: nothing can be said beforehand"),
  highUsd: maybe,
  basis: z.string(),
  pricesAt: at,
}) satisfies z.ZodType<EstimateView>;
const ledgerSchema = z.object({
  rows: z.array(
    z.object({
      ...amounts,
      changeId: z.string(),
      number: z.int(),
      title: z.string(),
      status: z.enum(CHANGE_STATUSES),
      startedAt: at.nullable(),
      estimate: estimateViewSchema,
      standing: z.enum(["waiting", "unproven", "saving", "loss", "evaporated"]),
      findingId: z.string().nullable().describe("The finding that it was drafted from"),
      newest: measurement.nullable(),
      measurements: z.array(measurement),
    }),
  ),
  totals: z.object({ bookedUsd: usd, savingUsd: usd, estimatedLowUsd: usd, estimatedHighUsd: usd }),
}) satisfies z.ZodType<LedgerView>;

const ms = z.number().nullable().describe("Milliseconds; null: too few answers");
const spread = z.object({ answers: z.int(), mean: ms, p50: ms, p95: ms, p99: ms });
const rate = z.number().nullable();
const price = z.object({ provider: z.string(), model: z.string() }).nullable();
const benchmarkSchema = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(BENCHMARK_STATUSES),
  reason: z.string().nullable(),
  order: z.object({ ...benchmarkOrderSchema.shape, capUsd: maybe }),
  simulated: z.boolean(),
  price,
  done: z.int(),
  total: z.int(),
  summary: z
    .object({
      sent: z.int(),
      answered: z.int(),
      errors: z.int(),
      errorKinds: z.array(z.object({ error: z.string(), count: z.int() })),
      times: z.object({ ttft: spread, total: spread, interToken: spread }),
      connect: spread,
      tokensPerSecond: rate,
      tokensPerSecondAll: rate,
      requestsPerSecond: rate,
      requestsPerSecondPublished: rate.describe("1,000 ÷ mean ms"),
      tokensInMean: rate,
      tokensOutMean: rate,
      fromCache: z.int(),
      models: z.array(z.string()),
      costUsd: maybe,
    })
    .nullable(),
  startedBy: z.string(),
  createdAt: at,
  endedAt: at.nullable(),
});
const benchmarkDetailSchema = benchmarkSchema.extend({
  curve: z.array(z.object({ percentile: z.int(), ttftMs: ms, totalMs: ms })),
}) satisfies z.ZodType<BenchmarkDetail>;
const benchmarkListSchema = z.object({
  benchmarks: z.array(benchmarkSchema),
  gateways: z.array(z.string()),
  hosts: z.array(z.string()),
  models: z.array(z.string()),
}) satisfies z.ZodType<BenchmarkList>;
const benchmarkEstimateSchema = z.object({
  requests: z.int(),
  tokensIn: z.int(),
  tokensOut: z.int(),
  price,
  mostUsd: maybe.describe("null: no price is known"),
  basis: z.string(),
}) satisfies z.ZodType<BenchmarkEstimate>;
const comparisonSchema = z.object({
  before: benchmarkSchema,
  after: benchmarkSchema,
  times: z.array(
    z.object({
      time: z.enum(["ttft", "total", "interToken"]),
      before: spread,
      after: spread,
      ratio: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
      verdict: z.enum(["faster", "slower", "no clear difference", "too few answers"]),
    }),
  ),
  warnings: z.array(z.string()),
}) satisfies z.ZodType<BenchmarkComparison>;

export const ADVISOR_ANSWERS = {
  AdvisorRun: { schema: run, io: "output" },
  Finding: { schema: findingSchema, io: "output" },
  FindingList: { schema: findingListSchema, io: "output" },
  WorkloadAudit: { schema: auditSchema, io: "output" },
  WhatIfResult: { schema: replayResultSchema, io: "output" },
  WhatIfOptions: { schema: replayOptionsSchema, io: "output" },
  Playbook: { schema: playbookSchema, io: "output" },
  BaselineList: { schema: baselineListSchema, io: "output" },
  CampaignList: { schema: campaignListSchema, io: "output" },
  EndpointChecklist: { schema: checklistSchema, io: "output" },
  Review: { schema: review, io: "output" },
  ReviewList: { schema: reviewListSchema, io: "output" },
  Ledger: { schema: ledgerSchema, io: "output" },
  SavingEstimate: { schema: estimateViewSchema, io: "output" },
  BenchmarkList: { schema: benchmarkListSchema, io: "output" },
  Benchmark: { schema: benchmarkSchema, io: "output" },
  BenchmarkDetail: { schema: benchmarkDetailSchema, io: "output" },
  BenchmarkEstimate: { schema: benchmarkEstimateSchema, io: "output" },
  BenchmarkComparison: { schema: comparisonSchema, io: "output" },
  MadeId: { schema: z.object({ id: z.string() }), io: "output" },
} as const;
