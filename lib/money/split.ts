/**
 * Largest remainder: split an integer amount by weights so that the parts add up exactly.
 * Ties go to the lower index. Negative amounts split as their mirror image. All weights zero: even split.
 * Check: 10000 over three = 3334, 3333, 3333; 16128000 over 5:3:2:7 = 4743529, 2846118, 1897412, 6640941.
 */
export function splitLargestRemainder(amount: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.length === 0) return [];
  if (weights.some((weight) => weight < 0n)) throw new RangeError("Weights must not be negative.");
  if (amount < 0n) return splitLargestRemainder(-amount, weights).map((part) => -part);
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total === 0n)
    return splitLargestRemainder(
      amount,
      weights.map(() => 1n),
    );
  const parts = weights.map((weight) => (amount * weight) / total);
  const left = Number(amount - parts.reduce((sum, part) => sum + part, 0n));
  const order = weights
    .map((weight, index) => ({ index, remainder: (amount * weight) % total }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  for (const { index } of order.slice(0, left)) parts[index] = parts[index]! + 1n;
  return parts;
}
