/** The routes of alert rules and incidents for the document: see operations.ts. */
import { z } from "zod";
import { backtestSchema, type BacktestSeries } from "@/lib/alerts/backtest/schemas";
import {
  actOnIncidentSchema,
  commentIncidentSchema,
  INCIDENT_PHASES,
  type IncidentDetails,
  type IncidentList,
  type IncidentView,
} from "@/lib/alerts/incidents/schemas";
import { CAUSES } from "@/lib/alerts/lifecycle/machine";
import { ruleFieldsSchema, ruleSchema, SEVERITIES } from "@/lib/alerts/rules/schemas";
import { switchRuleSchema, updateRuleSchema, type RuleDetails, type RuleView } from "@/lib/alerts/rules/views";
import type { Operation } from "./operations";
import { idOf, json, listParameters, reading, writing } from "./shapes";

const labels = z.record(z.string(), z.string());
const decimal = z.string().describe("Exact decimal text");

const ruleViewSchema = ruleFieldsSchema.extend({
  id: z.string(),
  enabled: z.boolean(),
  version: z.int(),
  builtIn: z.boolean().describe("Of the built-in pack"),
  createdBy: z.string(),
  createdAt: z.string(),
  updatedBy: z.string(),
  updatedAt: z.string(),
  deleted: z.boolean(),
  evaluatedAt: z.string().nullable(),
  evaluatedTo: z.string().nullable().describe("The newest instant that was evaluated"),
  error: z.string().nullable().describe("Why it could not be evaluated last"),
  open: z.int().describe("Open incidents that the reader may see"),
  firedLast30Days: z.int(),
}) satisfies z.ZodType<RuleView>;
const ruleDetailsSchema = ruleViewSchema.extend({
  versions: z.array(z.object({ version: z.int(), by: z.string(), at: z.string(), rule: ruleFieldsSchema })),
}) satisfies z.ZodType<RuleDetails>;

const incidentSchema = z.object({
  id: z.string(),
  ruleId: z.string(),
  ruleName: z.string(),
  severity: z.enum(SEVERITIES),
  cause: z.enum(CAUSES),
  phase: z.enum(INCIDENT_PHASES),
  labels,
  measured: z.looseObject({}).describe("What the numbers are: label, unit, side") as unknown as z.ZodType<IncidentView["measured"]>,
  value: decimal.nullable(),
  worst: decimal.nullable(),
  worstAt: z.string().nullable(),
  threshold: decimal,
  detail: z.string().nullable(),
  breachedSince: z.string(),
  openedAt: z.string(),
  endedAt: z.string().nullable(),
  acknowledgedBy: z.string().nullable(),
  resolvedBy: z.string().nullable(),
}) satisfies z.ZodType<IncidentView>;
const incidentListSchema = z.object({
  incidents: z.array(incidentSchema),
  open: z.int().describe("Of all that the reader may see, whatever the filter"),
}) satisfies z.ZodType<IncidentList>;
const incidentDetailsSchema = incidentSchema.extend({
  rule: z.looseObject({}).describe("As the rule was when it fired") as unknown as z.ZodType<IncidentDetails["rule"]>,
  incidentKey: z.string(),
  history: z
    .array(z.looseObject({ number: z.int(), kind: z.string(), at: z.string() }))
    .describe("Numbered transitions") as unknown as z.ZodType<IncidentDetails["history"]>,
  told: z
    .array(z.looseObject({ id: z.string(), kind: z.string(), at: z.string() }))
    .describe("Notifications and whom they reached, newest first") as unknown as z.ZodType<IncidentDetails["told"]>,
  comments: z.array(z.object({ id: z.string(), by: z.string(), text: z.string(), at: z.string() })),
}) satisfies z.ZodType<IncidentDetails>;

const backtestSeriesSchema = z.object({
  stretches: z.array(z.object({ from: z.number(), everySec: z.int(), count: z.int() })).describe("Equidistant instants"),
  groups: z.array(
    z.object({
      labels,
      seen: z.array(z.union([decimal, z.null(), z.literal(false)])).describe("null: no data; false: not judged"),
      spentUsd: z.array(decimal.nullable()),
    }),
  ),
  approximations: z.array(z.string()).describe("What is not as it was known then"),
  warnings: z.array(z.string()),
  timeZone: z.string(),
}) satisfies z.ZodType<BacktestSeries>;

