/**
 * When a rule is evaluated: at the whole multiples of its interval since 1970, in UTC, each `delaySec` later so that late data
 * is in. The instants do not depend on when anybody looked, so a backtest has the same ones as the live evaluator. Pure.
 */
import type { AlertRule } from "../rules/schemas";

type Timing = Pick<AlertRule, "everySec" | "delaySec">;

/** After a longer absence the evaluator begins again here; what lies before is not evaluated any more. */
const CATCH_UP_MS = 86_400_000;

/** The newest instant whose data is due by `now`. */
export function newestInstant({ everySec, delaySec }: Timing, now: number): number {
  const every = everySec * 1_000;
  return Math.floor((now - delaySec * 1_000) / every) * every;
}

/** Instants in [from, to). */
export function instantsBetween(from: number, to: number, everySec: number): number[] {
  const every = everySec * 1_000;
  const instants: number[] = [];
  for (let at = Math.ceil(from / every) * every; at < to; at += every) instants.push(at);
  return instants;
}

/** What is due after `evaluatedTo`, oldest first, at most `most`. A new rule begins with the newest. */
export function dueInstants(timing: Timing, evaluatedTo: number | null, now: number, most: number): number[] {
  const newest = newestInstant(timing, now);
  if (evaluatedTo === null) return [newest];
  const after = Math.max(evaluatedTo + 1, newest - CATCH_UP_MS);
  return instantsBetween(after, newest + 1, timing.everySec).slice(0, most);
}

/** When the instant after `evaluatedTo` is due. */
export const nextDue = ({ everySec, delaySec }: Timing, evaluatedTo: number): number =>
  evaluatedTo + (everySec + delaySec) * 1_000;
