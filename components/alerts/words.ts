/** States of alerts in words. Pure. */
import type { IncidentPhase } from "@/lib/alerts/incidents/schemas";
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

/** Kinds of an alert's notifications. */
export const TOLD_LABEL: Readonly<Record<string, string>> = {
  firing: "Fired",
  no_data: "No data",
  error: "Could not be evaluated",
  acknowledged: "Acknowledged",
  recovering: "Clear, recovering",
  resolved: "Resolved",
};

export const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.values(labels)
    .map((value) => value || "(not set)")
    .join(", ");
