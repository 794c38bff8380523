import { median } from "../anomaly/robust-score";
import { autocorrelation, lineVariance, longSum, type DailyFit } from "./fit";

const WEEK = 7;
/** An older trend is another time's. */
const TREND_DAYS = 42;
/** Median slopes and medians of weekdays are less exact than least squares on clean data: the price of ignoring outliers. */
const ROBUST_COST = 1.3;

/**
 * Last weeks' shape times a robust trend: a factor for each day of the week (median of value ÷ its week's mean), and a
 * Theil–Sen line through the days without that shape. A wild day moves neither.
 */
export function fitWeekly(history: readonly number[]): DailyFit {
  const n = history.length;
  const shape = weekShape(history);
  const first = Math.max(0, n - TREND_DAYS);
  const flat = history.slice(first).map((value, index) => value / shape[(first + index) % WEEK]!);
  const m = flat.length;
  const slopes: number[] = [];
  for (let a = 0; a < m; a++) for (let b = a + 1; b < m; b++) slopes.push((flat[b]! - flat[a]!) / (b - a));
  const slope = slopes.length > 0 ? median(slopes) : 0;
  const level = median(flat.map((value, index) => value - slope * index));
  const at = (day: number) => Math.max(0, level + slope * (day - first)) * shape[day % WEEK]!;
  const residuals = flat.map((value, index) => value * shape[(first + index) % WEEK]! - at(first + index));
  // Level, slope and six of the seven factors were taken from the same days.
  const df = Math.max(2, m - 8);
  const variance = residuals.reduce((sum, residual) => sum + residual ** 2, 0) / df;
  const swell = longSum(autocorrelation(residuals));
  return {
    expected: (day) => at(n + day),
    deviation: (weights) => {
      const { noise, line } = lineVariance(weights, m);
      return Math.sqrt(variance * swell * (noise + ROBUST_COST * line));
    },
    df,
  };
}

/** Seven factors with mean 1. A day of the week that never has anything keeps a small one, so that nothing is divided by 0. */
function weekShape(history: readonly number[]): number[] {
  const n = history.length;
  const ratios: number[][] = Array.from({ length: WEEK }, () => []);
  for (let day = 0; day < n; day++) {
    const from = Math.min(Math.max(0, day - 3), n - WEEK);
    const week = history.slice(from, from + WEEK);
    const mean = week.reduce((sum, value) => sum + value, 0) / WEEK;
    if (mean > 0) ratios[day % WEEK]!.push(history[day]! / mean);
  }
  const factors = ratios.map((of) => Math.max(0.01, of.length > 0 ? median(of) : 1));
  const mean = factors.reduce((sum, factor) => sum + factor, 0) / WEEK;
  return factors.map((factor) => factor / mean);
}
