/** What people and programs ask of changes, and what they are answered. Pure: forms, API and store share it. */
import { z } from "zod";
import { guardrailsSchema, type Guardrail } from "./guardrails/schemas";
import type { Verdict } from "./guardrails/judge";
import type { Detection } from "./guardrails/detectable";
import { CHANGE_STATUSES, type ChangeStatus } from "./request/machine";
import { rolloutPlanSchema, type RolloutPlan, type ThinStep } from "./rollout/plan";
import type { Command, RolloutFacts, TargetFact } from "./rollout/decide";
import type { RolloutState } from "./rollout/state";

const scope = z.strictObject({
  level: z.enum(["global", "environment", "tenant", "endpoint", "pool", "node"]),
  value: z.string().min(1).max(200).nullable(),
});

/** One policy as it is to become; checked by lib/policies when it is saved. */
const policyEditSchema = z.strictObject({
  kind: z.enum(["routing", "caching", "tokens", "batching", "engine"]),
  scope,
  document: z.record(z.string(), z.unknown()).describe("The whole new layer document; {} says nothing"),
  baseVersion: z.number().int().min(0).describe("The version that was edited; 0 when there was none"),
});
export type PolicyEdit = z.infer<typeof policyEditSchema>;

const title = z.string().trim().min(3, "Give it a title that says what changes.").max(200);
const rationale = z.string().trim().min(3, "Say why: whoever approves it reads this first.").max(10_000);

export const changeDraftSchema = z.strictObject({
  title,
  rationale,
  edits: z.array(policyEditSchema).min(1, "A change without an edit changes nothing.").max(20),
  /** Absent: the usual plan of what is edited. */
  plan: rolloutPlanSchema.optional(),
  guardrails: guardrailsSchema.optional(),
  schedule: z
    .strictObject({ at: z.iso.datetime({ offset: true }), timeZone: z.string().min(1).max(60) })
    .nullable()
    .default(null),
});
export type ChangeDraft = z.input<typeof changeDraftSchema>;

/** `contentHash`: what was edited. Another one in force: 409, somebody else edited it meanwhile. */
export const editChangeSchema = changeDraftSchema.extend({ contentHash: z.string() });
export type EditChange = z.input<typeof editChangeSchema>;

/** A draft that is still being written: it may lack its words. */
export const previewChangeSchema = changeDraftSchema.extend({
  title: z.string().max(200).optional(),
  rationale: z.string().max(10_000).optional(),
  changeId: z.uuid().optional().describe("Of a change that is edited: it does not conflict with itself"),
});
export type PreviewChange = z.input<typeof previewChangeSchema>;

const comment = z.string().trim().min(1, "Say what you mean.").max(5_000);

/** `contentHash`: what the person had before their eyes. Another one: 409, look again. */
export const changeActionSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("submit"), contentHash: z.string() }),
  z.strictObject({ kind: z.literal("approve"), contentHash: z.string(), comment: comment.optional() }),
  z.strictObject({ kind: z.literal("ask_changes"), contentHash: z.string(), comment }),
  z.strictObject({ kind: z.literal("reject"), contentHash: z.string(), comment }),
  z.strictObject({ kind: z.literal("schedule"), contentHash: z.string(), at: z.iso.datetime({ offset: true }) }),
  z.strictObject({ kind: z.literal("start"), contentHash: z.string() }),
  z.strictObject({ kind: z.literal("resume"), contentHash: z.string() }),
  z.strictObject({ kind: z.literal("cancel"), contentHash: z.string() }),
  z.strictObject({
    kind: z.literal("break_glass"),
    contentHash: z.string(),
    reason: comment,
    incidentUrl: z.string().max(500),
    password: z.string().max(500).describe("Entered again, now"),
  }),
  z.strictObject({ kind: z.literal("review"), contentHash: z.string(), comment }),
]);
export type ChangeActionInput = z.infer<typeof changeActionSchema>;

export const changeCommentSchema = z.strictObject({ text: comment });

export const rolloutCommandSchema = z.strictObject({
  kind: z.enum(["pause", "resume", "promote", "abort"]),
  reason: z.string().trim().max(500).default(""),
});

export const freezeSchema = z
  .strictObject({
    startsAt: z.iso.datetime({ offset: true }),
    endsAt: z.iso.datetime({ offset: true }),
    reason: z.string().trim().min(3, "Say why.").max(500),
  })
  .refine(({ startsAt, endsAt }) => Date.parse(startsAt) < Date.parse(endsAt), {
    path: ["endsAt"],
    error: "must be after the start",
  });

/** Still to be decided or running; the others have ended. */
export const OPEN_STATUSES = ["draft", "in_review", "approved", "scheduled", "suspended", "executing"] as const;

