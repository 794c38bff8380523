/** What the number of a rule is called and counted in. Pure. */
import { findWatched } from "../signals/catalogue";
import { sideOf } from "../rules/compare";
import type { AlertRule } from "../rules/schemas";
import type { IncidentView } from "./schemas";

export function measuredOf(rule: Pick<AlertRule, "metric" | "per" | "condition">): IncidentView["measured"] {
  const watched = findWatched(rule.metric)?.definition;
  const per = rule.per === null ? "" : ` per ${(findWatched(rule.per)?.definition.label ?? rule.per).toLowerCase()}`;
  const label = `${watched?.label ?? rule.metric}${per}`;
  const side = sideOf(rule.condition);
  switch (rule.condition.type) {
    case "threshold":
      return { label, unit: watched?.unit ?? "count", side };
    case "change":
      return { label: `Change of ${lower(label)}`, unit: "percent_points", side };
    case "burn_rate":
      return { label: `Burn-rate alarm of ${lower(label)}`, unit: "times", side };
    case "anomaly":
      return { label: `Anomaly score of ${lower(label)}`, unit: "score", side };
    case "no_data":
      return { label: `No data for ${lower(label)}`, unit: "count", side };
  }
}

/** "Cost" → "cost", but "OOM rate" and "GPU cost" stay. */
const lower = (label: string) => (/^[A-Z][a-z]/.test(label) ? label[0]!.toLowerCase() + label.slice(1) : label);
