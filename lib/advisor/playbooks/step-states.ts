/**
 * How far an endpoint is in a playbook. Pure, and worked out from facts only: nobody ticks a step off by hand.
 *
 *   not started ─ a finding of its levers is in work, or a change is ─► in change ─ verified, or it measurably saves ─► verified
 *        └ nothing to gain: the advisor looked and found none (skipped)
 */
import type { LeverId } from "../findings/levers";
import type { FindingState } from "../findings/schemas";
import type { Playbook, PlaybookStep } from "./orders";

export const STEP_STATES = ["not_started", "in_change", "verified", "nothing_found"] as const;
export type StepState = (typeof STEP_STATES)[number];

export interface EndpointFinding {
  id: string;
  lever: LeverId;
  state: FindingState;
  title: string;
  savingLowNanoUsd: bigint;
  savingHighNanoUsd: bigint;
  /** About a pool that serves the endpoint, with whatever else it serves; null: about the endpoint itself. */
  pool: string | null;
}

/** A change of the endpoint's own policy, or of a pool that serves it, whoever thought of it. */
export interface EndpointChange {
  id: string;
  lever: LeverId;
  title: string;
  /** `verified`: promoted, and the ledger says that it saves. */
  state: "in_change" | "verified";
}

export interface EndpointFacts {
  endpoint: string;
  requests: bigint;
  /** The advisor has looked at least once. */
  looked: boolean;
  findings: readonly EndpointFinding[];
  changes: readonly EndpointChange[];
  hasBaseline: boolean;
  /** A documented choice of model, cap, cache, latency class, owner and budget. */
  hasChoice: boolean;
  /** The last review is less than 90 days old. */
  reviewed: boolean;
}

export interface StepView {
  id: string;
  label: string;
  state: StepState;
  because: string;
  findingIds: string[];
  /** The change that it stands on where no finding is; null: none. */
  changeId: string | null;
}

export function stepStates(playbook: Playbook, facts: EndpointFacts): StepView[] {
  return playbook.steps.map((step) => ({ id: step.id, label: step.label, ...standing(step, facts) }));
}

function standing(step: PlaybookStep, facts: EndpointFacts): Omit<StepView, "id" | "label"> {
  const done = (holds: boolean, yes: string, no: string) => ({
    state: holds ? ("verified" as const) : ("not_started" as const),
    because: holds ? yes : no,
    findingIds: [],
    changeId: null,
  });
  switch (step.basis) {
    case "measured":
      return done(facts.requests > 0n, "Its requests arrive and are priced.", "No request of it has arrived.");
    case "baseline":
      return done(facts.hasBaseline, "A baseline of it is frozen.", "Freeze a baseline of it below.");
    case "choice":
      return done(facts.hasChoice, "Its choices are documented.", "Document its choices in the checklist below.");
    case "review":
      return done(facts.reviewed, "Reviewed in the last 90 days.", "The review of the quarter is due.");
    case "levers":
      return leverStanding(step, facts);
  }
}

function leverStanding({ levers }: PlaybookStep, facts: EndpointFacts): Omit<StepView, "id" | "label"> {
  const of = facts.findings.filter(({ lever }) => levers.includes(lever));
  const changes = facts.changes.filter(({ lever }) => levers.includes(lever));
  const by = (state: FindingState) => of.filter((finding) => finding.state === state);
  const [moving, open, verified, dismissed] = [by("in_change"), by("open"), by("verified"), by("dismissed")];
  const on = (state: StepState, findings: readonly EndpointFinding[]) => ({
    state,
    because: findings[0]!.pool === null ? findings[0]!.title : `${findings[0]!.title}, which serves it.`,
    findingIds: findings.map(({ id }) => id),
    changeId: null,
  });
  const onChange = (change: EndpointChange) => ({
    state: change.state,
    because: change.state === "verified" ? `${change.title}: the ledger says that it saves.` : change.title,
    findingIds: [],
    changeId: change.id,
  });
  const underWay = changes.find(({ state }) => state === "in_change");
  const saves = changes.find(({ state }) => state === "verified");
  if (moving.length > 0) return on("in_change", moving);
  if (underWay) return onChange(underWay);
  if (open.length > 0) return on("not_started", open);
  if (verified.length > 0) return on("verified", verified);
  if (saves) return onChange(saves);
  const nothing = { findingIds: dismissed.map(({ id }) => id), changeId: null };
  if (!facts.looked) return { ...nothing, state: "not_started", because: "The advisor has not looked yet.", findingIds: [] };
  return {
    ...nothing,
    state: "nothing_found",
    because: dismissed.length > 0 ? "What was found was dismissed." : "The advisor finds nothing to gain here.",
  };
}

export interface NextStep {
  stepId: string;
  label: string;
  worth: boolean;
  why: string;
}

/** `booked` and `estimatedLow`: what promoted changes of the endpoint surely saved, and were to save at least. Nano-USD. */
export interface MeasuredSavings {
  bookedNanoUsd: bigint;
  estimatedLowNanoUsd: bigint;
}

/** Under this, in 30 days, no step is worth a rollout. */
const WORTH_NANO_USD = 1_000_000_000n;

/**
 * The first step that is neither verified, in change, nor without anything to gain; null: there is none. It is worth it when
 * one of its findings saves at least a dollar in 30 days at its lower end, scaled down by what earlier steps fell short of promising.
 */
export function nextStep(
  playbook: Playbook,
  facts: EndpointFacts,
  measured: MeasuredSavings,
  usd: (nano: bigint) => string,
): NextStep | null {
  const views = stepStates(playbook, facts);
  const view = views.find(({ state }) => state === "not_started");
  if (!view) return null;
  const step = playbook.steps.find(({ id }) => id === view.id)!;
  const say = (worth: boolean, why: string): NextStep => ({ stepId: step.id, label: step.label, worth, why });
  if (step.basis !== "levers") return say(true, view.because);
  const open = facts.findings.filter(({ id }) => view.findingIds.includes(id));
  if (open.length === 0) return say(false, view.because);
  // Findings of one step work on the same spend, so their savings do not add up: the largest alone is sure.
  const largest = open.reduce((most, one) => (one.savingLowNanoUsd > most.savingLowNanoUsd ? one : most));
  const low = largest.savingLowNanoUsd;
  const { bookedNanoUsd: booked, estimatedLowNanoUsd: estimated } = measured;
  const short = estimated > 0n && booked < estimated;
  const expected = short ? (booked > 0n ? (low * booked) / estimated : 0n) : low;
  const history = short
    ? ` Earlier steps surely saved ${usd(booked)} of the ${usd(estimated)} that they promised at least, so ${usd(expected)} is expected.`
    : estimated > 0n
      ? ` Earlier steps saved what they promised.`
      : "";
  const whole = largest.pool === null ? "" : ` That is pool ${largest.pool} as a whole, whatever it serves.`;
  return expected >= WORTH_NANO_USD
    ? say(true, `It saves ${usd(low)} or more in 30 days.${whole}${history}`)
    : say(false, `It saves ${usd(low)} in 30 days for sure: less than a rollout is worth.${whole}${history}`);
}
