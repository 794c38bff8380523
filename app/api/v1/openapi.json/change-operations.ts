/** The routes of changes for the document: see operations.ts. */
import {
  changeActionSchema,
  changeCommentSchema,
  changeDraftSchema,
  editChangeSchema,
  freezeSchema,
  previewChangeSchema,
  rolloutCommandSchema,
} from "@/lib/changes/schemas";
import { usualGuardrails } from "@/lib/changes/describe/usual";
import { usualPlan } from "@/lib/changes/rollout/plan";
import { startOf } from "@/lib/changes/rollout/state";
import {
  changeListSchema,
  changePreviewSchema,
  changeViewSchema,
  evidenceBundleSchema,
  freezeListSchema,
  madeFreezeSchema,
  rolloutViewSchema,
} from "./change-answers";
import type { Operation, Parameter } from "./operations";
import { idOf, json } from "./shapes";

export const CHANGE_SCHEMAS = {
  ChangeDraft: { schema: changeDraftSchema, io: "input" },
  EditChange: { schema: editChangeSchema, io: "input" },
  PreviewChange: { schema: previewChangeSchema, io: "input" },
  ChangeAction: { schema: changeActionSchema, io: "input" },
  ChangeComment: { schema: changeCommentSchema, io: "input" },
  RolloutCommand: { schema: rolloutCommandSchema, io: "input" },
  Freeze: { schema: freezeSchema, io: "input" },
  ChangeList: { schema: changeListSchema, io: "output" },
  ChangePreview: { schema: changePreviewSchema, io: "output" },
  ChangeView: { schema: changeViewSchema, io: "output" },
  RolloutView: { schema: rolloutViewSchema, io: "output" },
  FreezeList: { schema: freezeListSchema, io: "output" },
  MadeFreeze: { schema: madeFreezeSchema, io: "output" },
  EvidenceBundle: { schema: evidenceBundleSchema, io: "output" },
} as const;

const query = (name: string, description: string, type = "string"): Parameter => ({
  name,
  in: "query",
  description,
  schema: { type },
});

const hash = "9c1185a5c5e9fc54612808977ee8f548b2258d31ddadef707b5d5e7b1d2d6f0a";
const at = "2026-11-20T10:15:30.123Z";
const id = "0197a3f0-0000-7000-8000-000000000011";
const rolloutId = "0197a3f0-0000-7000-8000-000000000012";
const edit = {
  kind: "tokens" as const,
  scope: { level: "environment" as const, value: "production" },
  document: { maxOutputTokens: 400 },
  baseVersion: 3,
};
const draft = { title: "At most 400 tokens", rationale: "Nobody reads more.", edits: [edit] };
const plan = usualPlan("traffic");
const guardrails = usualGuardrails([edit]);
const summary = {
  id,
  number: 12,
  title: draft.title,
  status: "in_review",
  statusReason: null,
  since: at,
  author: { id: "0b2f", name: "Ana Lyst" },
  restartClass: "instant",
  edits: ["tokens of environment production"],
  approvals: { counting: 0, quorum: 1 },
  flags: { stale: false, conflicting: false, frozen: false, awaitingQuorum: true, reviewOwed: false },
  rollout: null,
};
const preview = {
  contentHash: hash,
  diff: ["environment production: tokens max output tokens 500 → 400"],
  problems: [],
  targets: [
    { id: "t1", name: "gw-eu-1", connector: "headroom-gateway", simulated: false, outcome: "changed", reasons: [], warnings: [] },
  ],
  restartClass: "instant",
  restoreSec: 5,
  fourBit: false,
  quorum: 1,
  plan,
  guardrails,
  traffic: { requestsPerMinute: 120, canaryShare: 0.2 },
  detectable: [{ metric: "cost", worse: 0.5, caught: 0.97, medianSec: 840 }],
  conflicts: [],
  evidence: { required: false, problems: [] },
};
const view = {
  ...summary,
  rationale: draft.rationale,
  contentHash: hash,
  content: { diff: {}, baseVersions: {} },
  preview,
  contributors: ["0b2f"],
  approvalsGiven: [],
  comments: [],
  evidenceGiven: [],
  schedule: null,
  breakGlass: null,
  actions: [{ kind: "approve", allowed: true, why: null }],
};
const rollout = {
  id: rolloutId,
  changeId: id,
  state: { ...startOf(Date.parse(at)), phase: "soaking", reason: "Its targets run it; requests are being compared." },
  plan,
  startedAt: at,
  endedAt: null,
  nextJudgementAt: "2026-11-20T10:25:30.123Z",
  targets: [{ id: "t1", name: "gw-eu-1", position: 0, inStep: true, status: "healthy", runs: "trial", error: null }],
  guardrails: [
    {
      guardrail: "error",
      critical: true,
      tolerance: 0.25,
      newest: { verdict: "inconclusive" },
      points: [{ at, canary: 0.01, baseline: 0.012 }],
    },
  ],
  commands: [],
  history: [{ at, phase: "soaking", step: 0, reason: "Its targets run it; requests are being compared.", pauses: [] }],
  facts: { hardStops: [], splitAsPlanned: true, canaryRequests: 41, frozen: false },
};
const freeze = { startsAt: "2026-11-27T00:00:00Z", endsAt: "2026-11-28T00:00:00Z", reason: "Black Friday" };
const freezes = { freezes: [{ id: rolloutId, ...freeze, createdBy: "Ada Min", active: false }] };

