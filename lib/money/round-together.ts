/**
 * Exact amounts in minor units that add up: every amount is rounded down, and what is left of the total goes to the largest
 * remainders, ties to the lower index. Amounts may be negative. No amount is a whole unit from its exact value.
 */

const NANO = 1_000_000_000n;

/** Floor division; `divisor` is positive. */
function floorDiv(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

function halfEven(value: bigint, divisor: bigint): bigint {
  const down = floorDiv(value, divisor);
  const twice = (value - down * divisor) * 2n;
  return twice > divisor || (twice === divisor && down % 2n !== 0n) ? down + 1n : down;
}

export interface MinorUnits {
  /** Units of the currency per dollar, in 10⁻⁹: 1.08 is 1_080_000_000n. */
  rateNano: bigint;
  /** Decimal places of the currency: 2 for EUR, 0 for JPY. */
  digits: number;
}

/**
 * Nano-USD amounts as minor units of a currency. They add up to `total`, and without one to their sum, rounded once,
 * half-even.
 */
export function roundTogether(nanoUsd: readonly bigint[], { rateNano, digits }: MinorUnits, total?: bigint): bigint[] {
  const scale = rateNano * 10n ** BigInt(digits);
  const divisor = NANO * NANO;
  const exact = nanoUsd.map((nano) => nano * scale);
  const rounded = exact.map((value) => floorDiv(value, divisor));
  const target = total ?? halfEven(sum(exact), divisor);
  const order = exact
    .map((value, index) => ({ index, remainder: value - rounded[index]! * divisor }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  const left = Number(target - sum(rounded));
  if (left < 0 || left > rounded.length) throw new RangeError("The total is not what these amounts round to.");
  for (const { index } of order.slice(0, left)) rounded[index] = rounded[index]! + 1n;
  return rounded;
}

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

/** Minor units as decimal text: 4743529n with 2 digits is "47435.29". */
export function minorToText(minor: bigint, digits: number): string {
  const sign = minor < 0n ? "-" : "";
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, "0");
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
