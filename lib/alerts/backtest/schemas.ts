/** The question and the answer of a backtest: what a rule saw, once; what it would have done is computed from it. Pure. */
import { z } from "zod";
import { ruleSchema } from "../rules/schemas";

const MAX_BACKTEST_DAYS = 90;

export const backtestSchema = z.strictObject({
  rule: ruleSchema,
  days: z.int().min(1).max(MAX_BACKTEST_DAYS).default(7),
});

/** What was seen: the number as decimal text, null for no data, false for what is not judged. */
export type Seen = string | null | false;

export interface BacktestSeries {
  /** Equidistant instants, oldest stretch first. */
  stretches: { from: number; everySec: number; count: number }[];
  groups: {
    labels: Record<string, string>;
    seen: Seen[];
    /** Spend in the scope since the instant before, in dollars; null: none. Empty: the rule is not about money or usage. */
    spentUsd: (string | null)[];
  }[];
  /** What is not as it was known then, in sentences. */
  approximations: string[];
  warnings: string[];
  timeZone: string;
}
