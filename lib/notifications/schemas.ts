/** What producers hand in, what people configure, what they are answered. Pure: forms, API, store and workers share it. */
import { z } from "zod";

const SOURCES = ["alert", "budget", "anomaly", "change", "system"] as const;
export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];
export const INCIDENT_STATES = ["triggered", "acknowledged", "resolved"] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

const labelName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.]{0,79}$/, { error: "letters, digits, _ and ., at most 80" });

export const pagePath = z.string().regex(/^\/(?!\/)/, { error: "must be a path of the console" });

/** Something people should hear of. Texts are plain: each channel escapes them in its own way. */
export const notificationSchema = z
  .strictObject({
    dedupeKey: z.string().min(1).max(500),
    source: z.enum(SOURCES),
    kind: z.string().min(1).max(80),
    severity: z.enum(SEVERITIES),
    title: z.string().min(1).max(300),
    body: z.string().max(5_000),
    path: pagePath,
    labels: z.record(labelName, z.string().max(500)),
    tenants: z.array(z.string().min(1)).min(1, "Say whom it concerns: tenants, or * for everybody."),
    groupKey: z.string().min(1).max(500),
    incidentKey: z.string().min(1).max(500).optional(),
    incidentState: z.enum(INCIDENT_STATES).optional(),
    facts: z.array(z.strictObject({ label: z.string().max(100), value: z.string().max(1_000) })).max(20),
    at: z.date(),
  })
  .refine((n) => (n.incidentKey === undefined) === (n.incidentState === undefined), {
    error: "A state belongs to an incident, and an incident has a state.",
    path: ["incidentState"],
  });
export type Notification = z.infer<typeof notificationSchema>;

export const CHANNEL_KINDS = ["slack", "smtp", "pagerduty", "webhook", "teams"] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];
/** Read by people: what belongs together is one message. The others take one for each notification. */
export const GROUPING_KINDS: ReadonlySet<ChannelKind> = new Set(["slack", "smtp", "teams"]);
