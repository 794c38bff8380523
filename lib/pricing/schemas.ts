/** The JSON shapes of a price rule: which model names it covers, and what it charges. */
import { z } from "zod";
import { METERS } from "@/lib/telemetry/event";

/** Which model names a rule covers. Text is compared without case; a regex sees the lower-cased name. */
export type MatchLogic =
  | { equals: string }
  | { starts_with: string }
  | { ends_with: string }
  | { contains: string }
  | { regex: string }
  | { or: MatchLogic[] }
  | { and: MatchLogic[] };

const text = z.string().min(1).max(200);
const regex = text.refine((source) => {
  try {
    return Boolean(new RegExp(source));
  } catch {
    return false;
  }
}, "is not a valid regular expression");

const matchLogicSchema: z.ZodType<MatchLogic> = z.lazy(() =>
  z.union([
    z.strictObject({ equals: text }),
    z.strictObject({ starts_with: text }),
    z.strictObject({ ends_with: text }),
    z.strictObject({ contains: text }),
    z.strictObject({ regex }),
    z.strictObject({ or: z.array(matchLogicSchema).min(1).max(200) }),
    z.strictObject({ and: z.array(matchLogicSchema).min(1).max(200) }),
  ]),
);

/** `price_rule.match`: the model, and for peak prices the part of each UTC day ("HH:MM:SSZ", end exclusive, may wrap). */
const ruleMatchSchema = z.strictObject({
  model: matchLogicSchema,
  dailyWindow: z.strictObject({ start: z.string(), end: z.string() }).optional(),
});
export type RuleMatch = z.infer<typeof ruleMatchSchema>;

/** Dollars as decimal text, at most 9 decimals. */
const dollars = z.string().regex(/^\d{1,12}(\.\d{1,9})?$/, "must be a decimal like 2.50 with at most 9 decimals");
const factor = z.string().regex(/^\d{1,3}(\.\d{1,9})?$/, "must be a factor like 0.5 with at most 9 decimals");

/** Dollars per 1M units. A request whose context is longer than `start` tokens is priced at that tier as a whole. */
const meterPriceSchema = z.strictObject({
  base: dollars,
  tiers: z
    .array(z.strictObject({ start: z.number().int().min(0), price: dollars }))
    .max(10)
    .default([]),
});
export type MeterPrice = z.infer<typeof meterPriceSchema>;

/** What a rule says about discounts and surcharges; absent: the defaults of modifiers.ts. */
const modifiersSchema = z.strictObject({
  batch: factor.optional(),
  /** Service tier → factor, e.g. {"priority":"1.75"}. */
  serviceTier: z.record(z.string(), factor).optional(),
  /** Negotiated factor per meter, e.g. {"input":"0.85"}. */
  discount: z.partialRecord(z.enum([...METERS, "request"]), factor).optional(),
});

const meterPrices = Object.fromEntries(METERS.map((meter) => [meter, meterPriceSchema.optional()])) as Record<
  (typeof METERS)[number],
  z.ZodOptional<typeof meterPriceSchema>
>;

/** `price_rule.prices`: meter → price per 1M units; `request` is dollars per request. */
export const rulePricesSchema = z.strictObject({
  ...meterPrices,
  request: meterPriceSchema.optional(),
  modifiers: modifiersSchema.optional(),
});
export type RulePrices = z.infer<typeof rulePricesSchema>;

/** `imported` is a second book, asked where the base book has no price. */
export const BOOKS = ["tenant", "workspace", "base", "imported"] as const;
export type Book = (typeof BOOKS)[number];

/** One price of one model for one effective period [from, to). */
export interface PriceRule {
  id: number;
  book: Book;
  tenantId: string | null;
  provider: string;
  model: string;
  match: RuleMatch;
  state: "priced" | "free";
  prices: RulePrices;
  effectiveFrom: Date | null;
  effectiveTo: Date | null;
  source: string;
}
export type PriceRuleDraft = Omit<PriceRule, "id">;
