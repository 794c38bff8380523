/**
 * How unusual a number is among its like: 0.6745 · (x − median) ÷ MAD, Iglewicz and Hoaglin's modified z-score. A median
 * and a median absolute deviation ignore the outliers that a mean and a deviation are ruined by. 0.6745 makes the score of
 * normal noise its z-score. Check: median 100.5, MAD 2, x = 250 → 50.4. Pure; numbers are statistics, not amounts to bill.
 */
export const NORMAL_MAD = 0.6745;

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Nothing has no median.");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median absolute deviation from `center`. */
export const madOf = (values: readonly number[], center: number): number =>
  median(values.map((value) => Math.abs(value - center)));

/** The floor keeps a history that never moved (MAD 0) from calling every cent an anomaly. */
export function modifiedZ(value: number, center: number, mad: number, madFloor: number): number {
  const spread = Math.max(mad, madFloor);
  if (value === center) return 0;
  return spread > 0 ? (NORMAL_MAD * (value - center)) / spread : value > center ? Infinity : -Infinity;
}
