import { autocorrelation, lineVariance, longSum, type DailyFit } from "./fit";

/** A straight line by least squares: all that three days to two weeks can tell. */
export function fitLinear(history: readonly number[]): DailyFit {
  const n = history.length;
  const meanX = (n - 1) / 2;
  const meanY = history.reduce((sum, value) => sum + value, 0) / n;
  let [products, squares] = [0, 0];
  history.forEach((value, x) => {
    products += (x - meanX) * (value - meanY);
    squares += (x - meanX) ** 2;
  });
  const slope = squares > 0 ? products / squares : 0;
  const at = (x: number) => meanY + slope * (x - meanX);
  const residuals = history.map((value, x) => value - at(x));
  const df = Math.max(1, n - 2);
  const variance = residuals.reduce((sum, residual) => sum + residual ** 2, 0) / df;
  const swell = n >= 8 ? longSum(autocorrelation(residuals)) : 1;
  return {
    expected: (day) => Math.max(0, at(n + day)),
    deviation: (weights) => {
      const { noise, line } = lineVariance(weights, n);
      return Math.sqrt(variance * swell * (noise + line));
    },
    df,
  };
}
