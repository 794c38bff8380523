/** What managing prices takes and answers. Pure: pages import it too. */
import { z } from "zod";
import { METERS, type PricingState } from "@/lib/telemetry/event";
import type { ExplainedLine } from "../explain";
import { BOOKS, rulePricesSchema, type Book, type RulePrices } from "../schemas";

const instant = z.iso.datetime({ offset: true });
const name = z.string().trim().min(1).max(200);
const note = name.describe("Where the price comes from: a contract, a person, a link");

/** Above these, an amount could leave the range of a stored cost; a price beyond them is a slip. */
const MAX_PRICE_USD = 1_000_000;
const MAX_FACTOR = 10;

const matchSchema = z
  .union([
    z.strictObject({ equals: name }),
    z.strictObject({ starts_with: name }),
    z.strictObject({ ends_with: name }),
    z.strictObject({ contains: name }),
  ])
  .describe("Which model names it covers, without case; absent: exactly `model`");

const period = {
  effectiveFrom: instant.nullable().default(null).describe("Inclusive; null: always was"),
  effectiveTo: instant.nullable().default(null).describe("Exclusive; null: open"),
};
const inOrder = ({ effectiveFrom, effectiveTo }: { effectiveFrom: string | null; effectiveTo: string | null }) =>
  effectiveFrom === null || effectiveTo === null || Date.parse(effectiveFrom) < Date.parse(effectiveTo);

export const createRuleSchema = z
  .strictObject({
    book: z.enum(["workspace", "tenant"]),
    tenantId: name.nullable().default(null).describe("Only with book tenant"),
    provider: name.max(100).describe("As senders write it; `self-hosted` for own models"),
    model: name,
    match: matchSchema.optional(),
    state: z.enum(["priced", "free"]).default("priced"),
    prices: rulePricesSchema.default({}).describe("Dollars per 1M units as decimal text, by meter; `request` is per request"),
    ...period,
    note,
    supersedes: z.array(z.int().min(1)).max(50).default([]).describe("Rules that give way where the periods overlap"),
    confirm: z.boolean().default(false).describe("True once a person confirmed a price that is 10 times off"),
  })
  .refine(({ book, tenantId }) => (book === "tenant") === (tenantId !== null), {
    path: ["tenantId"],
    error: "is required for a price of one tenant, and only there",
  })
  .refine(inOrder, { path: ["effectiveTo"], error: "must be after effectiveFrom" })
  .refine(({ state, prices }) => state === "free" || [...METERS, "request" as const].some((meter) => prices[meter]), {
    path: ["prices"],
    error: "states no price: give at least one meter, or say that it is free",
  })
  .superRefine(({ prices }, issues) => {
    for (const meter of [...METERS, "request"] as const) {
      const price = prices[meter];
      if (!price) continue;
      if ([price.base, ...price.tiers.map((tier) => tier.price)].some((usd) => Number(usd) > MAX_PRICE_USD)) {
        issues.addIssue({ code: "custom", path: ["prices", meter], message: "is above $1,000,000: that is a slip" });
      }
      if (price.tiers.some((tier, index) => index > 0 && tier.start <= price.tiers[index - 1]!.start)) {
        issues.addIssue({ code: "custom", path: ["prices", meter, "tiers"], message: "must rise in `start`" });
      }
    }
    const { batch, serviceTier = {}, discount = {} } = prices.modifiers ?? {};
    for (const factor of [batch, ...Object.values(serviceTier), ...Object.values(discount)]) {
      if (factor !== undefined && Number(factor) > MAX_FACTOR) {
        issues.addIssue({ code: "custom", path: ["prices", "modifiers"], message: "a factor is above 10: that is a slip" });
      }
    }
  });

export const withdrawRuleSchema = z.strictObject({ note });

export const STANDINGS = ["in_force", "future", "past", "superseded"] as const;
export type Standing = (typeof STANDINGS)[number];

export const listRulesSchema = z.strictObject({
  book: z.enum(BOOKS).optional(),
  q: z.string().trim().max(200).optional().describe("Part of a provider, a model or a tenant"),
  standing: z.enum(STANDINGS).optional(),
  asKnownOn: instant.optional().describe("The book as it was known then; absent: now"),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().min(1).optional().describe("`next` of the page before"),
});

export interface RuleView {
  id: number;
  book: Book;
  tenantId: string | null;
  provider: string;
  model: string;
  /** In words: "gpt-4o", "starts with gpt-4o". */
  covers: string;
  state: "priced" | "free";
  prices: RulePrices;
  /** UTC hours in which a peak price holds. */
  window: string | null;
  effectiveFrom: string | null;
  effectiveTo: string | null;
  standing: Standing;
  source: string;
  createdAt: string;
  supersededAt: string | null;
}
export interface RulePage {
  items: RuleView[];
  next: number | null;
  /** Rules in force of each book. */
  counts: Record<Book, number>;
}

const quantity = z.int().min(0).max(1_000_000_000).default(0);
export const testMatchSchema = z.strictObject({
  provider: z.string().trim().max(100).default(""),
  model: name,
  tenant: z.string().trim().max(200).default(""),
  at: instant.optional(),
  pool: z.string().trim().max(200).nullable().default(null).describe("Set for a model on own GPUs"),
  batch: z.boolean().default(false),
  serviceTier: z.string().trim().max(50).nullable().default(null),
  meters: z
    .strictObject(
      Object.fromEntries(METERS.map((meter) => [meter, quantity])) as Record<(typeof METERS)[number], typeof quantity>,
    )
    .prefault({ input: 1_000_000, output: 1_000_000 }),
});

export interface TriedRule {
  rule: RuleView;
  /** Why it is or is not the one. */
  why: string;
  chosen: boolean;
}
export interface MatchResult {
  state: PricingState;
  /** In words: which book, which provider, which rule. */
  why: string;
  provider: string;
  names: string[];
  tried: TriedRule[];
  costUsd: string;
  lines: ExplainedLine[];
}

export interface UnpricedModel {
  provider: string;
  model: string;
  ownGpus: boolean;
  requests: number;
  tokens: string;
  tenants: number;
  lastSeen: string;
  /** A list price of the same model, to start from. */
  suggestion: { ruleId: number; from: string; prices: RulePrices } | null;
  /** A rule that prices it by now: what is stored waits for a repricing. */
  pricedBy: number | null;
}

export const setGpuRateSchema = z
  .strictObject({
    gpuType: name.max(60),
    commitment: z.enum(["on-demand", "reserved", "spot", "owned"]).default("on-demand"),
    usdPerHour: z
      .string()
      .regex(/^\d{1,6}(\.\d{1,9})?$/, "must be dollars like 3.50")
      .refine((usd) => Number(usd) <= 10_000, "is above $10,000 an hour: that is a slip"),
    ...period,
    note,
    confirm: z.boolean().default(false),
  })
  .refine(inOrder, { path: ["effectiveTo"], error: "must be after effectiveFrom" });

export interface GpuRateView {
  id: number;
  gpuType: string;
  commitment: string;
  usdPerHour: string;
  effectiveFrom: string | null;
  effectiveTo: string | null;
  standing: Standing;
  source: string;
  createdAt: string;
}

export interface ImportResult {
  imported: number;
  unchanged: number;
  superseded: number;
  /** Entries that were left out, with their key and why. */
  problems: { key: string; problem: string }[];
  /** Entries without a price per token (image sizes, seconds): nothing to import, and no fault. */
  skipped: number;
}
