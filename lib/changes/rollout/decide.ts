/**
 * One tick of a rollout: what was observed and what time it is, to where it goes next. Pure, and in this order:
 *
 *   harm     an order to abort, a hard stop, a guardrail's verdict, blindness, a missed deadline: roll back
 *   hold     a pause asked for, a freeze, missing metrics, too few targets: stand still, and say why
 *   advance  at most one phase a tick
 *
 * Every input and its decision is stored by the controller, so each can be computed again.
 */
import { verdictWords } from "../guardrails/harm-words";
import type { VerdictName } from "../guardrails/judge";
import type { RolloutPlan } from "./plan";
import { isLive, isTerminal, type PauseReason, type RolloutState } from "./state";

export interface TargetFact {
  name: string;
  /** Whether this step wants the new configuration on it. */
  inStep: boolean;
  /** What it reports for what is wanted of it now. */
  status: "pending" | "applying" | "healthy" | "failed" | "refused" | "unreachable" | "drifted" | "skipped";
}

export interface Command {
  /** Rises with each command of this rollout. */
  number: number;
  kind: "pause" | "resume" | "promote" | "abort" | "supersede";
  /** Who gave it and why, in words. */
  by: string;
}

export interface RolloutFacts {
  targets: readonly TargetFact[];
  /** Null: not looked at yet. Sentences: why it cannot start. */
  preflight: readonly string[] | null;
  frozen: boolean;
  /** Sentences of `hardStops` and of a failure streak. */
  hardStops: readonly string[];
  /** `words`: what was seen, in a sentence's part; absent: the guardrail's name says it. */
  verdicts: readonly { guardrail: string; critical: boolean; verdict: VerdictName; words?: string }[];
  /** False: the split did not send as many requests to the canary as planned. */
  splitAsPlanned: boolean;
  /** Canary requests since the step began to soak. */
  canaryRequests: number;
  /** Until when telemetry is complete, ms; null: none yet. */
  dataUntil: number | null;
  /** False: also what is to be gone back to does not work. */
  stableHealthy: boolean;
  commands: readonly Command[];
}

export interface Decision {
  state: RolloutState;
  /** Look again then at the latest, ms; null: it is over. */
  wakeAt: number | null;
}

const MINUTE = 60_000;
export const TICK_MS = 10_000;
/** Without telemetry for this long it stands still; for that long it goes back. */
const METRICS_LATE_MS = 3 * MINUTE;
const PREFLIGHT_MS = 10 * MINUTE;
const BLIND_MS = 15 * MINUTE;
export const ROLLBACK_DEADLINE_MS = 15 * MINUTE;

export function decide(state: RolloutState, plan: RolloutPlan, facts: RolloutFacts, now: number): Decision {
  if (isTerminal(state.phase)) return { state, wakeAt: null };
  const commands = facts.commands.filter((command) => command.number > state.commandsSeen);
  const seen = {
    ...notAhead(state, now),
    commandsSeen: Math.max(state.commandsSeen, ...commands.map((command) => command.number)),
  };
  // On its way back it takes no orders: going back wins.
  const taken = isLive(state.phase) ? commands.reduce(takeCommand, seen) : seen;
  const next = decideFrom(taken, plan, facts, commands, now);
  return { state: next, wakeAt: isTerminal(next.phase) ? null : moved(state, next) ? now : now + TICK_MS };
}

/** A clock that went back must not make it wait for the time it had jumped to. */
const notAhead = (state: RolloutState, now: number): RolloutState => ({
  ...state,
  since: Math.min(state.since, now),
  pausedSince: state.pausedSince === null ? null : Math.min(state.pausedSince, now),
});

const moved = (before: RolloutState, after: RolloutState) => before.phase !== after.phase || before.step !== after.step;

function decideFrom(
  state: RolloutState,
  plan: RolloutPlan,
  facts: RolloutFacts,
  commands: readonly Command[],
  now: number,
): RolloutState {
  if (state.phase === "rolling_back") return finishRollback(state, facts, now);
  const abort = commands.find((command) => command.kind === "abort");
  if (abort) return goBack(state, `${abort.by} aborted it.`, now);
  const supersede = commands.find((command) => command.kind === "supersede");
  if (supersede && (state.phase === "pending" || state.phase === "preflight")) {
    return to(state, "superseded", `${supersede.by} replaced it before it began.`, now);
  }
  const harm = harmOf(state, plan, facts, now);
  if (harm) return goBack(state, harm, now);
  const held = hold(state, plan, facts, now);
  if (held.pauses.length > 0) return held;
  return advance(held, plan, facts, now);
}

