/** Values and states of alerts in words. Pure. */
import { formatMetricValue } from "@/components/format/metric-value";
import type { IncidentPhase, IncidentView } from "@/lib/alerts/incidents/schemas";
import type { Cause, TransitionKind } from "@/lib/alerts/lifecycle/machine";
import type { Severity } from "@/lib/alerts/rules/schemas";

export const PHASE_LABEL: Record<IncidentPhase, string> = {
  firing: "Firing",
  acknowledged: "Acknowledged",
  recovering: "Recovering",
  resolved: "Resolved",
};

export const SEVERITY_LABEL: Record<Severity, string> = { info: "Info", warning: "Warning", critical: "Critical" };

export const TRANSITION_LABEL: Record<TransitionKind, string> = {
  pending: "Condition met, waiting",
  cleared: "Clear again before it fired",
  firing: "Fired",
  acknowledged: "Acknowledged",
  recovering: "Clear, recovering",
  refired: "Met again while recovering",
  resolved: "Resolved",
  rearmed: "Clear, armed again",
};

export const CAUSE_LABEL: Record<Cause, string> = {
  condition: "Condition met",
  no_data: "No data",
  error: "Could not be evaluated",
};

export type MeasuredUnit = IncidentView["measured"]["unit"];

const twoDigits = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** The number that a condition compares: a metric, or its change, score or share of an alarm. */
export function formatMeasured(value: string | null, unit: MeasuredUnit): string {
  if (value === null) return "—";
  switch (unit) {
    case "percent_points":
      return `${Number(value) > 0 ? "+" : ""}${twoDigits.format(Number(value))} %`;
    case "score":
      return twoDigits.format(Number(value));
    case "times":
      return `${twoDigits.format(Number(value))}×`;
    default:
      return formatMetricValue(value, unit);
  }
}

export const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.values(labels)
    .map((value) => value || "(not set)")
    .join(", ");