/** Of an address: what is absent does not filter. */
export const changeFilterSchema = z.strictObject({
  status: z
    .string()
    .transform((text) => text.split(",").flatMap((one) => (one === "open" ? OPEN_STATUSES : [one])))
    .pipe(z.array(z.enum(CHANGE_STATUSES, { error: `status is open, or some of ${CHANGE_STATUSES.join(", ")}` })))
    .optional()
    .describe("Separated by commas; open: all that have not ended"),
  text: z.string().max(200).optional().describe("In the title"),
  author: z.string().max(200).optional().describe("Id of a person; me"),
  policy: z.string().max(400).optional().describe("Those that edit this policy, as kind/level/name"),
  before: z.coerce.number().int().min(1).optional().describe("Only numbers below this: the next page"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ChangeFilter = z.input<typeof changeFilterSchema>;

export interface ChangeList {
  /** Newest first. */
  changes: ChangeSummary[];
  /** Ask for older ones with `before` = this; null: that was all. */
  next: number | null;
}

export interface FreezeView {
  id: string;
  startsAt: string;
  endsAt: string;
  reason: string;
  createdBy: string;
  active: boolean;
}

export interface ChangeSummary {
  id: string;
  number: number;
  title: string;
  status: ChangeStatus;
  statusReason: string | null;
  since: string;
  author: { id: string; name: string };
  restartClass: "instant" | "warm" | "cold";
  /** What is edited, e.g. "engine of pool llama-8b". */
  edits: string[];
  approvals: { counting: number; quorum: number };
  /** Derived, never stored. */
  flags: { stale: boolean; conflicting: boolean; frozen: boolean; awaitingQuorum: boolean; reviewOwed: boolean };
  rollout: {
    id: string;
    phase: RolloutState["phase"];
    step: number;
    steps: number;
    pauses: readonly string[];
    reason: string;
  } | null;
}

export interface TouchedTarget {
  id: string;
  name: string;
  connector: string;
  simulated: boolean;
  outcome: "changed" | "unchanged" | "refused" | "nothing";
  reasons: string[];
  warnings: string[];
}

/** What a draft would do, before anybody is asked. */
export interface ChangePreview {
  contentHash: string;
  /** Meaning first: "weight of llama-70b 10 % → 25 %". */
  diff: string[];
  /** Everything that keeps it from being submitted, in words. */
  problems: string[];
  targets: TouchedTarget[];
  restartClass: ChangeSummary["restartClass"];
  restoreSec: number;
  fourBit: boolean;
  quorum: number;
  plan: RolloutPlan;
  guardrails: Guardrail[];
  traffic: { requestsPerMinute: number; canaryShare: number } | null;
  detectable: Detection[];
  /** Waves that compare too few nodes to tell the change from the nodes, and ask nobody before the next. */
  thinSteps: ThinStep[];
  /** Open changes that touch the same keys. */
  conflicts: { id: string; number: number; title: string; status: ChangeStatus }[];
  evidence: { required: boolean; problems: string[] };
}

/** What whoever drafted it expects, frozen then: what was saved later is held against it. Dollars of 30 days, decimal text. */
export interface PredictedSaving {
  lowUsd: string;
  highUsd: string;
  basis: "measured" | "published";
  method: string;
  /** When it was worked out, and over which window. */
  at: string;
  from: string | null;
  to: string | null;
}

const FINDING = "finding:";
export const originOfFinding = (id: string): string => FINDING + id;
/** The finding that a change was drafted from; null: it came from somewhere else. */
export const findingIdOf = (origin: string | null): string | null =>
  origin?.startsWith(FINDING) ? origin.slice(FINDING.length) : null;

export interface ChangeView extends ChangeSummary {
  rationale: string;
  predictedSaving: PredictedSaving | null;
  /** What it came from, e.g. `finding:<id>`. */
  origin: string | null;
  contentHash: string;
  content: Record<string, unknown>;
  preview: ChangePreview;
  contributors: string[];
  approvalsGiven: { userId: string; userName: string; at: string; comment: string | null; counts: boolean }[];
  comments: { id: string; author: string; kind: string; text: string; at: string }[];
  evidenceGiven: { id: string; kind: string; passed: boolean; summary: string; at: string; current: boolean; data: unknown }[];
  schedule: { at: string } | null;
  breakGlass: { by: string; reason: string; incidentUrl: string; at: string } | null;
  /** What this reader may do now, with the reason when not: the merge box says exactly what is missing. */
  actions: { kind: ChangeActionInput["kind"] | "edit"; allowed: boolean; why: string | null }[];
}

export interface GuardrailSeries {
  guardrail: string;
  critical: boolean;
  tolerance: number;
  newest: Verdict;
  /** One point a minute: rate or ratio of each arm, null where nothing was observed. */
  points: { at: string; canary: number | null; baseline: number | null }[];
}

/** From what was known to everybody being on what ran before. */
export interface ReturnView {
  /** Until when telemetry was complete that the decision was made from; null: it was no matter of telemetry. */
  knownUntil: string | null;
  decidedAt: string;
  /** When the last target had its order to go back; null: none was needed, or not yet. */
  orderedAt: string | null;
  /** When everybody was back; null: not yet. */
  backAt: string | null;
}

export interface RolloutView {
  id: string;
  changeId: string;
  state: RolloutState;
  plan: RolloutPlan;
  startedAt: string;
  endedAt: string | null;
  /** When the next step is judged at the earliest; null: not known or standing still. */
  nextJudgementAt: string | null;
  targets: (TargetFact & { id: string; position: number; runs: string; error: string | null })[];
  guardrails: GuardrailSeries[];
  commands: (Command & { reason: string; at: string })[];
  /** Newest first: what was decided when, and why. */
  history: { at: string; phase: string; step: number; reason: string; pauses: readonly string[] }[];
  facts: Pick<RolloutFacts, "hardStops" | "splitAsPlanned" | "canaryRequests" | "frozen"> | null;
  /** How quickly it went back; null: it did not. */
  wentBack: ReturnView | null;
}