/** Pause and resume are remembered; what a resume may clear is what a person decides about, never a fact. */
function takeCommand(state: RolloutState, command: Command): RolloutState {
  const without = (...gone: PauseReason[]) => state.pauses.filter((reason) => !gone.includes(reason));
  switch (command.kind) {
    case "pause":
      return { ...state, pauses: withReason(state.pauses, "manual"), reason: `${command.by} paused it.` };
    case "resume":
      return {
        ...state,
        pauses: without("manual", "approval"),
        approvedSteps: state.pauses.includes("approval") ? [...state.approvedSteps, waitingStep(state)] : state.approvedSteps,
        reason: `${command.by} resumed it.`,
      };
    case "promote":
      return {
        ...state,
        pauses: without("manual", "approval", "inconclusive"),
        approvedSteps: [...state.approvedSteps, waitingStep(state)],
        overridden: state.overridden || state.pauses.includes("inconclusive"),
        reason: `${command.by} let it go on.`,
      };
    default:
      return state;
  }
}

/** The step that waits for a person: the first one before it deploys, else the next. */
const waitingStep = (state: RolloutState) => (state.phase === "gated" ? state.step + 1 : state.step);

// ── harm ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Targets can be harmed only from the moment they are offered something. */
const touched = (state: RolloutState) => isLive(state.phase) && state.phase !== "pending" && state.phase !== "preflight";

function harmOf(state: RolloutState, plan: RolloutPlan, facts: RolloutFacts, now: number): string | null {
  if (!touched(state)) return null;
  if (facts.hardStops.length > 0) return facts.hardStops.join(" ");
  const harmful = facts.verdicts.filter((one) => one.verdict === "harm");
  if (harmful.length > 0) return `Worse than allowed: ${harmful.map((one) => one.words ?? one.guardrail).join("; ")}.`;
  if (state.phase !== "deploying" && now - Math.max(facts.dataUntil ?? 0, state.since) > BLIND_MS) {
    return "No telemetry for 15 minutes: what cannot be seen is not left running.";
  }
  const overdue = state.phase === "deploying" && movedFor(state, now) > plan.stepDeadlineMin * MINUTE;
  if (overdue && !enoughStragglersLeft(plan, facts)) {
    const late = facts.targets.filter((target) => target.inStep && target.status !== "healthy");
    return `${late.map((target) => target.name).join(", ")} did not apply it within ${plan.stepDeadlineMin} minutes.`;
  }
  return null;
}

const enoughStragglersLeft = (plan: RolloutPlan, facts: RolloutFacts) =>
  plan.onDeadline === "leave_stragglers" && healthyInStep(facts) >= plan.minTargets;

const healthyInStep = (facts: RolloutFacts) =>
  facts.targets.filter((target) => target.inStep && target.status === "healthy").length;

/** Unreachable and unable targets are not waited for, and never counted as a success. */
const stillApplying = (facts: RolloutFacts) =>
  facts.targets.filter((target) => target.inStep && !["healthy", "unreachable", "skipped"].includes(target.status));

function goBack(state: RolloutState, reason: string, now: number): RolloutState {
  // Nothing was offered yet: there is nothing to take back.
  return { ...to(state, touched(state) ? "rolling_back" : "rolled_back", reason, now), pauses: [], pausedSince: null };
}

function finishRollback(state: RolloutState, facts: RolloutFacts, now: number): RolloutState {
  const degraded = (why: string) => to(state, "rollback_degraded", `${state.reason} ${why} A person must look at it.`, now);
  if (!facts.stableHealthy) return degraded("What it went back to is not healthy either.");
  // Who cannot be reached gets the stable configuration as soon as it can: it is the newest desired state.
  const open = facts.targets.filter((target) => !["healthy", "unreachable", "skipped"].includes(target.status));
  if (open.length === 0) return to(state, "rolled_back", state.reason, now);
  if (now - state.since <= ROLLBACK_DEADLINE_MS) return state;
  return degraded(`${open.map((target) => target.name).join(", ")} did not go back in time.`);
}

// ── hold ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Reasons that are facts come and go with them; those of people and judgement stay until somebody decides. */
function hold(state: RolloutState, plan: RolloutPlan, facts: RolloutFacts, now: number): RolloutState {
  const watched = state.phase === "soaking" || state.phase === "gated" || state.phase === "baking";
  const late = watched && now - Math.max(facts.dataUntil ?? 0, state.since) > METRICS_LATE_MS;
  const settled = watched || (state.phase === "deploying" && stillApplying(facts).length === 0);
  const few = settled && healthyInStep(facts) < plan.minTargets;
  const asks =
    ((state.phase === "preflight" && plan.askBefore.includes(0)) ||
      (state.phase === "gated" && plan.askBefore.includes(state.step + 1))) &&
    !state.approvedSteps.includes(waitingStep(state));
  let pauses = state.pauses;
  for (const [reason, holds] of [
    ["freeze", facts.frozen],
    ["metrics_unavailable", late],
    ["min_targets", few],
    ["approval", asks],
  ] as const) {
    pauses = holds ? withReason(pauses, reason) : pauses.filter((one) => one !== reason);
  }
  return paused(state, pauses, now);
}

