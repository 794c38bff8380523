/**
 * `GET /api/v1/gateway/budget-caps`: what gateways refuse because its budget is used up. A gateway asks every `refreshSec`
 * with its ingest key and keeps the last answer on disk: with the console away a cap holds until its `resetAt`.
 */
import { z } from "zod";

/** What a gateway knows of a request and of where it would go: hard budgets are scoped by these. */
export const CAP_DIMENSIONS = ["tenant", "endpoint", "route", "gateway", "modelRequested", "provider", "modelServed"] as const;
export type CapDimension = (typeof CAP_DIMENSIONS)[number];

const capSchema = z.object({
  budgetId: z.uuid(),
  name: z.string().max(200),
  scope: z.array(z.object({ dimension: z.enum(CAP_DIMENSIONS), in: z.array(z.string().max(200)).min(1) })),
  scopeWords: z.string().max(2_000).describe("For people: tenant acme, model gpt-4.1"),
  spentUsd: z.string().max(60),
  limitUsd: z.string().max(60),
  resetAt: z.iso.datetime().describe("End of the period: the cap ends by itself"),
});
export type BudgetCap = z.infer<typeof capSchema>;

export const budgetCapsSchema = z.object({
  asOf: z.iso.datetime(),
  refreshSec: z.number().int().min(1).max(3_600),
  caps: z.array(capSchema).max(5_000),
});
export type BudgetCaps = z.infer<typeof budgetCapsSchema>;

/** Facts of one request; those of the target are absent until it is known where it goes. */
export type CapFacts = Partial<Record<CapDimension, string>>;

/** The first cap in force whose whole scope fits. A dimension that is not known does not fit. */
export function capFor(caps: readonly BudgetCap[], facts: CapFacts, nowMs: number): BudgetCap | null {
  const fits = ({ scope, resetAt }: BudgetCap) =>
    Date.parse(resetAt) > nowMs && scope.every(({ dimension, in: values }) => values.includes(facts[dimension] ?? "\u0000"));
  return caps.find(fits) ?? null;
}
