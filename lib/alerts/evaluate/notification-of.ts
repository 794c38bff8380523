/** What people hear of a transition. Pure. */
import type { Notification } from "@/lib/notifications";
import { alertLabels } from "../incidents/alert-labels";
import { formatMeasured } from "../incidents/format-measured";
import { incidentPath } from "../incidents/schemas";
import { measuredOf } from "../incidents/measured";
import type { TransitionKind } from "../lifecycle/machine";
import { tenantsOf } from "../rules/schemas";
import type { OpenIncident } from "../store/evaluation";
import { incidentKeyOf } from "./label-hash";

/** Waiting, and clear again before it fired, concern nobody. */
const KINDS: Partial<Record<TransitionKind, string>> = {
  firing: "firing",
  refired: "firing",
  acknowledged: "acknowledged",
  recovering: "recovering",
  resolved: "resolved",
};

const TITLES: Record<string, string> = {
  firing: "",
  no_data: "No data: ",
  error: "Cannot be evaluated: ",
  acknowledged: "Acknowledged: ",
  recovering: "Recovering: ",
  resolved: "Resolved: ",
};

export interface Told {
  number: number;
  kind: TransitionKind;
  value: string | null;
  /** A person, or nobody: the evaluator. */
  byName: string | null;
  note: string | null;
  acknowledged: boolean;
  at: Date;
}

/** Null: nobody needs to hear of it. `number` within the incident makes it one effect. */
export function notificationOf(incident: OpenIncident, told: Told): Notification | null {
  const plain = KINDS[told.kind];
  if (plain === undefined) return null;
  const kind = plain === "firing" && incident.cause !== "condition" ? incident.cause : plain;
  const { rule } = incident;
  const measured = measuredOf(rule);
  const over = measured.side === "above" ? "≥" : "≤";
  const threshold = `${over} ${formatMeasured(incident.threshold, measured.unit)}`;
  const labels = alertLabels(incident);
  const where = Object.values(incident.labels).filter(Boolean).join(", ");
  const by = told.byName === null ? "" : ` by ${told.byName}`;
  const value = formatMeasured(told.value, measured.unit);
  const sentences: Record<string, string> = {
    firing: `${measured.label} is ${value} (${threshold}).`,
    no_data: `Nothing was received for ${measured.label.toLowerCase()}.`,
    error: `The rule could not be evaluated.`,
    acknowledged: `Acknowledged${by}.`,
    recovering: `${measured.label} is clear (${value}) and stays open until it has been for a while.`,
    resolved: `Resolved${by}. At its worst it was ${formatMeasured(incident.worst, measured.unit)} (${threshold}).`,
  };
  const fact = (label: string, text: string | null) => (text ? [{ label, value: text.slice(0, 1_000) }] : []);
  const key = incidentKeyOf(incident.ruleId, incident.labelHash);
  return {
    dedupeKey: `alert:${incident.id}:${told.number}`,
    source: "alert",
    kind,
    severity: rule.severity,
    title: `${TITLES[kind]}${incident.ruleName}${where ? ` (${where})` : ""}`.slice(0, 300),
    body: [sentences[kind], told.note ?? "", incident.detail ?? "", kind === "firing" ? rule.runbook : ""]
      .filter(Boolean)
      .join("\n\n")
      .slice(0, 5_000),
    path: incidentPath(incident.id),
    labels,
    tenants: [...incident.tenants],
    groupKey: `alert:${incident.ruleId}`,
    incidentKey: key,
    incidentState:
      told.kind === "resolved" ? "resolved" : told.kind === "acknowledged" || told.acknowledged ? "acknowledged" : "triggered",
    facts: [
      ...fact(measured.label, told.value === null ? null : value),
      ...fact("Threshold", threshold),
      ...fact("Owner", rule.owner),
      ...fact("Runbook", rule.runbookUrl),
    ],
    at: told.at,
  };
}

/** Whose incident it is: the tenant it is grouped by, those it is filtered by, or everybody's. */
export function tenantsOfIncident(filters: Parameters<typeof tenantsOf>[0], labels: Readonly<Record<string, string>>): string[] {
  const own = labels["tenant"];
  if (own) return [own];
  const tenants = tenantsOf(filters);
  return tenants === "all" || tenants.length === 0 ? ["*"] : [...tenants];
}