function paused(state: RolloutState, pauses: readonly PauseReason[], now: number): RolloutState {
  if (pauses.length > 0) return { ...state, pauses, pausedSince: state.pausedSince ?? now };
  if (state.pausedSince === null) return { ...state, pauses };
  // It moves again: the time it stood still does not count.
  return { ...state, pauses, since: state.since + (now - state.pausedSince), pausedSince: null };
}

const withReason = (pauses: readonly PauseReason[], reason: PauseReason) =>
  pauses.includes(reason) ? pauses : [...pauses, reason];

/** Time in this phase without the time it stood still, ms. */
const movedFor = (state: RolloutState, now: number) => (state.pausedSince ?? now) - state.since;

// ── advance ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function advance(state: RolloutState, plan: RolloutPlan, facts: RolloutFacts, now: number): RolloutState {
  switch (state.phase) {
    case "pending":
      return to(state, "preflight", "Every gate is checked again.", now);
    case "preflight":
      if (facts.preflight === null) {
        if (movedFor(state, now) <= PREFLIGHT_MS) return state;
        return to(state, "failed_preflight", "The gates could not be checked within 10 minutes.", now);
      }
      if (facts.preflight.length > 0) return to(state, "failed_preflight", facts.preflight.join(" "), now);
      return beginStep(state, 0, plan, now);
    case "deploying":
      return deployed(state, plan, facts, now);
    case "soaking":
      return soaked(state, plan, facts, now);
    case "gated":
      return judged(state, plan, facts, now);
    case "baking":
      if (movedFor(state, now) < plan.bakeMin * MINUTE) return state;
      return to(state, "promoted", "It is what everybody runs, and nothing spoke against it.", now);
    default:
      return state;
  }
}

function beginStep(state: RolloutState, step: number, plan: RolloutPlan, now: number): RolloutState {
  return {
    ...to(state, "deploying", `Step ${step + 1} of ${plan.sharesPercent.length}: ${plan.sharesPercent[step]} %.`, now),
    step,
  };
}

function deployed(state: RolloutState, plan: RolloutPlan, facts: RolloutFacts, now: number): RolloutState {
  const overdue = movedFor(state, now) > plan.stepDeadlineMin * MINUTE;
  if (stillApplying(facts).length > 0 && !overdue) return state;
  const last = state.step === plan.sharesPercent.length - 1;
  return last
    ? to(state, "baking", "Everybody has it; it is watched for a while.", now)
    : to(state, "soaking", "Its targets run it; requests are being compared.", now);
}

function soaked(state: RolloutState, plan: RolloutPlan, facts: RolloutFacts, now: number): RolloutState {
  const waited = movedFor(state, now);
  if (waited < plan.soakMin * MINUTE) return state;
  if (facts.canaryRequests >= plan.minTraffic) return to(state, "gated", "Enough was seen to judge this step.", now);
  if (waited < plan.maxSoakMin * MINUTE || state.overridden) {
    return state.overridden ? to(state, "gated", "A person let it go on with little traffic.", now) : state;
  }
  const reason = `Only ${facts.canaryRequests} of ${plan.minTraffic} requests in ${plan.maxSoakMin} minutes.`;
  return { ...paused(state, withReason(state.pauses, "inconclusive"), now), reason };
}

/**
 * Between steps it is enough that nothing speaks against it. Before the last step, after which there is no baseline to
 * compare with, every critical guardrail must have passed: else the step is extended once, then a person decides.
 */
function judged(state: RolloutState, plan: RolloutPlan, facts: RolloutFacts, now: number): RolloutState {
  const next = state.step + 1;
  const beforeLast = next === plan.sharesPercent.length - 1;
  const unclear = facts.verdicts.filter((one) => one.critical && one.verdict !== "pass");
  const blind = facts.verdicts.filter((one) => one.critical && (one.verdict === "no_data" || one.verdict === "provider_error"));
  const open = beforeLast ? unclear : blind;
  if (state.overridden || (open.length === 0 && facts.splitAsPlanned)) {
    return beginStep({ ...state, extended: false, overridden: false }, next, plan, now);
  }
  const why = facts.splitAsPlanned
    ? `Not certain enough: ${open.map(verdictWords).join(", ")}.`
    : "The split did not send as many requests to the canary as planned: the arms cannot be compared.";
  if (!state.extended && facts.splitAsPlanned) {
    return { ...to(state, "soaking", `${why} It is watched once more.`, now), extended: true };
  }
  return { ...paused(state, withReason(state.pauses, "inconclusive"), now), reason: why };
}

const to = (state: RolloutState, phase: RolloutState["phase"], reason: string, now: number): RolloutState => ({
  ...state,
  phase,
  since: now,
  reason,
});
