/** Where the lines of a value axis stand. Pure. */

const DECIMAL_STEPS = [1, 2, 2.5, 5, 10];
/** Seconds, minutes and hours in milliseconds: 1.33 min is no place for a line. */
const TIME_STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400].map((sec) => sec * 1_000);
const MOST_LINES = 5;

/**
 * From 0 in even, round steps to the first one at or above `max`: as many lines as fit, so that little room is left over.
 * Nothing above 0 gets the axis 0 to 1.
 */
export function niceTicks(max: number, unit: string): number[] {
  if (!(max > 0) || !Number.isFinite(max)) return [0, 1];
  const step = smallestStep(max, unit);
  const lines = Math.ceil(max / step - 1e-9);
  // Multiplying keeps 0.1 + 0.2 out of the labels.
  return Array.from({ length: lines + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function smallestStep(max: number, unit: string): number {
  const least = max / MOST_LINES;
  if (unit === "ms" && max > 5_000) {
    const found = TIME_STEPS_MS.find((step) => step >= least);
    if (found !== undefined) return found;
  }
  const magnitude = 10 ** Math.floor(Math.log10(least));
  return magnitude * DECIMAL_STEPS.find((step) => step * magnitude >= least * (1 - 1e-9))!;
}
