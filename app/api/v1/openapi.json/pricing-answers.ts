/** Answers of the pricing and repricing routes as schemas, each held against the type that the verb returns. */
import { z } from "zod";
import {
  STANDINGS,
  type GpuRateView,
  type ImportResult,
  type MatchResult,
  type RulePage,
  type RuleView,
  type UnpricedModel,
} from "@/lib/pricing/manage/schemas";
import { BOOKS, rulePricesSchema } from "@/lib/pricing/schemas";
import type { KnownCosts } from "@/lib/repricing";
import { STATUSES, type RepricingDetails, type RepricingView } from "@/lib/repricing/schemas";
import { METERS, PRICING_STATES } from "@/lib/telemetry/event";

const usd = z.string().describe("Exact dollars as decimal text");
const instant = z.string().nullable().describe("UTC");

const rule = z.object({
  id: z.int(),
  book: z.enum(BOOKS),
  tenantId: z.string().nullable(),
  provider: z.string(),
  model: z.string(),
  covers: z.string().describe("Which model names, in words"),
  state: z.enum(["priced", "free"]),
  prices: rulePricesSchema,
  window: z.string().nullable().describe("Hours of the day in which a peak price holds"),
  effectiveFrom: instant,
  effectiveTo: instant,
  standing: z.enum(STANDINGS),
  source: z.string(),
  createdAt: z.string(),
  supersededAt: instant,
}) satisfies z.ZodType<RuleView>;

export const rulePageSchema = z.object({
  items: z.array(rule),
  next: z.int().nullable().describe("Ask for the next page with `before`"),
  counts: z.record(z.enum(BOOKS), z.int()).describe("Active rules of each book"),
}) satisfies z.ZodType<RulePage>;

export const createdRuleSchema = z.object({ rule, superseded: z.array(z.int()) });
export const withdrawnRuleSchema = z.object({ rule });

const line = z.object({
  meter: z.enum([...METERS, "request"]),
  quantity: z.number(),
  unitPriceUsd: z.string(),
  modifiers: z.array(z.object({ reason: z.string(), factor: z.string() })),
  amountUsd: usd,
});

export const matchResultSchema = z.object({
  state: z.enum(PRICING_STATES),
  why: z.string(),
  provider: z.string().describe("The provider's id in the books"),
  names: z.array(z.string()).describe("Names under which the model was looked for"),
  tried: z.array(z.object({ rule, why: z.string(), chosen: z.boolean() })),
  costUsd: usd,
  lines: z.array(line),
}) satisfies z.ZodType<MatchResult>;

export const unpricedListSchema = z.object({
  days: z.int(),
  items: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      ownGpus: z.boolean(),
      requests: z.int(),
      tokens: z.string(),
      tenants: z.int(),
      lastSeen: z.string(),
      suggestion: z.object({ ruleId: z.int(), from: z.string(), prices: rulePricesSchema }).nullable(),
      pricedBy: z.int().nullable().describe("A rule that prices it by now: what is stored waits for a repricing"),
    }) satisfies z.ZodType<UnpricedModel>,
  ),
});

const gpuRate = z.object({
  id: z.int(),
  gpuType: z.string(),
  commitment: z.string(),
  usdPerHour: z.string(),
  effectiveFrom: instant,
  effectiveTo: instant,
  standing: z.enum(STANDINGS),
  source: z.string(),
  createdAt: z.string(),
}) satisfies z.ZodType<GpuRateView>;
export const gpuRateListSchema = z.object({ items: z.array(gpuRate) });
export const setGpuRateAnswerSchema = z.object({ rate: gpuRate });

export const importResultSchema = z.object({
  imported: z.int(),
  unchanged: z.int(),
  superseded: z.int(),
  problems: z.array(z.object({ key: z.string(), problem: z.string() })),
  skipped: z.int().describe("Entries without a price per token"),
}) satisfies z.ZodType<ImportResult>;

const repricing = {
  id: z.uuid(),
  status: z.enum(STATUSES),
  statusReason: z.string().nullable(),
  from: z.string(),
  to: z.string(),
  tenant: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  note: z.string(),
  events: z.int().nullable(),
  scanned: z.int(),
  changed: z.int(),
  oldUsd: usd,
  newUsd: usd,
  movedUsd: usd,
  thresholdUsd: usd.describe("From here on a second admin has to approve"),
  applied: z.int(),
  appliedDeltaUsd: usd,
  createdAt: z.string(),
  createdBy: z.string(),
  requestedBy: z.string().nullable(),
  approvedBy: z.string().nullable(),
  endedAt: instant,
};
export const repricingSchema = z.object(repricing) satisfies z.ZodType<RepricingView>;
export const repricingListSchema = z.object({ items: z.array(repricingSchema) });
const diff = z.array(
  z.object({
    key: z.string(),
    changed: z.int(),
    newlyPriced: z.int(),
    newlyUnpriced: z.int(),
    oldUsd: usd,
    newUsd: usd,
    deltaUsd: usd,
  }),
);
export const repricingDetailsSchema = z.object({
  ...repricing,
  diff: z.object({ tenant: diff, model: diff, day: diff }),
}) satisfies z.ZodType<RepricingDetails>;

export const knownCostsSchema = z.object({
  asKnownOn: z.string(),
  totalUsd: usd,
  items: z.array(z.object({ tenant: z.string(), model: z.string(), events: z.int(), costUsd: usd })),
}) satisfies z.ZodType<KnownCosts>;