type Made = Pick<Operation, "path" | "id" | "summary"> & Partial<Operation> & { answer: Operation["answers"][string] };

const read = ({ answer, ...rest }: Made): Operation => ({
  method: "get",
  tag: "read",
  scope: "read",
  answers: { "200": answer },
  refusals: [400, 401, 403, 404, 503],
  ...rest,
});
const write = ({ answer, ...rest }: Made): Operation => ({
  method: "post",
  tag: "operate",
  scope: "admin",
  answers: { "200": answer },
  refusals: [400, 401, 403, 404, 409, 413, 415, 422, 503],
  ...rest,
});
const body = (schema: keyof typeof CHANGE_SCHEMAS, example: unknown) => ({ body: { schema, types: json, example } });
const changed = { description: "The change afterwards", schema: "ChangeView", example: view } as const;

export const CHANGE_OPERATIONS: readonly Operation[] = [
  read({
    path: "/api/v1/changes",
    id: "list_changes",
    summary: "Change requests, newest first.",
    parameters: [
      query("status", "Some statuses, separated by commas; open: all that have not ended"),
      query("text", "In the title"),
      query("author", "Id of a person"),
      query("policy", "Those that edit this policy: kind/level/name"),
      query("before", "Only numbers below this", "integer"),
      query("limit", "At most 200", "integer"),
    ],
    answer: { description: "A page", schema: "ChangeList", example: { changes: [summary], next: null } },
  }),
  write({
    path: "/api/v1/changes",
    id: "create_change",
    summary: "Draft a change of policies. A person reviews and approves it: keys cannot.",
    ...body("ChangeDraft", draft),
    answers: { "201": { description: "The draft", schema: "ChangeView", example: view } },
    answer: changed,
  }),
  write({
    path: "/api/v1/changes/preview",
    id: "preview_change",
    summary: "What a draft would do, without keeping it.",
    ...body("PreviewChange", { edits: draft.edits }),
    answer: { description: "Words, targets, class, detectable harm", schema: "ChangePreview", example: preview },
  }),
  read({
    path: "/api/v1/changes/{id}",
    id: "get_change",
    summary: "One change request with everything that was said of it.",
    parameters: [idOf("change")],
    answer: { description: "The change", schema: "ChangeView", example: view },
  }),
  write({
    method: "put",
    path: "/api/v1/changes/{id}",
    id: "edit_change",
    summary: "Edit a change that has not begun. Every approval of what was there before is void.",
    parameters: [idOf("change")],
    ...body("EditChange", { ...draft, contentHash: hash }),
    answer: changed,
  }),
  write({
    path: "/api/v1/changes/{id}/actions",
    id: "act_on_change",
    summary: "Submit, schedule, start, resume or cancel. 409: it was edited since `contentHash`; 422: it may not, and why.",
    parameters: [idOf("change")],
    ...body("ChangeAction", { kind: "start", contentHash: hash }),
    answer: changed,
  }),
  write({
    path: "/api/v1/changes/{id}/comments",
    id: "comment_on_change",
    summary: "Say something about a change.",
    parameters: [idOf("change")],
    ...body("ChangeComment", { text: "Tried on staging since Monday." }),
    answer: changed,
  }),
  read({
    path: "/api/v1/changes/{id}/evidence",
    id: "export_change_evidence",
    tag: "operate",
    scope: "admin",
    summary: "All there is to say about one change, as a file that proves itself offline. Is itself an audit event.",
    parameters: [idOf("change")],
    answer: {
      description: "The bundle",
      schema: "EvidenceBundle",
      example: { schema: 1, change: { id, contentHash: hash }, audit: { links: [], head: { seq: "412", hash } } },
    },
  }),
  read({
    path: "/api/v1/rollouts/{id}",
    id: "get_rollout",
    summary: "Where a rollout is, what each target runs and what the guardrails say.",
    parameters: [idOf("rollout")],
    answer: { description: "The rollout", schema: "RolloutView", example: rollout },
  }),
  write({
    path: "/api/v1/rollouts/{id}/commands",
    id: "command_rollout",
    summary: "Pause, resume, promote or abort. Abort needs no approval and works during a freeze.",
    parameters: [idOf("rollout")],
    ...body("RolloutCommand", { kind: "abort", reason: "Customers complain" }),
    answer: { description: "The rollout; the command is taken up within seconds", schema: "RolloutView", example: rollout },
  }),
  read({
    path: "/api/v1/freezes",
    id: "list_freezes",
    summary: "Times in which no change begins or goes a step further.",
    answer: { description: "By their end, latest first", schema: "FreezeList", example: freezes },
  }),
  write({
    path: "/api/v1/freezes",
    id: "create_freeze",
    summary: "Freeze changes for a time. Going back is never frozen.",
    ...body("Freeze", freeze),
    answers: { "201": { description: "Its id", schema: "MadeFreeze", example: { id: rolloutId } } },
    answer: { description: "Its id", schema: "MadeFreeze", example: { id: rolloutId } },
  }),
  {
    method: "delete",
    path: "/api/v1/freezes/{id}",
    id: "end_freeze",
    tag: "operate",
    scope: "admin",
    summary: "End a freeze now.",
    parameters: [idOf("freeze")],
    answers: { "200": { description: "The freezes afterwards", schema: "FreezeList", example: freezes } },
    refusals: [401, 403, 404, 409, 503],
  },
];
