import type { DailyFit } from "./fit";

const WEEK = 7;
/** A trend does not go on for ever: it fades by this much a day. */
const DAMPING = 0.97;
const ALPHAS = [0.05, 0.1, 0.2, 0.35, 0.5];
const BETAS = [0.005, 0.02, 0.08];
const GAMMAS = [0.05, 0.15, 0.3];

interface Smoothing {
  alpha: number;
  beta: number;
  gamma: number;
}

/**
 * Holt–Winters: level, damped trend and a factor for each day of the week, each following what it sees. Of a small grid of
 * smoothing parameters the one with the smallest squared one-day errors. The variance of a sum follows from how much of
 * each day's surprise stays in level, trend and shape (Hyndman et al., Forecasting with Exponential Smoothing, ch. 6).
 */
export function fitHoltWinters(history: readonly number[]): DailyFit {
  let best: Run | null = null;
  for (const alpha of ALPHAS)
    for (const beta of BETAS)
      for (const gamma of GAMMAS) {
        const run = smooth(history, { alpha, beta, gamma });
        if (best === null || run.squares < best.squares) best = run;
      }
  const { level, trend, shape, squares, errors, smoothing } = best!;
  const n = history.length;
  const df = Math.max(3, errors - 10);
  const variance = squares / df;
  return {
    expected: (day) => Math.max(0, level + trend * damped(day + 1)) * shape[(n + day) % WEEK]!,
    deviation: (weights) => {
      const kept = (lag: number) =>
        smoothing.alpha * (1 + smoothing.beta * damped(lag)) + (lag % WEEK === 0 ? smoothing.gamma * (1 - smoothing.alpha) : 0);
      let sum = 0;
      for (let day = 0; day < weights.length; day++) {
        let effect = weights[day]!;
        for (let later = day + 1; later < weights.length; later++) effect += weights[later]! * kept(later - day);
        sum += effect * effect;
      }
      return Math.sqrt(variance * sum);
    },
    df,
  };
}

/** φ + φ² + … + φ^days */
const damped = (days: number): number => (DAMPING * (1 - DAMPING ** days)) / (1 - DAMPING);

interface Run {
  level: number;
  trend: number;
  shape: number[];
  squares: number;
  errors: number;
  smoothing: Smoothing;
}

function smooth(history: readonly number[], smoothing: Smoothing): Run {
  const { alpha, beta, gamma } = smoothing;
  const mean = (from: number) => history.slice(from, from + WEEK).reduce((sum, value) => sum + value, 0) / WEEK;
  let level = mean(0);
  let trend = (mean(WEEK) - level) / WEEK;
  const shape = Array.from({ length: WEEK }, (_, day) => {
    const seen = [history[day]!, history[day + WEEK]!];
    const base = [mean(0), mean(WEEK)];
    return base[0]! + base[1]! > 0 ? Math.max(0.01, (seen[0]! + seen[1]!) / (base[0]! + base[1]!)) : 1;
  });
  let [squares, errors] = [0, 0];
  for (let day = WEEK; day < history.length; day++) {
    const value = history[day]!;
    const factor = shape[day % WEEK]!;
    const ahead = Math.max(0, level + DAMPING * trend);
    const error = value - ahead * factor;
    // The first weeks still show where it was started, not how well it follows.
    if (day >= 2 * WEEK) {
      squares += error * error;
      errors += 1;
    }
    const before = level;
    level = alpha * (value / factor) + (1 - alpha) * ahead;
    trend = beta * (level - before) + (1 - beta) * DAMPING * trend;
    shape[day % WEEK] = level > 0 ? Math.max(0.01, gamma * (value / level) + (1 - gamma) * factor) : factor;
  }
  return { level, trend, shape, squares, errors, smoothing };
}
