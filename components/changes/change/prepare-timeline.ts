/** From a plan and where its rollout is to the steps on the page. Pure; the drawing decides nothing. */
import { nodesOf, type RolloutPlan } from "@/lib/changes/rollout/plan";
import { isLive, isTerminal, type RolloutState } from "@/lib/changes/rollout/state";
import { lengthOf, PAUSE_WORDS, PHASE_LABEL, STRATEGY_LABEL } from "../words";

export type StepLook = "done" | "current" | "paused" | "next" | "harmed" | "left_out";

export interface TimelineStep {
  key: string;
  title: string;
  /** What is planned there, or what happens there now. */
  note: string;
  look: StepLook;
  /** When it goes on or must be done, ms. */
  until: { label: string; at: number } | null;
  /** A person is asked before it begins. */
  asks: boolean;
}

export interface Timeline {
  steps: TimelineStep[];
  /** Sentences: why it stands still. */
  pauses: string[];
  standsStillSince: number | null;
}

export interface TimelineInput {
  plan: RolloutPlan;
  /** Null: not started. */
  state: RolloutState | null;
  /** Whether any target was offered something; decides where a rollback began. */
  touched: boolean;
  canaryRequests: number | null;
  nextJudgementAt: number | null;
  /** Targets of the rollout, for waves of nodes; null: not known. */
  targets: number | null;
}

const MINUTE = 60_000;

export function prepareTimeline(input: TimelineInput): Timeline {
  const { plan, state, touched } = input;
  const held = state !== null && isLive(state.phase) && state.pauses.length > 0;
  const begun = state !== null && touched;
  const shares = plan.sharesPercent.map((share, index): TimelineStep => {
    const look = begun ? lookOf(index, state, held) : "next";
    const current = look === "current" || look === "paused";
    return {
      key: `step ${index}`,
      title: titleOf(share, index, input),
      note: current ? nowIn(input) : look === "harmed" ? "It went no further." : plannedIn(index, plan),
      look: state !== null && !touched && isTerminal(state.phase) ? "left_out" : look,
      until: look === "current" ? untilOf(input) : null,
      asks: plan.askBefore.includes(index),
    };
  });
  return {
    steps: [preflightStep(state, touched, held), ...shares, outcomeStep(state, plan)],
    pauses: held ? state.pauses.map((pause) => PAUSE_WORDS[pause]) : [],
    standsStillSince: held ? state.pausedSince : null,
  };
}

function titleOf(share: number, index: number, { plan, targets }: TimelineInput): string {
  if (plan.strategy === "all") return "Everybody at once";
  if (plan.strategy === "nodes" && targets !== null) {
    const nodes = nodesOf(share, targets);
    return `${nodes} of ${targets} ${targets === 1 ? "target" : "targets"}`;
  }
  const last = index === plan.sharesPercent.length - 1;
  if (plan.strategy === "shadow") return `${share} % mirrored`;
  return last ? "Everybody" : `${share} % ${STRATEGY_LABEL[plan.strategy].share}`;
}

function lookOf(index: number, state: RolloutState, held: boolean): StepLook {
  if (state.phase === "promoted") return "done";
  if (index < state.step) return "done";
  if (index > state.step) return isLive(state.phase) ? "next" : "left_out";
  if (!isLive(state.phase)) return "harmed";
  return held ? "paused" : "current";
}

function plannedIn(index: number, plan: RolloutPlan): string {
  if (index === plan.sharesPercent.length - 1) return `watched for ${lengthOf(plan.bakeMin * 60)}`;
  const least = plan.minTraffic > 0 ? `, at least ${plan.minTraffic.toLocaleString("en-US")} requests` : "";
  return `compared for ${lengthOf(plan.soakMin * 60)}${least}`;
}

function nowIn({ state, plan, canaryRequests }: TimelineInput): string {
  const phase = capital(PHASE_LABEL[state!.phase]);
  if (state!.phase === "soaking" && canaryRequests !== null && canaryRequests < plan.minTraffic) {
    return `${phase}: ${canaryRequests.toLocaleString("en-US")} of ${plan.minTraffic.toLocaleString("en-US")} requests`;
  }
  return phase;
}

function untilOf({ state, plan, nextJudgementAt }: TimelineInput): TimelineStep["until"] {
  switch (state!.phase) {
    case "deploying":
      return { label: "applied by then, or it goes back", at: state!.since + plan.stepDeadlineMin * MINUTE };
    case "soaking":
      return { label: "until it is judged", at: nextJudgementAt ?? state!.since + plan.soakMin * MINUTE };
    case "baking":
      return { label: "until it is promoted", at: nextJudgementAt ?? state!.since + plan.bakeMin * MINUTE };
    default:
      return null;
  }
}

function preflightStep(state: RolloutState | null, touched: boolean, held: boolean): TimelineStep {
  const step = { key: "preflight", title: "Gates once more", until: null, asks: false };
  const note = "approvals, base versions, freezes, locks";
  if (state === null) return { ...step, note, look: "next" };
  if (touched) return { ...step, note, look: "done" };
  if (state.phase === "failed_preflight") return { ...step, note: "A gate did not open.", look: "harmed" };
  if (isTerminal(state.phase)) return { ...step, note, look: "left_out" };
  return { ...step, note: capital(PHASE_LABEL[state.phase]), look: held ? "paused" : "current" };
}

function outcomeStep(state: RolloutState | null, plan: RolloutPlan): TimelineStep {
  const step = { key: "outcome", until: null, asks: false };
  const promoted = plan.strategy === "shadow" ? "Seen to the end" : "Promoted";
  if (state === null || isLive(state.phase)) {
    const note = plan.strategy === "shadow" ? "to serve it is another change" : "the policies get new versions";
    return { ...step, title: promoted, note, look: "next" };
  }
  if (state.phase === "promoted") return { ...step, title: promoted, note: state.reason, look: "done" };
  const look = state.phase === "rolling_back" ? "current" : state.phase === "rolled_back" ? "done" : "harmed";
  return { ...step, title: capital(PHASE_LABEL[state.phase]), note: state.reason, look };
}

const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);
