/** Answers of the change routes as schemas, held against the types that the verbs return where those are flat. */
import { z } from "zod";
import type { ChangeList, ChangeSummary, FreezeView } from "@/lib/changes/schemas";
import { guardrailSchema } from "@/lib/changes/guardrails/schemas";
import { CHANGE_STATUSES } from "@/lib/changes/request/machine";
import { rolloutPlanSchema } from "@/lib/changes/rollout/plan";
import { LIVE_PHASES, TERMINAL_PHASES } from "@/lib/changes/rollout/state";

const phase = z.enum([...LIVE_PHASES, "rolling_back", ...TERMINAL_PHASES]);
const status = z.enum(CHANGE_STATUSES);
const restartClass = z
  .enum(["instant", "warm", "cold"])
  .describe("How it is taken back: at once, by the engine that was kept warm, or by starting the old one again");
const summary = {
  id: z.string(),
  number: z.int(),
  title: z.string(),
  status,
  statusReason: z.string().nullable(),
  since: z.string().describe("When it came into this status"),
  author: z.object({ id: z.string(), name: z.string() }),
  restartClass,
  edits: z.array(z.string()).describe("What is edited, in words"),
  approvals: z.object({ counting: z.int(), quorum: z.int() }),
  flags: z.object({
    stale: z.boolean().describe("A policy moved since it was drafted"),
    conflicting: z.boolean().describe("Another open change edits the same policy"),
    frozen: z.boolean(),
    awaitingQuorum: z.boolean(),
    reviewOwed: z.boolean().describe("Begun by break-glass and not reviewed yet"),
  }),
  rollout: z
    .object({
      id: z.string(),
      phase,
      step: z.int().describe("Counted from 0"),
      steps: z.int(),
      pauses: z.array(z.string()),
      reason: z.string(),
    })
    .nullable(),
};
const summarySchema = z.object(summary) satisfies z.ZodType<Omit<ChangeSummary, "rollout">>;

export const changeListSchema = z.object({
  changes: z.array(summarySchema),
  next: z.int().nullable().describe("Pass as `before` to get older ones; null: that was all"),
}) satisfies z.ZodType<Omit<ChangeList, "changes">>;

export const changePreviewSchema = z.object({
  contentHash: z.string(),
  diff: z.array(z.string()).describe("What changes, in words"),
  problems: z.array(z.string()).describe("Everything that keeps it from being submitted"),
  targets: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      connector: z.string(),
      simulated: z.boolean(),
      outcome: z.enum(["changed", "unchanged", "refused", "nothing"]),
      reasons: z.array(z.string()),
      warnings: z.array(z.string()),
    }),
  ),
  restartClass,
  restoreSec: z.number().describe("Expected seconds from a hard stop to the answers of before"),
  fourBit: z.boolean(),
  quorum: z.int(),
  plan: rolloutPlanSchema,
  guardrails: z.array(guardrailSchema),
  traffic: z.object({ requestsPerMinute: z.number(), canaryShare: z.number() }).nullable(),
  detectable: z
    .array(
      z.object({
        metric: z.enum(["error", "slow", "cost"]),
        worse: z.number().describe("0.2: a fifth more"),
        caught: z.number().describe("Share of simulated rollouts that were rolled back in time, 0 to 1"),
        medianSec: z.number().nullable(),
      }),
    )
    .describe("How small a harm this plan would see at the traffic of the last hour"),
  conflicts: z.array(z.object({ id: z.string(), number: z.int(), title: z.string(), status })),
  evidence: z.object({ required: z.boolean(), problems: z.array(z.string()) }),
});

const given = z.object({ id: z.string(), at: z.string() });
export const changeViewSchema = z.object({
  ...summary,
  rationale: z.string(),
  contentHash: z.string().describe("Send it with every action: what you saw"),
  content: z.record(z.string(), z.unknown()).describe("What approvals are bound to"),
  preview: changePreviewSchema,
  contributors: z.array(z.string()),
  approvalsGiven: z.array(
    z.object({ userId: z.string(), userName: z.string(), at: z.string(), comment: z.string().nullable(), counts: z.boolean() }),
  ),
  comments: z.array(given.extend({ author: z.string(), kind: z.string(), text: z.string() })),
  evidenceGiven: z.array(
    given.extend({ kind: z.string(), passed: z.boolean(), summary: z.string(), current: z.boolean(), data: z.unknown() }),
  ),
  schedule: z.object({ at: z.string() }).nullable(),
  breakGlass: z.object({ by: z.string(), reason: z.string(), incidentUrl: z.string(), at: z.string() }).nullable(),
  actions: z
    .array(z.object({ kind: z.string(), allowed: z.boolean(), why: z.string().nullable() }))
    .describe("What the caller may do now, and why not"),
});

export const rolloutViewSchema = z.object({
  id: z.string(),
  changeId: z.string(),
  state: z.looseObject({ phase, step: z.int(), pauses: z.array(z.string()), reason: z.string() }),
  plan: rolloutPlanSchema,
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  nextJudgementAt: z.string().nullable(),
  targets: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      position: z.int(),
      inStep: z.boolean(),
      status: z.string(),
      runs: z.string().describe("stable, change, trial (both), other or nothing"),
      error: z.string().nullable(),
    }),
  ),
  guardrails: z.array(
    z.object({
      guardrail: z.string(),
      critical: z.boolean(),
      tolerance: z.number(),
      newest: z.looseObject({ verdict: z.string() }),
      points: z.array(z.object({ at: z.string(), canary: z.number().nullable(), baseline: z.number().nullable() })),
    }),
  ),
  commands: z.array(z.object({ number: z.int(), kind: z.string(), by: z.string(), reason: z.string(), at: z.string() })),
  history: z.array(
    z.object({ at: z.string(), phase: z.string(), step: z.int(), reason: z.string(), pauses: z.array(z.string()) }),
  ),
  facts: z
    .object({
      hardStops: z.array(z.string()),
      splitAsPlanned: z.boolean(),
      canaryRequests: z.number(),
      frozen: z.boolean(),
    })
    .nullable(),
});

export const freezeListSchema = z.object({
  freezes: z.array(
    z.object({
      id: z.string(),
      startsAt: z.string(),
      endsAt: z.string(),
      reason: z.string(),
      createdBy: z.string(),
      active: z.boolean(),
    }) satisfies z.ZodType<FreezeView>,
  ),
});
export const madeFreezeSchema = z.object({ id: z.string() });

export const evidenceBundleSchema = z
  .looseObject({
    schema: z.literal(1),
    change: z.looseObject({ id: z.string(), contentHash: z.string() }),
    audit: z.looseObject({ head: z.object({ seq: z.string(), hash: z.string() }) }),
  })
  .describe("Canonical JSON: keep it byte by byte and check it with `npm run changes:verify`");
