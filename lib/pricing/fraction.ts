/**
 * Exact prices without a decimal library on the hot path. A unit price with its modifiers is one reduced fraction
 * `num / den` of nano-USD a unit; a line is `quantity · num / den`, rounded once, half-even.
 * Plain numbers are used while the product is a safe integer, bigint beyond. Equal to `costOf` (property-tested).
 */
export interface NanoPrice {
  num: bigint;
  den: bigint;
  /** The same as numbers, or 0 when they do not fit a safe integer. */
  fastNum: number;
  fastDen: number;
}

// Twice a remainder is computed, so numbers stay below half of what is exact.
const HALF_SAFE = Math.floor(Number.MAX_SAFE_INTEGER / 2);

interface Ratio {
  num: bigint;
  den: bigint;
}

function ratioOf(decimal: string): Ratio {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return { num: BigInt(whole + fraction), den: 10n ** BigInt(fraction.length) };
}

function gcd(a: bigint, b: bigint): bigint {
  while (b) [a, b] = [b, a % b];
  return a;
}

/** `usd` dollars for `units` units, times the factors (plain decimal text, not negative). */
export function nanoPrice(usd: string, units: bigint, factors: readonly string[] = []): NanoPrice {
  let { num, den } = ratioOf(usd);
  num *= 1_000_000_000n;
  den *= units;
  for (const factor of factors) {
    const by = ratioOf(factor);
    num *= by.num;
    den *= by.den;
  }
  const divisor = gcd(num, den);
  num /= divisor;
  den /= divisor;
  const fits = num <= BigInt(HALF_SAFE) && den <= BigInt(HALF_SAFE);
  return { num, den, fastNum: fits ? Number(num) : 0, fastDen: fits ? Number(den) : 0 };
}

/** Nano-USD of `quantity` whole units, half-even. */
export function lineNano(quantity: number, price: NanoPrice): bigint {
  if (price.fastDen !== 0) {
    const product = quantity * price.fastNum;
    if (product <= HALF_SAFE) {
      if (price.fastDen === 1) return BigInt(product);
      const rest = product % price.fastDen;
      const floor = (product - rest) / price.fastDen;
      const twice = rest * 2;
      return BigInt(twice > price.fastDen || (twice === price.fastDen && floor % 2 === 1) ? floor + 1 : floor);
    }
  }
  return divideHalfEven(BigInt(quantity) * price.num, price.den);
}

/** `a / b` to the nearest integer, halves to the even one. `b` is positive. */
export function divideHalfEven(a: bigint, b: bigint): bigint {
  if (a < 0n) return -divideHalfEven(-a, b);
  const floor = a / b;
  const twice = (a % b) * 2n;
  return twice > b || (twice === b && floor % 2n === 1n) ? floor + 1n : floor;
}
