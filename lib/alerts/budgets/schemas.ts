/** What people and programs ask of budgets, and what they are answered. Pure: forms, API and store share it. */
import { z } from "zod";
import { DIMENSIONS } from "@/lib/metrics/dimensions";
import type { Method } from "../forecast/choose";
import { CALENDAR_UNITS, type BudgetPeriod } from "./period";
import type { ScopeFilter } from "./scope";

const percent = z.number().int().min(1, "at least 1 %").max(1_000, "at most 1,000 %");

const scopeSchema = z
  .array(
    z.strictObject({ dimension: z.enum(DIMENSIONS), in: z.array(z.string().max(200)).min(1, "Choose at least one.").max(100) }),
  )
  .max(8)
  .refine((scope) => new Set(scope.map(({ dimension }) => dimension)).size === scope.length, {
    error: "Each dimension once: put its values into one list.",
  });

const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, "a date like 2026-11-15")
  .refine((text) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text), "There is no such day.");

const periodSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("calendar"), unit: z.enum(CALENDAR_UNITS) }),
  z.strictObject({
    kind: z.literal("anchored"),
    start: date.describe("First day of the first period, in the workspace zone"),
    every: z.number().int().min(1).max(400),
    unit: z.enum(["day", "month"]),
  }),
]);

export const DRAFT_TEMPLATES = ["cap-outputs", "small-model-first"] as const;
export type DraftTemplate = (typeof DRAFT_TEMPLATES)[number];

export const budgetInputSchema = z.strictObject({
  name: z.string().trim().min(1, "Give it a name.").max(120),
  scope: scopeSchema.default([]).describe("Filters of the metric catalogue; none: everything"),
  amount: z
    .string()
    .regex(/^\d{1,12}(\.\d{1,9})?$/, "an amount like 1500 or 0.25")
    .refine((text) => Number(text) > 0, "more than 0"),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "an ISO 4217 code like USD")
    .default("USD"),
  period: periodSchema.default({ kind: "calendar", unit: "month" }),
  hard: z.boolean().default(false).describe("Gateways refuse what is in scope once it is used up"),
  thresholds: z
    .array(percent)
    .max(10)
    .default([50, 80, 100])
    .transform((list) => [...new Set(list)].sort((a, b) => a - b)),
  forecastPercent: percent.nullable().default(100).describe("Say so when the forecast reaches this much; null: never"),
  draft: z
    .strictObject({ at: percent, template: z.enum(DRAFT_TEMPLATES) })
    .nullable()
    .default(null)
    .describe("Draft this change when spend reaches this much. People approve it, always"),
});
export type BudgetInput = z.input<typeof budgetInputSchema>;
export type BudgetFields = z.output<typeof budgetInputSchema>;

/** `version`: what was edited. Another one in force: 409. */
export const updateBudgetSchema = budgetInputSchema.extend({ version: z.number().int().min(1) });

export interface BandView {
  low: string;
  high: string;
}

export interface ForecastView {
  method: Method;
  mase: number | null;
  expectedUsd: string;
  band80: BandView;
  band95: BandView;
  overrunProbability: number;
  exhaustsAt: string | null;
  exhaustsEarliest: string | null;
  /** Spend since the period began, at the end of each day to come. */
  days: { to: string; expectedUsd: string; band80: BandView; band95: BandView }[];
}

export interface BurnView {
  factor: string;
  longSec: number;
  shortSec: number;
  long: number | null;
  short: number | null;
  firing: boolean;
}

/** A look at one period: kept with it, shown by the pages. */
export interface BudgetReading {
  /** Days of the period that have begun, each with its own spend. */
  days: { from: string; usd: string }[];
  burn: BurnView[];
  forecast: ForecastView | null;
  /** Everything up to here is in. */
  watermark: string | null;
}

export interface PeriodView {
  from: string;
  to: string;
  limitUsd: string;
  spentUsd: string;
  cappedAt: string | null;
  evaluatedAt: string;
  reading: BudgetReading;
}

export interface BudgetEventView {
  id: string;
  kind: "threshold" | "forecast" | "capped" | "released";
  percent: number | null;
  at: string;
  periodFrom: string;
  spentUsd: string;
  limitUsd: string;
  text: string;
  change: { id: string; number: number; title: string } | null;
  /** A change that was wanted and could not be drafted, with the reason. */
  draftFailed: string | null;
}

export interface BudgetView {
  id: string;
  name: string;
  scope: ScopeFilter[];
  scopeWords: string;
  amount: string;
  currency: string;
  period: BudgetPeriod;
  hard: boolean;
  thresholds: number[];
  forecastPercent: number | null;
  draft: { at: number; template: DraftTemplate } | null;
  owner: { id: string; name: string };
  version: number;
  archived: boolean;
  updatedAt: string;
  updatedBy: string;
  /** Why it could not be evaluated; null: it could. */
  failed: string | null;
  /** The period that runs, as last evaluated; null: not yet, or the first one has not begun. */
  current: PeriodView | null;
  /** What this reader may do. */
  mayEdit: boolean;
}

export interface BudgetDetails extends BudgetView {
  /** Newest first. */
  events: BudgetEventView[];
  /** Ended periods, newest first. */
  past: { from: string; to: string; limitUsd: string; spentUsd: string; capped: boolean }[];
}

export interface BudgetPreview {
  scopeWords: string;
  /** The period that runs now. Null: the first one has not begun. */
  period: { from: string; to: string } | null;
  spentUsd: string;
  forecast: ForecastView | null;
  days: { from: string; usd: string }[];
  /** What would have been said, in this period and those before it. */
  crossings: { periodFrom: string; periodTo: string; spentUsd: string; reached: { percent: number; on: string }[] }[];
  /** Why it cannot be saved as it is. */
  problems: string[];
}

export type { BudgetPeriod, ScopeFilter };
