/**
 * Least squares whose weights may not be negative, without a constant: y ≈ Σ wᵢ·xᵢ. For the few explanatory variables
 * that it is made for, it is exact: every choice of variables that stay positive is solved by its normal equations, and
 * the best one without a negative weight wins. (2ᵏ systems of at most k unknowns; k ≤ 6.)
 */
export interface Observation {
  y: number;
  x: readonly number[];
}

export interface NonNegativeFit {
  /** One per variable, not negative. */
  weights: number[];
  /** Share of the variance of y that the fit explains, 1 at best; null where y never varies. */
  r2: number | null;
  /** Root of the mean squared error, in the unit of y. */
  rmse: number;
  meanY: number;
  observations: number;
}

const MOST_VARIABLES = 6;
/** A pivot this small says that two variables move together: they cannot be told apart. */
const SINGULAR = 1e-10;

/** Undefined without observations. */
export function fitNonNegative(observations: readonly Observation[], variables: number): NonNegativeFit | undefined {
  if (variables > MOST_VARIABLES) throw new RangeError(`At most ${MOST_VARIABLES} variables can be fitted.`);
  if (observations.length === 0) return undefined;
  // Scaled to unit length, so that tokens by the million and seconds by the hundred have pivots of one size.
  const scale = Array.from({ length: variables }, (_, i) => Math.hypot(...chunkedNorms(observations, i)));
  const gram = Array.from({ length: variables }, () => zeros(variables));
  const right = zeros(variables);
  let yy = 0;
  let sumY = 0;
  for (const { y, x } of observations) {
    yy += y * y;
    sumY += y;
    for (let i = 0; i < variables; i += 1) {
      if (scale[i] === 0) continue;
      const xi = x[i]! / scale[i]!;
      right[i]! += xi * y;
      for (let j = 0; j < variables; j += 1) if (scale[j] !== 0) gram[i]![j]! += (xi * x[j]!) / scale[j]!;
    }
  }
  let best: { weights: number[]; explained: number } = { weights: zeros(variables), explained: 0 };
  for (let chosen = 1; chosen < 1 << variables; chosen += 1) {
    const active = Array.from({ length: variables }, (_, i) => i).filter((i) => chosen & (1 << i));
    if (active.some((i) => scale[i] === 0)) continue;
    const solved = solve(
      active.map((i) => active.map((j) => gram[i]![j]!)),
      active.map((i) => right[i]!),
    );
    if (!solved || solved.some((weight) => weight < 0)) continue;
    // At a solution of the normal equations the squared error falls by exactly w·b.
    const explained = solved.reduce((sum, weight, at) => sum + weight * right[active[at]!]!, 0);
    if (explained <= best.explained) continue;
    const weights = zeros(variables);
    for (const [at, i] of active.entries()) weights[i] = solved[at]! / scale[i]!;
    best = { weights, explained };
  }
  const meanY = sumY / observations.length;
  const error = Math.max(
    0,
    observations.reduce((sum, { y, x }) => sum + (y - best.weights.reduce((p, w, i) => p + w * x[i]!, 0)) ** 2, 0),
  );
  const variance = yy - observations.length * meanY * meanY;
  return {
    weights: best.weights,
    r2: variance <= yy * Number.EPSILON * observations.length ? null : 1 - error / variance,
    rmse: Math.sqrt(error / observations.length),
    meanY,
    observations: observations.length,
  };
}

/** Lengths of stretches of one variable: a spread of every observation at once would overflow the stack. */
function chunkedNorms(observations: readonly Observation[], variable: number): number[] {
  const norms: number[] = [];
  for (let at = 0; at < observations.length; at += 1_000) {
    norms.push(Math.hypot(...observations.slice(at, at + 1_000).map(({ x }) => x[variable]!)));
  }
  return norms;
}

/** Gaussian elimination with pivoting; undefined when the system has no single solution. */
function solve(matrix: number[][], right: number[]): number[] | undefined {
  const n = right.length;
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (let column = 0; column < n; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < n; row += 1) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    if (Math.abs(rows[pivot]![column]!) < SINGULAR) return undefined;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let row = 0; row < n; row += 1) {
      if (row === column) continue;
      const by = rows[row]![column]! / rows[column]![column]!;
      for (let k = column; k <= n; k += 1) rows[row]![k]! -= by * rows[column]![k]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
