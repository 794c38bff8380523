/**
 * Bounds on "how much more does it cost" (cost per successful request, tokens per request…), canary against baseline, that
 * may be looked at as often as one likes.
 *
 * Time is cut into blocks in which each arm had at least 20 successes; d = ln(r_canary / r_baseline) of each block. The
 * bound is the Gaussian-mixture confidence sequence (Robbins; Waudby-Smith et al. 2021), one-sided at α:
 *
 *     mean(d) ± σ·√( 2(nρ² + 1)/(nρ)² · ln(1 + √(nρ² + 1)/(2α)) )
 *
 * with σ² inflated by (1 + a)/(1 − a), a the lag-1 autocorrelation of d, so that slow drifts do not count as evidence, and
 * by (n − 1)/(n − 3), the variance of Student's t: σ is itself only estimated, from few blocks (measured: without it a
 * third more false alarms, see README).
 */
export interface RatioCell {
  canary: { numerator: number; successes: number };
  baseline: { numerator: number; successes: number };
}

export interface RatioBounds {
  blocks: number;
  /** All three are ln of the ratio canary ÷ baseline. */
  mean: number;
  lower: number;
  upper: number;
}

export const SUCCESSES_PER_BLOCK = 20;
const FEWEST_BLOCKS = 8;
/** The number of blocks at which the bound is tightest. */
const TUNED_FOR = 12;
/** Autocorrelation beyond this is taken for this: the inflation must stay finite. */
const MOST_AUTOCORRELATION = 0.9;

/**
 * ln ratios of complete blocks, in order; −∞ where the canary's block was free, as where a cache answered all of it.
 * `cells` in order of time; what is left at the end waits for more.
 */
export function pairedDifferences(cells: readonly RatioCell[]): number[] {
  const differences: number[] = [];
  let [canary, canaryN, baseline, baselineN] = [0, 0, 0, 0];
  for (const cell of cells) {
    canary += cell.canary.numerator;
    canaryN += cell.canary.successes;
    baseline += cell.baseline.numerator;
    baselineN += cell.baseline.successes;
    if (canaryN < SUCCESSES_PER_BLOCK || baselineN < SUCCESSES_PER_BLOCK) continue;
    // Free in the baseline: no ratio. Such a block is left out.
    if (baseline > 0) differences.push(Math.log(canary / canaryN) - Math.log(baseline / baselineN));
    [canary, canaryN, baseline, baselineN] = [0, 0, 0, 0];
  }
  return differences;
}

/** Null while there are fewer than 8 blocks. */
export function ratioBounds(differences: readonly number[], alpha: number): RatioBounds | null {
  const n = differences.length;
  if (n < FEWEST_BLOCKS) return null;
  const mean = differences.reduce((total, d) => total + d, 0) / n;
  const deviations = differences.map((d) => d - mean);
  const squares = deviations.reduce((total, d) => total + d * d, 0);
  const lagged = deviations.slice(1).reduce((total, d, index) => total + d * deviations[index]!, 0);
  const autocorrelation = squares === 0 ? 0 : Math.min(Math.max(lagged / squares, 0), MOST_AUTOCORRELATION);
  const sigma = Math.sqrt((squares / (n - 3)) * ((1 + autocorrelation) / (1 - autocorrelation)));
  const half = sigma * mixtureWidth(n, alpha);
  return { blocks: n, mean, lower: mean - half, upper: mean + half };
}

/** Cheaper than this is as good as this: half the price. */
const CHEAP = Math.log(1 / 2);

/**
 * The upper bound for "surely within the tolerance": each block counts at most as half the price. That only raises the mean,
 * so the bound stays one; without it a saving so large that it varies (a cache that answers all or nothing) is never certain.
 */
export const surelyBelow = (differences: readonly number[], alpha: number): RatioBounds | null =>
  ratioBounds(
    differences.map((d) => Math.max(d, CHEAP)),
    alpha,
  );

/** Half the width in units of σ. */
export function mixtureWidth(n: number, alpha: number): number {
  const tail = -2 * Math.log(2 * alpha);
  const rho2 = (tail + Math.log(tail + 1)) / TUNED_FOR;
  const scale = n * rho2 + 1;
  return Math.sqrt(((2 * scale) / (n * n * rho2)) * Math.log(1 + Math.sqrt(scale) / (2 * alpha)));
}
