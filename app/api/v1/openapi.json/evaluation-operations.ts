/** The routes of evaluations for the document: see operations.ts. */
import { z } from "zod";
import {
  ARMS,
  RUN_STATUSES,
  startEvaluationSchema,
  suiteDraftSchema,
  suiteVersionSchema,
  TASK_TYPES,
  toleranceSchema,
  type EvaluationReport,
  type RunView,
  type SuiteView,
} from "@/lib/evaluations/schemas";
import type { Operation } from "./operations";
import { idOf, json } from "./shapes";

const taskType = z.enum(TASK_TYPES);
const share = z.number().describe("0 to 1");
const comparison = {
  cases: z.int().describe("Measured on both arms"),
  baseline: share,
  candidate: share,
  difference: z.number().describe("Candidate − baseline"),
  lower: z.number().describe("One-sided 95 %"),
  upper: z.number().describe("One-sided 95 %"),
  tolerance: z.number(),
  passed: z.boolean().describe("lower > −tolerance"),
};
const suite = z.object({ id: z.string(), name: z.string(), version: z.int() });
const ofArms = <T extends z.ZodType>(value: T) =>
  z.object({ [ARMS[0]]: value, [ARMS[1]]: value } as Record<(typeof ARMS)[number], T>);

const reportSchema = z.object({
  suite,
  simulated: z.boolean(),
  arms: ofArms(z.string()),
  overall: z.object(comparison),
  taskTypes: z.array(z.object({ ...comparison, taskType })),
  checks: z.array(
    z.object({
      kind: z.enum(["json_schema", "regex", "contains", "tool_call", "refusal", "max_length", "reference", "judge"]),
      of: z.int(),
      baseline: z.int(),
      candidate: z.int(),
    }),
  ),
  unanswered: ofArms(z.int()),
  reasons: z.array(z.string()).describe("Why it did not pass"),
  lost: z
    .array(z.object({ caseId: z.string(), taskType, why: z.string(), answer: z.string() }))
    .describe("First cases that only the baseline got right"),
}) satisfies z.ZodType<EvaluationReport>;

const runSchema = z.object({
  id: z.string(),
  suite,
  subject: z.string(),
  contentHash: z.string(),
  status: z.enum(RUN_STATUSES),
  reason: z.string().nullable(),
  arms: ofArms(z.string()),
  simulated: z.boolean(),
  done: z.int().describe("Answers stored, of both arms together"),
  total: z.int(),
  report: reportSchema.nullable(),
  startedBy: z.string(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
}) satisfies z.ZodType<RunView>;

const suiteListSchema = z.object({
  suites: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      description: z.string(),
      simulated: z.boolean(),
      version: z.int().describe("The newest"),
      tolerance: toleranceSchema,
      taskTypes: z.array(z.object({ taskType, cases: z.int() })),
      createdBy: z.string(),
      at: z.string(),
    }),
  ),
}) satisfies z.ZodType<{ suites: SuiteView[] }>;

export const EVALUATION_SCHEMAS = {
  EvaluationSuite: { schema: suiteDraftSchema, io: "input" },
  EvaluationSuiteVersion: { schema: suiteVersionSchema, io: "input" },
  StartEvaluation: { schema: startEvaluationSchema, io: "input" },
  EvaluationSuiteList: { schema: suiteListSchema, io: "output" },
  MadeEvaluationSuite: { schema: z.object({ id: z.string(), version: z.int() }), io: "output" },
  EvaluationRun: { schema: runSchema, io: "output" },
  EvaluationRunList: { schema: z.object({ runs: z.array(runSchema) }), io: "output" },
} as const;


