/** What a fitted model says of the days to come. Day 0 is the first one after the history. */
export interface DailyFit {
  /** Expected value of a day; never negative. */
  expected: (day: number) => number;
  /**
   * Standard deviation of the sum of days, each weighted: 1 is a whole day, less a part of one, 0 not at all. Holds
   * the noise of the days themselves, and how unsure the model is of its level.
   */
  deviation: (weights: readonly number[]) => number;
  /** Degrees of freedom behind the deviation. */
  df: number;
}

/** Neighbours that move together make a sum less sure than independent days would. Lag 1, at least 0. */
export function autocorrelation(residuals: readonly number[]): number {
  let [product, square] = [0, 0];
  for (let index = 0; index < residuals.length; index++) {
    square += residuals[index]! ** 2;
    if (index > 0) product += residuals[index]! * residuals[index - 1]!;
  }
  // Estimated from few days it comes out too low, by about 1/n.
  const estimate = square === 0 ? 0 : product / square + 1 / residuals.length;
  return Math.min(0.8, Math.max(0, estimate));
}

/** By how much positive autocorrelation swells the variance of a long sum: (1 + ρ) ÷ (1 − ρ). */
export const longSum = (rho: number): number => (1 + rho) / (1 - rho);

/**
 * Variance, in units of the noise, of a weighted sum of future days on a straight line fitted to `n` days (0 … n−1):
 * own noise + what the line's level and slope may be off.
 */
export function lineVariance(weights: readonly number[], n: number): { noise: number; line: number } {
  const meanX = (n - 1) / 2;
  const spread = (n * (n * n - 1)) / 12;
  let [noise, total, moment] = [0, 0, 0];
  weights.forEach((weight, day) => {
    noise += weight;
    total += weight;
    moment += weight * (n + day - meanX);
  });
  return { noise, line: (total * total) / n + (spread > 0 ? (moment * moment) / spread : 0) };
}
