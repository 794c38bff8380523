/** What people ask of evaluations, and what they are answered. Pure: forms, API and store share it. */
import { z } from "zod";

export const TASK_TYPES = ["classification", "extraction", "tool_call", "refusal", "summary", "other"] as const;
export type TaskType = (typeof TASK_TYPES)[number];

const check = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("json_schema"),
    schema: z.record(z.string(), z.unknown()).describe("JSON Schema; the whole answer must be such JSON, nothing around it"),
  }),
  z.strictObject({
    kind: z.literal("regex"),
    pattern: z.string().min(1).max(1_000),
    flags: z
      .string()
      .regex(/^[imsu]*$/)
      .default(""),
  }),
  z.strictObject({ kind: z.literal("contains"), text: z.string().min(1).max(2_000), caseSensitive: z.boolean().default(false) }),
  z.strictObject({
    kind: z.literal("tool_call"),
    name: z.string().min(1).max(200),
    arguments: z.record(z.string(), z.unknown()).default({}).describe("Each must be there with exactly this value"),
  }),
  z.strictObject({ kind: z.literal("refusal"), expected: z.boolean() }),
  z.strictObject({ kind: z.literal("max_length"), characters: z.number().int().min(1).max(100_000) }),
  z.strictObject({
    kind: z.literal("reference"),
    text: z.string().min(1).max(20_000),
    atLeast: z.number().gt(0).max(1).describe("Token F1 with the reference"),
  }),
  z.strictObject({
    kind: z.literal("judge"),
    rubric: z.string().min(3).max(5_000).describe("What a judge model is to answer with yes or no"),
  }),
]);
export type Check = z.infer<typeof check>;

const message = z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string().max(100_000) });

const goldenCase = z.strictObject({
  id: z.string().regex(/^[a-zA-Z0-9._-]{1,80}$/, { error: "letters, digits, dots and dashes, at most 80" }),
  taskType: z.enum(TASK_TYPES),
  messages: z.array(message).min(1).max(50),
  tools: z.array(z.record(z.string(), z.unknown())).max(50).optional().describe("As in OpenAI's API"),
  responseFormat: z.record(z.string(), z.unknown()).optional().describe("As in OpenAI's API"),
  maxTokens: z.number().int().min(1).max(32_768).default(512),
  checks: z.array(check).min(1, "A golden prompt without a check says nothing.").max(20),
});
export type GoldenCase = z.infer<typeof goldenCase>;

const points = z.number().gt(0).max(1);
export const toleranceSchema = z.strictObject({
  overall: points.default(0.05).describe("The candidate may be worse by less than this share of all cases"),
  taskType: points.default(0.15).describe("The same for each task type by itself"),
});
export type Tolerance = z.infer<typeof toleranceSchema>;

const content = {
  cases: z
    .array(goldenCase)
    .min(1)
    .max(2_000)
    .refine((cases) => new Set(cases.map(({ id }) => id)).size === cases.length, "Two cases have the same id."),
  tolerance: toleranceSchema.prefault({}),
};

export const suiteDraftSchema = z.strictObject({
  name: z.string().trim().min(3).max(120),
  description: z.string().trim().max(2_000).default(""),
  ...content,
});
export type SuiteDraft = z.input<typeof suiteDraftSchema>;

/** `baseVersion`: what was edited. Another newest one: 409. */
export const suiteVersionSchema = z.strictObject({
  baseVersion: z.number().int().min(1),
  message: z.string().trim().min(3, "Say what is different.").max(500),
  ...content,
});
export type SuiteVersionDraft = z.input<typeof suiteVersionSchema>;

/** Where an OpenAI-compatible API answers: a gateway's route or an engine. */
export const endpointSchema = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .describe("Up to and with /v1. Its host must be in HEADROOM_EVALUATION_HOSTS"),
  model: z.string().min(1).max(200).describe("Model or route to name in the request"),
});
export type Endpoint = z.infer<typeof endpointSchema>;

/** Absent endpoints: in a demo workspace both arms are simulated engines that the worker starts. */
export const startEvaluationSchema = z.strictObject({
  suiteId: z.uuid(),
  baseline: endpointSchema.optional(),
  candidate: endpointSchema.optional(),
  judge: endpointSchema.optional().describe("Needed when the suite has checks of kind judge"),
});
export type StartEvaluation = z.input<typeof startEvaluationSchema>;

/** What is asked. `engine`: one that runs nowhere yet and is started for the run, with these settings of an engine policy. */
export type Arm =
  | ({ kind: "endpoint" } & Endpoint)
  | { kind: "engine"; simulated: true; pool: string | null; settings: Record<string, unknown> };

export const ARMS = ["baseline", "candidate"] as const;
export type ArmName = (typeof ARMS)[number];

/** `broken`: it could not be measured; neither passed nor failed. */
export const RUN_STATUSES = ["queued", "running", "passed", "failed", "broken", "cancelled"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export const isOver = (status: RunStatus): boolean => status !== "queued" && status !== "running";

/** Candidate minus baseline, as shares of the cases that were measured on both. */
export interface Comparison {
  cases: number;
  baseline: number;
  candidate: number;
  difference: number;
  /** One-sided 95 % each. */
  lower: number;
  upper: number;
  tolerance: number;
  passed: boolean;
}

export interface EvaluationReport {
  suite: { id: string; name: string; version: number };
  /** Nothing about it is real. */
  simulated: boolean;
  arms: Record<ArmName, string>;
  overall: Comparison;
  taskTypes: (Comparison & { taskType: TaskType })[];
  /** How many cases passed each kind of check. */
  checks: { kind: Check["kind"]; of: number; baseline: number; candidate: number }[];
  /** Of the baseline: these pairs are left out. Of the candidate: they count as failed. */
  unanswered: Record<ArmName, number>;
  /** Why it did not pass; empty: it did. */
  reasons: string[];
  /** The first cases that only the baseline got right. */
  lost: { caseId: string; taskType: TaskType; why: string; answer: string }[];
}

export interface SuiteView {
  id: string;
  name: string;
  description: string;
  simulated: boolean;
  version: number;
  tolerance: Tolerance;
  /** Of the newest version. */
  taskTypes: { taskType: TaskType; cases: number }[];
  createdBy: string;
  at: string;
}

export interface RunView {
  id: string;
  suite: { id: string; name: string; version: number };
  subject: string;
  contentHash: string;
  status: RunStatus;
  reason: string | null;
  arms: Record<ArmName, string>;
  simulated: boolean;
  /** Answers that are stored, of both arms together. */
  done: number;
  total: number;
  report: EvaluationReport | null;
  startedBy: string;
  createdAt: string;
  endedAt: string | null;
}