const names = z.array(z.string());

export const ALERT_SCHEMAS = {
  AlertRule: { schema: ruleSchema, io: "input" },
  UpdateAlertRule: { schema: updateRuleSchema, io: "input" },
  SwitchAlertRule: { schema: switchRuleSchema, io: "input" },
  AlertRuleList: { schema: z.object({ rules: z.array(ruleViewSchema) }), io: "output" },
  AlertRuleDetails: { schema: ruleDetailsSchema, io: "output" },
  Backtest: { schema: backtestSchema, io: "input" },
  BacktestSeries: { schema: backtestSeriesSchema, io: "output" },
  AlertRuleFile: { schema: z.strictObject({ yaml: z.string().min(1).max(200_000) }), io: "input" },
  AlertRuleFileText: { schema: z.string().describe("YAML"), io: "output" },
  ImportedAlertRules: { schema: z.object({ created: names, updated: names, unchanged: names }), io: "output" },
  IncidentList: { schema: incidentListSchema, io: "output" },
  IncidentDetails: { schema: incidentDetailsSchema, io: "output" },
  ActOnIncident: { schema: actOnIncidentSchema, io: "input" },
  CommentIncident: { schema: commentIncidentSchema, io: "input" },
} as const;

const at = "2026-11-20T10:15:00.000Z";
const id = "0197a3f0-0000-4000-8000-000000000031";
const asked = {
  name: "Errors",
  metric: "error_rate",
  groupBy: ["tenant"],
  condition: { type: "threshold", direction: "above", value: "0.05" },
};
const rule = ruleSchema.parse(asked);
const view = {
  ...rule,
  id,
  enabled: true,
  version: 1,
  builtIn: false,
  createdBy: "Ada Min",
  createdAt: at,
  updatedBy: "Ada Min",
  updatedAt: at,
  deleted: false,
  evaluatedAt: at,
  evaluatedTo: at,
  error: null,
  open: 1,
  firedLast30Days: 3,
};
const details = { ...view, versions: [{ version: 1, by: "Ada Min", at, rule }] };
const incident = {
  id: "0197a3f0-0000-4000-8000-000000000032",
  ruleId: id,
  ruleName: "Errors",
  severity: "warning",
  cause: "condition",
  phase: "firing",
  labels: { tenant: "acme" },
  measured: { label: "Error rate", unit: "ratio", side: "above" },
  value: "0.08",
  worst: "0.11",
  worstAt: at,
  threshold: "0.05",
  detail: null,
  breachedSince: at,
  openedAt: at,
  endedAt: null,
  acknowledgedBy: null,
  resolvedBy: null,
};
const incidentDetails = {
  ...incident,
  rule: { ...rule, version: 1, deleted: false },
  incidentKey: `${id}:0f3c`,
  history: [
    { number: 1, kind: "firing", cause: "condition", at, recordedAt: at, value: "0.08", by: null, note: null },
  ],
  told: [],
  comments: [],
};
const ruleAnswer = { "200": { description: "The rule as it is now", schema: "AlertRuleDetails", example: details } } as const;
const incidentAnswer = { description: "The incident as it is now", schema: "IncidentDetails", example: incidentDetails } as const;

