/**
 * Money: integer nano-USD (bigint) for amounts, decimal.js for prices and quotients. Never a float.
 * One rounding, half-even, from exact to nano-USD; display rounds half-up.
 */
import { Decimal as BaseDecimal } from "decimal.js";

/** decimal.js at 50 significant digits, half-even. A clone: other code's settings do not reach it. */
export const Decimal = BaseDecimal.clone({ precision: 50, rounding: BaseDecimal.ROUND_HALF_EVEN });
export type Decimal = BaseDecimal;

export const NANO_PER_USD = 1_000_000_000n;

/** Dollars (exact decimal) to nano-USD, half-even. */
export function toNanoUsd(usd: Decimal | string): bigint {
  return BigInt(new Decimal(usd).mul(1_000_000_000).toDecimalPlaces(0, Decimal.ROUND_HALF_EVEN).toFixed(0));
}

/** Cost of `quantity` units at `usdPerMillion` dollars per 1M units, in nano-USD, rounded once, half-even. */
export function costOf(quantity: number | bigint, usdPerMillion: Decimal | string): bigint {
  // $1 per 1M units is 1,000 nano-USD a unit.
  const exact = new Decimal(usdPerMillion).mul(1_000).mul(quantity.toString());
  return BigInt(exact.toDecimalPlaces(0, Decimal.ROUND_HALF_EVEN).toFixed(0));
}

/** Nano-USD as exact decimal dollars text, e.g. 2665000000000n → "2665". */
export function nanoToUsd(nano: bigint): string {
  const sign = nano < 0n ? "-" : "";
  const abs = nano < 0n ? -nano : nano;
  const whole = abs / NANO_PER_USD;
  const fraction = (abs % NANO_PER_USD).toString().padStart(9, "0").replace(/0+$/, "");
  return fraction ? `${sign}${whole}.${fraction}` : `${sign}${whole}`;
}

export { formatUsd, formatUnitPrice } from "./format";
export { splitLargestRemainder } from "./split";
