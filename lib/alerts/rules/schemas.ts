/** What a rule is. Pure: the form, the API, YAML files and the evaluator share it. */
import { z } from "zod";
import { dimensionSchema, type MetricFilter } from "@/lib/metrics/schemas";
import { ERROR_POLICIES, NO_DATA_POLICIES } from "../lifecycle/machine";

export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const INTERVALS_SEC = [60, 300, 900, 3_600, 86_400] as const;
const MINUTE_SEC = 60;
const HOUR_SEC = 3_600;
const DAY_SEC = 86_400;
/** Longer windows would not be re-read every minute by anybody. */
const MAX_WINDOW_SEC = 30 * DAY_SEC;

/** Minutes are kept for a week; an evaluator that was away must still find them. */
const MINUTES_REACH_SEC = 5 * DAY_SEC;

const decimal = z
  .string()
  .trim()
  .regex(/^-?\d{1,15}(\.\d{1,15})?$/, "must be a decimal number, such as 0.05 or 1500");
const positive = decimal.refine((text) => !text.startsWith("-") && Number(text) > 0, "must be above 0");
const seconds = (max: number) => z.int().min(0).max(max);

export const conditionSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("threshold"),
    direction: z.enum(["above", "below"]).describe("above: value ≥ threshold; below: value ≤ threshold"),
    value: decimal.describe("In the unit of the metric; shares as 0.05"),
  }),
  z.strictObject({
    type: z.literal("change"),
    direction: z.enum(["up", "down"]),
    against: z.enum(["previous", "last_week"]).describe("The window before, or the same local time a week ago"),
    percent: positive.describe("Of the number compared with"),
  }),
  z.strictObject({
    type: z.literal("burn_rate"),
    budget: positive.describe("Of one period, in the unit of the metric"),
    periodDays: z.int().min(1).max(366).default(30),
    factor: positive.default("1").describe("1: 14.4× in 1 h and 5 min, or 6× in 6 h and 30 min, or 1× in 3 d and 6 h"),
  }),
  z.strictObject({
    type: z.literal("anomaly"),
    direction: z.enum(["up", "down", "both"]).default("both"),
    score: positive.default("6").describe("Modified z-score against the same hour of the week"),
    minImpact: decimal.default("0").describe("Smallest difference to the median, in the unit of the metric"),
    minImpactPercent: decimal.default("50").describe("Smallest difference, percent of the median"),
  }),
  z.strictObject({ type: z.literal("no_data") }),
]);
export type Condition = z.output<typeof conditionSchema>;
export type ConditionType = Condition["type"];

const name = z.string().trim().min(1).max(120);

export const ruleFieldsSchema = z.strictObject({
  name,
  severity: z.enum(SEVERITIES).default("warning"),
  metric: z.string().trim().min(1).max(80).describe("A metric of GET /api/v1/metrics, or a signal of Headroom itself"),
  per: z.string().trim().min(1).max(80).nullable().default(null).describe("Divide by this metric: a ratio of your own"),
  filters: z
    .array(z.strictObject({ dimension: dimensionSchema, in: z.array(z.string().max(200)).min(1).max(50) }))
    .max(10)
    .default([]),
  groupBy: z.array(dimensionSchema).max(2).default([]).describe("One alert per value"),
  condition: conditionSchema,
  windowSec: z
    .int()
    .min(MINUTE_SEC)
    .max(MAX_WINDOW_SEC)
    .default(900)
    .describe("The value is that of the newest stretch this long"),
  everySec: z
    .literal([...INTERVALS_SEC])
    .default(300)
    .describe("How often it is evaluated"),
  delaySec: seconds(DAY_SEC).default(60).describe("Evaluated this much later, so that late data is in"),
  forSec: seconds(7 * DAY_SEC)
    .default(0)
    .describe("The condition must hold this long"),
  keepFiringSec: seconds(7 * DAY_SEC)
    .default(300)
    .describe("It must be clear this long before it is over"),
  minVolume: decimal.default("0").describe("Fewer requests (denominator, observations) than this are not judged"),
  onNoData: z.enum(NO_DATA_POLICIES).default("ok"),
  onError: z.enum(ERROR_POLICIES).default("keep"),
  owner: z.string().trim().max(120).default(""),
  runbook: z.string().trim().max(8_000).default(""),
  runbookUrl: z.union([z.literal(""), z.httpUrl().max(500)]).default(""),
});

/** What depends on several fields at once; pure, so that the form says it too. */
export const ruleSchema = ruleFieldsSchema.superRefine((rule, refine) => {
  const say = (path: string, message: string) => refine.addIssue({ code: "custom", path: [path], message });
  for (const field of ["windowSec", "delaySec", "forSec", "keepFiringSec"] as const) {
    if (rule[field] % MINUTE_SEC !== 0) say(field, "must be whole minutes");
  }
  if (needsHours(rule.condition)) {
    if (rule.everySec < HOUR_SEC) say("everySec", "this condition compares whole hours: evaluate it every hour or every day");
    if (rule.windowSec % HOUR_SEC !== 0) say("windowSec", "this condition compares whole hours");
  }
  if (rule.condition.type === "anomaly" && rule.windowSec !== HOUR_SEC) {
    say("windowSec", "an anomaly is judged hour by hour: the window is 1 hour");
  }
  const reachSec = rule.windowSec * (rule.condition.type === "change" ? 2 : 1);
  if (reachSec > MINUTES_REACH_SEC && (rule.everySec < HOUR_SEC || rule.windowSec % HOUR_SEC !== 0)) {
    say("everySec", "minutes are kept for a week: a window this long is whole hours, evaluated every hour or every day");
  }
  if (new Set(rule.groupBy).size !== rule.groupBy.length) say("groupBy", "names one dimension twice");
});

export type AlertRule = z.output<typeof ruleSchema>;
export type AlertRuleInput = z.input<typeof ruleSchema>;

/** Minutes are kept for a week only, so what looks back further is about whole hours. */
export const needsHours = (condition: Condition): boolean =>
  condition.type === "anomaly" || (condition.type === "change" && condition.against === "last_week");

/** Whose numbers it is about: the tenants it filters by, or everybody's. */
export const tenantsOf = (filters: readonly MetricFilter[]): readonly string[] | "all" => {
  const named = filters.filter(({ dimension }) => dimension === "tenant");
  if (named.length === 0) return "all";
  return named.map((filter) => filter.in).reduce((all, some) => all.filter((tenant) => some.includes(tenant)));
};
