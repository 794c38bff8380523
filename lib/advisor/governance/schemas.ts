/** Baselines, campaigns, documented choices and reviews: what people say, and what they are answered. Pure. */
import { z } from "zod";
import { METRICS } from "@/lib/metrics/catalogue";
import type { CampaignPoint, CampaignVerdict } from "./judge-campaign";

/** What a baseline freezes, and a review compares. */
export const BASELINE_METRICS = [
  "requests",
  "cost_usd",
  "cost_per_successful_request",
  "success_rate",
  "error_rate",
  "latency_p95",
  "ttft_p95",
  "cache_hit_rate",
  "cache_hit_rate_tokens",
  "tokens_in_p95",
  "tokens_out_p95",
  "calls_per_action",
  "escalation_rate",
  "quality_rate",
] as const;

const name = z.string().trim().min(2, "Give it a name.").max(120);
const scope = z.strictObject({
  tenant: z.string().min(1).max(200).optional(),
  endpoint: z.string().min(1).max(200).optional(),
});
export type GovernanceScope = z.infer<typeof scope>;
const instant = z.iso.datetime({ offset: true });
const amount = z.string().regex(/^\d{1,12}(\.\d{1,9})?$/, "An amount, for example 0.02.");

export const createBaselineSchema = z
  .strictObject({ name, scope: scope.default({}), from: instant, to: instant })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], message: "It must be after the start." });
export type CreateBaseline = z.input<typeof createBaselineSchema>;

export interface BaselineView {
  id: string;
  name: string;
  scope: GovernanceScope;
  from: string;
  to: string;
  createdBy: string;
  createdAt: string;
  /** Frozen, and the same stretch of time up to now. Decimal text; null: no data. */
  metrics: { id: string; frozen: string | null; now: string | null }[];
}

export const createCampaignSchema = z
  .strictObject({
    name,
    metric: z.string().refine((id) => METRICS.get(id)?.domain === "usage", "There is no such metric of requests."),
    scope: scope.default({}),
    startValue: amount,
    targetValue: amount,
    startsAt: instant,
    endsAt: instant,
    owner: z.string().trim().min(2, "Who owns it?").max(120),
    revenuePerRequest: amount.nullable().default(null).describe("USD; null: no margin is shown"),
  })
  .refine(({ startsAt, endsAt }) => Date.parse(startsAt) < Date.parse(endsAt), {
    path: ["endsAt"],
    message: "It must be after the start.",
  });
export type CreateCampaign = z.input<typeof createCampaignSchema>;

export interface CampaignView extends Omit<z.output<typeof createCampaignSchema>, "scope"> {
  id: string;
  scope: GovernanceScope;
  createdBy: string;
  weeks: CampaignPoint[];
  verdict: CampaignVerdict;
  /** (revenue − cost per request) ÷ revenue of the newest week; null without revenue or cost. */
  margin: string | null;
  /** Promoted in its time, within its scope. */
  changes: { id: string; number: number; title: string }[];
}

export const CACHE_DECISIONS = ["none", "exact", "semantic", "provider prefix"] as const;
export const LATENCY_CLASSES = ["interactive", "background", "batch"] as const;

export const endpointChoiceSchema = z.strictObject({
  model: z.string().trim().min(1, "Which model is the smallest that is good enough?").max(200),
  outputCap: z.number().int().min(1).max(1_000_000).nullable().describe("Tokens; null: no cap, on purpose"),
  cache: z.enum(CACHE_DECISIONS),
  latencyClass: z.enum(LATENCY_CLASSES),
  owner: z.string().trim().min(2, "Who owns it?").max(120),
  budgetUsd: amount.nullable().describe("A month; null: none, on purpose"),
  why: z.string().trim().min(3, "Say why, for whoever wants to upgrade it.").max(1_000),
});
export type EndpointChoice = z.infer<typeof endpointChoiceSchema>;

export interface ChecklistRow {
  endpoint: string;
  /** Of 30 days, decimal text. */
  costUsd: string | null;
  requests: string | null;
  /** Models of the last 7 days, most requests first. */
  models: string[];
  choice: (EndpointChoice & { by: string; at: string }) | null;
  /** Models that serve it and are not the documented one. */
  undocumentedModels: string[];
}

export const REVIEW_EVERY_DAYS = 90;

export interface ReviewResult {
  from: string;
  to: string;
  drift: { id: string; before: string | null; after: string | null }[];
  /** Own GPUs against the API by the self-host calculator; null: no own GPUs, or they may not be seen. */
  hosting: { verdict: string; reason: string; breakEven: string | null; utilization: string | null } | null;
}

export interface ReviewView {
  id: string;
  at: string;
  by: string;
  note: string;
  result: ReviewResult;
}

export interface ReviewList {
  /** Newest first. */
  reviews: ReviewView[];
  /** When the next one is due; in the past: overdue. */
  dueAt: string;
}

export const reviewSchema = z.strictObject({ note: z.string().trim().max(2_000).default("") });
