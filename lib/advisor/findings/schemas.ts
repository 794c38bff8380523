/** What people and programs ask of findings, and what they are answered. Pure: pages, API and store share it. */
import { z } from "zod";
import type { Guardrail } from "@/lib/changes/guardrails/schemas";
import type { AuditRow } from "../audit/score-endpoint";
import type { Concentration, Pattern } from "./patterns";
import type { Finding } from "./finding";
import { EFFORTS, LEVER_IDS } from "./levers";

export const FINDING_STATES = ["open", "in_change", "verified", "dismissed", "gone"] as const;
export type FindingState = (typeof FINDING_STATES)[number];

export const RUN_STATUSES = ["queued", "running", "done", "failed"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Of an address: what is absent does not filter. */
export const findingFilterSchema = z.strictObject({
  state: z.enum(FINDING_STATES).default("open"),
  lever: z.enum(LEVER_IDS).optional(),
  effort: z.enum(EFFORTS).optional(),
  id: z.uuid().optional().describe("Only this one, in whatever state"),
  text: z.string().trim().max(200).optional().describe("In title, endpoint, tenant, model or pool"),
});
export type FindingFilter = z.input<typeof findingFilterSchema>;

export const findingActionSchema = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("draft").describe("A change request with the policy diff filled in") }),
  z.strictObject({ action: z.literal("start").describe("A task that no policy can say is being worked on") }),
  z.strictObject({
    action: z.literal("dismiss"),
    reason: z.string().trim().min(3, "Say why: whoever finds it again reads this.").max(1_000),
    until: z.iso.datetime({ offset: true }).nullable().default(null).describe("It comes back then; null: never"),
  }),
  z.strictObject({ action: z.literal("reopen") }),
]);
export type FindingAction = z.input<typeof findingActionSchema>;

type TextAmounts<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] };
/** As it is stored: amounts as decimal text of nano-USD. */
export type FindingDocument = TextAmounts<Finding>;

export interface FindingView extends Omit<FindingDocument, "savingLowNanoUsd" | "savingHighNanoUsd" | "parts" | "tenants"> {
  id: string;
  state: FindingState;
  stateReason: string | null;
  stateAt: string;
  stateBy: string;
  dismissedUntil: string | null;
  /** In 30 days, decimal text. Alone, as if nothing else were done. */
  savingLowUsd: string;
  savingHighUsd: string;
  /** After everything that ranks before it: its own dollars. Null where it is not counted (not open). */
  addsLowUsd: string | null;
  addsHighUsd: string | null;
  /** What halts a rollout of it; of a task none, see `watch`. */
  guardrails: Guardrail[];
  firstSeenAt: string;
  lastSeenAt: string;
  change: { id: string; number: number; status: string } | null;
}

export interface RunView {
  id: string;
  status: RunStatus;
  reason: string | null;
  step: string;
  done: number;
  total: number;
  found: number | null;
  requestedBy: string;
  createdAt: string;
  endedAt: string | null;
}

export interface RunSummary {
  from: string;
  to: string;
  days: number;
  /** 30 days of every pool of spend, nano-USD as text. */
  spend: [pool: string, nano: string][];
  patterns: Pattern[];
  concentration: Concentration[];
  audit: AuditRow[];
  /** What part of the requests was looked at one by one. */
  sampleShare: number;
}

export interface FindingList {
  items: FindingView[];
  /** Of the state that was asked for and the states beside it. */
  counts: Record<FindingState, number>;
  /** Everything open, laid over one another; null: no run has ended yet. */
  total: {
    lowUsd: string;
    highUsd: string;
    /** Spend of 30 days that it is taken off. */
    spendUsd: string;
    /** What the single savings would add up to. */
    naiveHighUsd: string;
  } | null;
  patterns: Pattern[];
  concentration: Concentration[];
  /** Last one that ended, and the one that waits or runs. */
  lastRun: RunView | null;
  currentRun: RunView | null;
  window: { from: string; to: string; days: number; sampleShare: number } | null;
}
