/** What may halt a rollout: a metric, how much worse is tolerated, and how sure one must be. Part of a change's content. */
import { z } from "zod";

const COUNT_METRICS = ["error", "timeout", "oom", "retry", "slow", "slow_first_token", "quality_failure"] as const;
const RATIO_METRICS = ["cost_per_successful_request", "tokens_per_request"] as const;

/** A certain rise by less than this is no reason to roll back. */
export const COST_MARGIN = 0.05;

const share = z.number().min(0).max(10);

const countGuardrailSchema = z.strictObject({
  kind: z.literal("count"),
  metric: z.enum(COUNT_METRICS),
  critical: z.boolean().default(true),
  tolerance: share.default(0.25).describe("Promoted only when surely less than this much more often; 0.25 = 25 %"),
  floorRate: z
    .number()
    .gt(0)
    .max(0.5)
    .default(0.01)
    .describe("Also promoted when the canary's own rate is surely below this: nothing to compare when nothing goes wrong"),
  thresholdMs: z
    .number()
    .min(1)
    .max(3_600_000)
    .nullable()
    .default(null)
    .describe("Of slow and slow_first_token: fixed from the 24 h before; null: the p95 of those"),
});

const ratioGuardrailSchema = z.strictObject({
  kind: z.literal("ratio"),
  metric: z.enum(RATIO_METRICS),
  critical: z.boolean().default(true),
  tolerance: share.default(0.1).describe("Promoted only when surely less than this much more; 0.1 = 10 %"),
  margin: share.default(COST_MARGIN).describe("Rolled back when surely more than this; 0.05 = 5 %"),
});

export const guardrailSchema = z.discriminatedUnion("kind", [countGuardrailSchema, ratioGuardrailSchema]);
export type Guardrail = z.infer<typeof guardrailSchema>;
export type CountGuardrail = z.infer<typeof countGuardrailSchema>;
export type RatioGuardrail = z.infer<typeof ratioGuardrailSchema>;

const keyOf = ({ kind, metric }: Guardrail) => `${kind} ${metric}`;

export const guardrailsSchema = z
  .array(guardrailSchema)
  .min(1, "A rollout without a guardrail cannot roll itself back.")
  .max(8, "At most 8 guardrails: each further one adds false alarms, not safety.")
  .refine((all) => new Set(all.map(keyOf)).size === all.length, "Each metric at most once.")
  .refine((all) => {
    const critical = all.filter((one) => one.critical).length;
    return critical >= 1 && critical <= 3;
  }, "1 to 3 guardrails are critical; the others share one chance of a false alarm.");
