/**
 * Where a rollout is.
 *
 *   pending ─► preflight ─► deploying ─► soaking ─► gated ─┬─► deploying (next step) …
 *                 │                                        └─ last step ─► baking ─► promoted
 *                 └─► failed_preflight
 *   from every live phase: ─► rolling_back ─► rolled_back | rollback_degraded        pending, preflight ─► superseded
 *
 * A live rollout with `pauses` stands still: it neither advances nor runs out of time, but harm still rolls it back.
 */
import type { RolloutPlan } from "./plan";

export const LIVE_PHASES = ["pending", "preflight", "deploying", "soaking", "gated", "baking"] as const;
export const TERMINAL_PHASES = ["promoted", "rolled_back", "rollback_degraded", "failed_preflight", "superseded"] as const;
export type Phase = (typeof LIVE_PHASES)[number] | "rolling_back" | (typeof TERMINAL_PHASES)[number];

export const PAUSE_REASONS = ["manual", "inconclusive", "approval", "freeze", "metrics_unavailable", "min_targets"] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

export interface RolloutState {
  phase: Phase;
  /** Counted from 0; meaningful from deploying to baking. */
  step: number;
  /** When this phase of this step began, ms. */
  since: number;
  pauses: readonly PauseReason[];
  /** When it began to stand still, ms; null while it moves. Standing still is not counted against any deadline. */
  pausedSince: number | null;
  /** Steps for which a person has said go on. */
  approvedSteps: readonly number[];
  /** The judgement before everybody gets it was put off once already. */
  extended: boolean;
  /** A person took the responsibility for going on without a clear judgement. */
  overridden: boolean;
  /** Highest number of the commands taken into account. */
  commandsSeen: number;
  /** Why it is where it is, in words. */
  reason: string;
}

export const startOf = (now: number): RolloutState => ({
  phase: "pending",
  step: 0,
  since: now,
  pauses: [],
  pausedSince: null,
  approvedSteps: [],
  extended: false,
  overridden: false,
  commandsSeen: 0,
  reason: "It was started.",
});

export const isTerminal = (phase: Phase): boolean => (TERMINAL_PHASES as readonly string[]).includes(phase);
export const isLive = (phase: Phase): boolean => (LIVE_PHASES as readonly string[]).includes(phase);

/**
 * Who is to run what, now: the share (percent) of requests or nodes on the new configuration. 0: everybody on the stored
 * stable bytes. The controller makes it so at every tick, whatever happened before: offers are level-triggered.
 */
export function placementPercent(state: RolloutState, plan: Pick<RolloutPlan, "strategy" | "sharesPercent">): number {
  switch (state.phase) {
    case "deploying":
    case "soaking":
    case "gated":
      return plan.sharesPercent[state.step] ?? 0;
    case "baking":
      return 100;
    case "promoted":
      // A shadow was only watched: to serve it is another change.
      return plan.strategy === "shadow" ? 0 : 100;
    default:
      return 0;
  }
}
