/**
 * One alert from instant to instant: when it begins to exist, what its lifecycle makes of an observation, and when it is
 * forgotten. Pure; live and backtest follow alerts through here, so they agree transition for transition.
 */
import { isOpen, observe, startOfAlert, type AlertState, type Step } from "../lifecycle/machine";
import { verdictOf, type Observation } from "../rules/compare";
import type { AlertRule } from "../rules/schemas";
import { DAY_MS } from "@/lib/time";

export interface Track {
  state: AlertState;
  /** When it last had data; null: never. */
  seenAt: number | null;
}

/** A tenant that sends nothing for a week is gone, not silent. */
const FORGET_AFTER_MS = 7 * DAY_MS;

export interface Followed {
  /** Null: it does not exist (yet, or any more). */
  track: Track | null;
  transition: Step["transition"];
}

/** A rule without groups always has its one alert; with groups, one begins with its first data. */
export function follow(
  before: Track | null,
  rule: Pick<AlertRule, "condition" | "groupBy" | "forSec" | "keepFiringSec" | "onNoData" | "onError">,
  observation: Observation,
  at: number,
): Followed {
  const grouped = rule.groupBy.length > 0;
  const present = observation.kind !== "no_data" && observation.kind !== "error";
  if (before === null && grouped && !present) return { track: null, transition: null };
  const start = before ?? { state: startOfAlert(at), seenAt: null };
  const step = observe(start.state, verdictOf(rule.condition, observation), at, rule);
  const track: Track = { state: step.state, seenAt: present ? at : start.seenAt };
  const forgotten = grouped && track.seenAt !== null && at - track.seenAt >= FORGET_AFTER_MS && !isOpen(track.state);
  return { track: forgotten ? null : track, transition: step.transition };
}