export const ALERT_OPERATIONS: readonly Operation[] = [
  {
    ...reading,
    path: "/api/v1/alerts/rules",
    id: "list_alert_rules",
    summary: "Alert rules, and how they stand",
    answers: { "200": { description: "Rules", schema: "AlertRuleList", example: { rules: [view] } } },
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/alerts/rules",
    id: "create_alert_rule",
    summary: "Make a rule: metric or ratio × scope × condition × window × for",
    body: { schema: "AlertRule", types: json, example: asked },
    answers: { "201": { description: "Evaluated within its interval", schema: "AlertRuleDetails", example: details } },
  },
  {
    ...reading,
    path: "/api/v1/alerts/rules/{id}",
    id: "get_alert_rule",
    summary: "A rule with its versions",
    parameters: [idOf("rule")],
    answers: ruleAnswer,
  },
  {
    ...writing,
    method: "put",
    path: "/api/v1/alerts/rules/{id}",
    id: "update_alert_rule",
    summary: "Save a new version; 409 when it is not the one that was edited",
    parameters: [idOf("rule")],
    body: { schema: "UpdateAlertRule", types: json, example: { baseVersion: 1, rule: asked } },
    answers: ruleAnswer,
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/alerts/rules/{id}/actions",
    id: "switch_alert_rule",
    summary: "Switch it on or off, delete, restore or duplicate it",
    parameters: [idOf("rule")],
    body: { schema: "SwitchAlertRule", types: json, example: { action: "disable" } },
    answers: ruleAnswer,
  },
  {
    ...reading,
    method: "post",
    path: "/api/v1/alerts/backtest",
    id: "backtest_alert_rule",
    summary: "What a rule would have seen in the last 1 to 90 days. Nothing is saved",
    body: { schema: "Backtest", types: json, example: { rule: asked, days: 7 } },
    answers: {
      "200": {
        description: "One number an instant and alert, from which any threshold can be tried",
        schema: "BacktestSeries",
        example: {
          stretches: [{ from: 1_795_000_200_000, everySec: 300, count: 2 }],
          groups: [{ labels: { tenant: "acme" }, seen: ["0.02", null], spentUsd: ["1.25", null] }],
          approximations: ["Costs are those of the prices known now."],
          warnings: [],
          timeZone: "Europe/Paris",
        },
      },
    },
    refusals: [400, 401, 403, 413, 415, 422, 503],
  },
  {
    ...reading,
    path: "/api/v1/alerts/yaml",
    id: "export_alert_rules",
    summary: "The rules as a YAML file",
    answers: {
      "200": {
        description: "YAML",
        schema: "AlertRuleFileText",
        types: ["application/yaml"],
        example: "version: 1\nrules:\n  - name: Errors\n",
      },
    },
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/alerts/yaml",
    id: "import_alert_rules",
    summary: "Import a YAML file: all of it or nothing, every bad line named",
    body: { schema: "AlertRuleFile", types: json, example: { yaml: "version: 1\nrules: []\n" } },
    answers: {
      "200": {
        description: "Rules by name",
        schema: "ImportedAlertRules",
        example: { created: ["Errors"], updated: [], unchanged: [] },
      },
    },
  },
  {
    ...reading,
    path: "/api/v1/alerts/incidents",
    id: "list_incidents",
    summary: "Incidents, newest first",
    parameters: listParameters({
      state: ["open, resolved or all", { type: "string", enum: ["open", "resolved", "all"] }],
      rule: ["Id of a rule", { type: "string", format: "uuid" }],
      severity: ["Of the rule", { type: "string", enum: [...SEVERITIES] }],
      limit: ["1 to 500", { type: "integer", default: 100 }],
    }),
    answers: {
      "200": { description: "Incidents", schema: "IncidentList", example: { incidents: [incident], open: 1 } },
    },
  },
  {
    ...reading,
    path: "/api/v1/alerts/incidents/{id}",
    id: "get_incident",
    summary: "An incident with its history, comments, and who was told",
    parameters: [idOf("incident")],
    answers: { "200": incidentAnswer },
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/alerts/incidents/{id}/actions",
    id: "act_on_incident",
    summary: "Acknowledge or resolve it",
    parameters: [idOf("incident")],
    body: { schema: "ActOnIncident", types: json, example: { action: "acknowledge", note: "On it" } },
    answers: { "200": incidentAnswer },
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/alerts/incidents/{id}/comments",
    id: "comment_incident",
    summary: "Comment on it",
    parameters: [idOf("incident")],
    body: { schema: "CommentIncident", types: json, example: { text: "The upstream was restarted." } },
    answers: { "201": incidentAnswer },
  },
];
