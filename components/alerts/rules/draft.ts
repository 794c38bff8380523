/** The form's state: text as it is typed, and the rule that it stands for. Pure. */
import { ruleSchema, type AlertRule, type AlertRuleInput, type Condition, type ConditionType } from "@/lib/alerts/rules/schemas";

export type Draft = Omit<AlertRule, "everySec"> & { everySec: number };

export const emptyDraft = (): Draft =>
  ruleSchema.parse({
    name: "New rule",
    metric: "cost_per_successful_request",
    condition: { type: "change", direction: "up", against: "previous", percent: "30" },
    windowSec: 3_600,
    minVolume: "50",
  } satisfies AlertRuleInput);

const FRESH: Record<ConditionType, Condition> = {
  threshold: { type: "threshold", direction: "above", value: "0" },
  change: { type: "change", direction: "up", against: "previous", percent: "30" },
  burn_rate: { type: "burn_rate", budget: "1000", periodDays: 30, factor: "1" },
  anomaly: { type: "anomaly", direction: "both", score: "6", minImpact: "0", minImpactPercent: "50" },
  no_data: { type: "no_data" },
};

/** Another kind of condition, with times that it can be evaluated at. */
export function withConditionType(draft: Draft, type: ConditionType): Draft {
  const condition = FRESH[type];
  return type === "anomaly" ? { ...draft, condition, windowSec: 3_600, everySec: 3_600 } : { ...draft, condition };
}

export interface ReadDraft {
  rule: AlertRule | null;
  /** First message per field; those of the condition under their own names. */
  errors: Readonly<Record<string, string>>;
}

export function readDraft(draft: Draft): ReadDraft {
  const parsed = ruleSchema.safeParse(draft);
  if (parsed.success) return { rule: parsed.data, errors: {} };
  const errors: Record<string, string> = {};
  for (const { path, message } of parsed.error.issues) errors[fieldOf(path.join("."))] ??= message;
  return { rule: null, errors };
}

const fieldOf = (path: string): string => path.replace(/^condition\./, "").replace(/^(filters|groupBy)\..*/, "$1");

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** "5 min", "1 h", "7 days". */
export function durationText(sec: number): string {
  if (sec === 0) return "none";
  if (sec % DAY === 0) return sec === DAY ? "1 day" : `${sec / DAY} days`;
  return sec % HOUR === 0 ? `${sec / HOUR} h` : `${sec / MINUTE} min`;
}

export const WINDOWS_SEC = [1, 5, 15, 30, 60, 180, 360, 720, 1_440, 4_320, 10_080].map((min) => min * MINUTE);
export const FOR_SEC = [0, 1, 5, 10, 15, 30, 60, 120, 360].map((min) => min * MINUTE);
export const DELAYS_SEC = [0, 1, 2, 5, 15, 60].map((min) => min * MINUTE);

/** Options with the value at hand among them, whatever a file or the API made it. */
export const durationOptions = (known: readonly number[], value: number) =>
  [...new Set([...known, value])].sort((a, b) => a - b).map((sec) => ({ value: String(sec), label: durationText(sec) }));
