/** What the API says of incidents, and takes. Pure: pages import it. */
import { z } from "zod";
import type { MetricUnit } from "@/lib/metrics/catalogue";
import type { Cause, TransitionKind } from "../lifecycle/machine";
import type { ToldView } from "@/lib/notifications/delivery/schemas";
import type { AlertRule, Severity } from "../rules/schemas";

export const INCIDENT_PHASES = ["firing", "acknowledged", "recovering", "resolved"] as const;
export type IncidentPhase = (typeof INCIDENT_PHASES)[number];

export const listIncidentsSchema = z.strictObject({
  state: z.enum(["open", "resolved", "all"]).default("all"),
  rule: z.uuid().optional(),
  severity: z.enum(["info", "warning", "critical"]).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** Where it is shown: notifications lead there, and are found by it. */
export const incidentPath = (id: string) => `/alerts/incidents/${id}`;

const note = z.string().trim().max(1_000).default("");
export const actOnIncidentSchema = z.strictObject({ action: z.enum(["acknowledge", "resolve"]), note });
export const commentIncidentSchema = z.strictObject({ text: z.string().trim().min(1).max(4_000) });

export interface IncidentView {
  id: string;
  ruleId: string;
  ruleName: string;
  severity: Severity;
  cause: Cause;
  phase: IncidentPhase;
  labels: Record<string, string>;
  /** What is compared: of the metric itself, or of a condition on it. */
  measured: { label: string; unit: MetricUnit | "percent_points" | "score" | "times"; side: "above" | "below" };
  value: string | null;
  worst: string | null;
  worstAt: string | null;
  threshold: string;
  detail: string | null;
  breachedSince: string;
  openedAt: string;
  endedAt: string | null;
  acknowledgedBy: string | null;
  resolvedBy: string | null;
}

export interface TransitionView {
  number: number;
  kind: TransitionKind;
  cause: Cause;
  at: string;
  recordedAt: string;
  value: string | null;
  by: string | null;
  note: string | null;
}

export interface IncidentDetails extends IncidentView {
  /** As the rule was when it fired. */
  rule: AlertRule & { version: number; deleted: boolean };
  /** Notifications and deliveries of this incident go by it. */
  incidentKey: string;
  history: TransitionView[];
  /** Newest first. */
  told: ToldView[];
  comments: { id: string; by: string; text: string; at: string }[];
}

export interface IncidentList {
  incidents: IncidentView[];
  /** Of all that the reader may see, whatever the filter. */
  open: number;
}