const suiteId = "0197a3f0-0000-4000-8000-000000000021";
const at = "2026-11-20T10:15:30.123Z";
const golden = {
  id: "invoice-1",
  taskType: "extraction" as const,
  messages: [{ role: "user" as const, content: "Give number and total of this invoice as JSON: no. 17, EUR 12.50" }],
  responseFormat: { type: "json_object" },
  checks: [{ kind: "json_schema" as const, schema: { type: "object", required: ["number", "total"] } }],
};
const run = {
  id: "0197a3f0-0000-4000-8000-000000000022",
  suite: { id: suiteId, name: "Support desk", version: 3 },
  subject: "change:0197a3f0-0000-7000-8000-000000000011",
  contentHash: "9c1185a5c5e9fc54612808977ee8f548b2258d31ddadef707b5d5e7b1d2d6f0a",
  status: "running",
  reason: null,
  arms: { baseline: "llama at http://gw:8080/v1", candidate: "llama-fp8 at http://gw:8080/v1" },
  simulated: false,
  done: 120,
  total: 400,
  report: null,
  startedBy: "Ana Lyst",
  createdAt: at,
  endedAt: null,
};
const endpoint = (model: string) => ({ baseUrl: "http://gw:8080/v1", model });
const writing = { tag: "operate", scope: "admin", refusals: [400, 401, 403, 404, 409, 413, 415, 503] } as const;
const reading = { method: "get", tag: "read", scope: "read", refusals: [401, 403, 404, 503] } as const;
const made = (version: number) =>
  ({ "201": { description: "Its newest version", schema: "MadeEvaluationSuite", example: { id: suiteId, version } } }) as const;

export const EVALUATION_OPERATIONS: readonly Operation[] = [
  {
    ...reading,
    path: "/api/v1/evaluations",
    id: "list_evaluation_suites",
    summary: "Suites of golden prompts, without the prompts.",
    answers: {
      "200": {
        description: "By name",
        schema: "EvaluationSuiteList",
        example: {
          suites: [
            {
              ...run.suite,
              description: "",
              simulated: false,
              tolerance: { overall: 0.05, taskType: 0.15 },
              taskTypes: [{ taskType: "extraction", cases: 200 }],
              createdBy: "Lena Lead",
              at,
            },
          ],
        },
      },
    },
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/evaluations",
    id: "create_evaluation_suite",
    summary: "Make a suite of golden prompts with their checks.",
    body: { schema: "EvaluationSuite", types: json, example: { name: "Invoices", cases: [golden] } },
    answers: made(1),
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/evaluations/{id}/versions",
    id: "add_evaluation_suite_version",
    summary: "A new version of a suite. What ran with earlier ones stays. 409: somebody else made one since `baseVersion`.",
    parameters: [idOf("suite")],
    body: {
      schema: "EvaluationSuiteVersion",
      types: json,
      example: { baseVersion: 1, message: "More invoices", cases: [golden] },
    },
    answers: made(2),
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/changes/{id}/evaluations",
    id: "start_evaluation",
    summary: "Evaluate exactly what a change says now. Its result becomes evidence of the change.",
    parameters: [idOf("change")],
    body: {
      schema: "StartEvaluation",
      types: json,
      example: { suiteId, baseline: endpoint("llama"), candidate: endpoint("llama-fp8") },
    },
    answers: {
      "201": {
        description: "The run, waiting for a worker",
        schema: "EvaluationRun",
        example: { ...run, status: "queued", done: 0 },
      },
    },
  },
  {
    ...reading,
    path: "/api/v1/changes/{id}/evaluations",
    id: "list_evaluations",
    summary: "Evaluations of a change, newest first.",
    parameters: [idOf("change")],
    answers: { "200": { description: "Runs", schema: "EvaluationRunList", example: { runs: [run] } } },
  },
  {
    ...reading,
    path: "/api/v1/evaluations/runs/{id}",
    id: "get_evaluation",
    summary: "How far an evaluation is, and its report once it has ended.",
    parameters: [idOf("evaluation")],
    answers: { "200": { description: "The run", schema: "EvaluationRun", example: run } },
  },
  {
    method: "delete",
    path: "/api/v1/evaluations/runs/{id}",
    id: "cancel_evaluation",
    tag: "operate",
    scope: "admin",
    summary: "Cancel an evaluation that has not ended.",
    parameters: [idOf("evaluation")],
    answers: {
      "200": {
        description: "The run",
        schema: "EvaluationRun",
        example: { ...run, status: "cancelled", reason: "Cancelled by Ana Lyst", endedAt: at },
      },
    },
    refusals: [401, 403, 404, 409, 503],
  },
];
