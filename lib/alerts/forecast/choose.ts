/**
 * Which model says what the next days bring. The longer the history, the more models may try:
 *
 *   < 3 days: none   ≥ 3: linear   ≥ 14: weekly shape × robust trend   ≥ 56: Holt–Winters
 *
 * Of those that may, the one that would have done best: from several days of the past (rolling origin) each is asked for
 * the week after, and the mean absolute error is scaled by that of "as the day (the week) before" (MASE). Ties go to the
 * richer model. How far off it was then also widens its band when its own figures were too sure of themselves. Pure.
 */
import type { DailyFit } from "./fit";
import { fitHoltWinters } from "./holt-winters";
import { fitLinear } from "./linear";
import { fitWeekly } from "./weekly";

export const METHODS = ["linear", "weekly", "holt_winters"] as const;
export type Method = (typeof METHODS)[number];

interface Rung {
  method: Method;
  fit: (history: readonly number[]) => DailyFit;
  /** Days of history from which on it may be chosen. */
  from: number;
  /** Days that it needs to be tried out from a point in the past. */
  atLeast: number;
}

const LADDER: readonly Rung[] = [
  { method: "linear", fit: fitLinear, from: 3, atLeast: 3 },
  { method: "weekly", fit: fitWeekly, from: 14, atLeast: 9 },
  { method: "holt_winters", fit: fitHoltWinters, from: 56, atLeast: 28 },
];

/** Longer ago says little about next month, and costs time. */
export const MAX_DAYS = 182;
const WEEK = 7;
const MOST_ORIGINS = 12;
/** Weight of "its figures are right" against what the tries say. */
const PRIOR_TRIES = 4;

export interface Forecast extends DailyFit {
  method: Method;
  /** Null when the history is too short to try anything out. */
  mase: number | null;
}

/** `history`: whole days, oldest first, a day without spend is 0. Null under 3 days. */
export function chooseForecast(history: readonly number[]): Forecast | null {
  const days = history.slice(-MAX_DAYS);
  const allowed = LADDER.filter(({ from }) => days.length >= from);
  if (allowed.length === 0) return null;
  const tried = allowed.map((rung) => ({ rung, trial: tryOut(rung, days) }));
  const best = tried.reduce((a, b) => (b.trial.mase !== null && (a.trial.mase === null || b.trial.mase <= a.trial.mase) ? b : a));
  const fit = best.rung.fit(days);
  const widen = Math.sqrt(best.trial.widen);
  return {
    method: best.rung.method,
    mase: best.trial.mase,
    expected: fit.expected,
    deviation: (weights) => fit.deviation(weights) * widen,
    df: fit.df,
  };
}

/** The past days from which a model is asked for the week after, oldest first. */
function originsOf(length: number, atLeast: number): number[] {
  const newest = length - 1;
  const oldest = Math.max(atLeast, newest - 27);
  if (oldest > newest) return [];
  const step = Math.max(1, Math.ceil((newest - oldest + 1) / MOST_ORIGINS));
  const origins: number[] = [];
  for (let origin = newest; origin >= oldest; origin -= step) origins.unshift(origin);
  return origins;
}

function tryOut(rung: Rung, history: readonly number[]): { mase: number | null; widen: number } {
  const scale = naiveError(history);
  let [errors, count, squares, sums] = [0, 0, 0, 0];
  for (const origin of originsOf(history.length, rung.atLeast)) {
    const fit = rung.fit(history.slice(0, origin));
    const ahead = history.slice(origin, origin + WEEK);
    let off = 0;
    ahead.forEach((value, day) => {
      const error = value - fit.expected(day);
      errors += Math.abs(error);
      off += error;
      count += 1;
    });
    const deviation = fit.deviation(ahead.map(() => 1));
    if (deviation > 0) {
      squares += (off / deviation) ** 2;
      sums += 1;
    }
  }
  const mase = count === 0 ? null : scale > 0 ? errors / count / scale : errors === 0 ? 0 : null;
  // Tries overlap, so many of them say less than their number.
  const own = sums / 2;
  const widen = sums === 0 ? 1 : Math.max(1, (own * (squares / sums) + PRIOR_TRIES) / (own + PRIOR_TRIES));
  return { mase, widen: Math.min(widen, 9) };
}

/** Mean absolute error of "as a week ago", or "as the day before" while there are under three weeks. */
function naiveError(history: readonly number[]): number {
  const lag = history.length >= 3 * WEEK ? WEEK : 1;
  let sum = 0;
  for (let day = lag; day < history.length; day++) sum += Math.abs(history[day]! - history[day - lag]!);
  return history.length > lag ? sum / (history.length - lag) : 0;
}
