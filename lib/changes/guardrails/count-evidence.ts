/**
 * Evidence on "how often does it go wrong" (errors, timeouts, requests slower than a fixed threshold…), canary against
 * baseline, that may be looked at as often as one likes.
 *
 * Given k = k_c + k_b bad ones in a block with n_c and n_b exposed, k_c is binomial with θ = n_c·ρ / (n_c·ρ + n_b), where
 * ρ is the ratio of the two rates. For a hypothesis ρ = L and an alternative ρ = L·r the likelihood ratio of a block is
 *
 *     r^(k_c) · ((n_c·L + n_b) / (n_c·L·r + n_b))^(k_c + k_b)
 *
 * Its product over blocks is a test martingale (expectation ≤ 1 whenever one stops), also when traffic shares change from
 * block to block, and so is the mean over several r: by Ville's inequality it reaches 1/α with a chance of at most α.
 * Real failures come in bursts: the exponent is divided by φ, the dispersion seen between two equal arms (1 = none).
 */
export interface CountBlock {
  canary: { exposed: number; bad: number };
  baseline: { exposed: number; bad: number };
}

/** How much worse the alternatives are than the limit. */
const WORSE = [1.5, 2, 4, 10, 40];
/** How much better, for the upper bound. */
const BETTER = [0.9, 0.8, 0.6, 0.4, 0.2, 0.05];

/** ln of the e-value against "the canary's rate is at most `limit` times the baseline's". Harm at ≥ ln(1/α). */
export function harmEvidence(blocks: readonly CountBlock[], limit: number, dispersion: number): number {
  return mixture(blocks, limit, dispersion, WORSE);
}

/**
 * A rate ratio that the true one is below with confidence 1 − α, at every look. Infinity while there is too little: without
 * bad ones in the baseline nothing can be said about a ratio (see `rateSurelyBelow`).
 */
export function ratioUpperBound(blocks: readonly CountBlock[], alpha: number, dispersion: number): number {
  const needed = Math.log(1 / alpha);
  const rejects = (ratio: number) => mixture(blocks, ratio, dispersion, BETTER) >= needed;
  // Evidence against "at least `ratio`" rises with `ratio`, so the bound is where it first suffices.
  let high = 1 / 1_024;
  while (!rejects(high)) {
    high *= 2;
    if (high > 1_048_576) return Infinity;
  }
  let low = high / 2;
  for (let step = 0; step < 40; step++) {
    const middle = Math.sqrt(low * high);
    if (rejects(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** True when the canary's own rate is below `rate` with confidence 1 − α, at every look. For metrics that hardly ever go wrong. */
export function rateSurelyBelow(blocks: readonly CountBlock[], rate: number, alpha: number, dispersion: number): boolean {
  const exposed = sum(blocks.map((block) => block.canary.exposed));
  const bad = sum(blocks.map((block) => block.canary.bad));
  const logs = [0.5, 0.25, 0.1, 0.01].map(
    (part) => (bad * Math.log(part) + (exposed - bad) * Math.log((1 - part * rate) / (1 - rate))) / dispersion,
  );
  return logMeanExp(logs) >= Math.log(1 / alpha);
}

function mixture(blocks: readonly CountBlock[], limit: number, dispersion: number, ratios: readonly number[]): number {
  const logs = ratios.map(() => 0);
  for (const block of blocks) addBlock(logs, block, limit, ratios);
  return logMeanExp(logs.map((log) => log / dispersion));
}

function addBlock(logs: number[], { canary, baseline }: CountBlock, limit: number, ratios: readonly number[]): void {
  const bad = canary.bad + baseline.bad;
  if (bad === 0 || canary.exposed === 0 || baseline.exposed === 0) return;
  const under = canary.exposed * limit + baseline.exposed;
  ratios.forEach((ratio, index) => {
    logs[index]! += canary.bad * Math.log(ratio) + bad * Math.log(under / (canary.exposed * limit * ratio + baseline.exposed));
  });
}

/** `harmEvidence` of a growing list, one block at a time. */
export function harmEvidenceSoFar(limit: number, dispersion: number): (block: CountBlock) => number {
  const logs = WORSE.map(() => 0);
  return (block) => {
    addBlock(logs, block, limit, WORSE);
    return logMeanExp(logs.map((log) => log / dispersion));
  };
}

/** ln of the mean of e^x, without overflow. */
export function logMeanExp(logs: readonly number[]): number {
  const most = Math.max(...logs);
  return most + Math.log(sum(logs.map((log) => Math.exp(log - most))) / logs.length);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
