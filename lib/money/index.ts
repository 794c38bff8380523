/**
 * Money: integer nano-USD (bigint) for amounts, decimal.js for prices and quotients. Never a float.
 * One rounding, half-even, from exact to nano-USD; display rounds half-up.
 */
import { Decimal as BaseDecimal } from "decimal.js";

/** decimal.js at 50 significant digits, half-even. A clone: other code's settings do not reach it. */
export const Decimal = BaseDecimal.clone({ precision: 50, rounding: BaseDecimal.ROUND_HALF_EVEN });
export type Decimal = BaseDecimal;
/** What a Decimal is made from: decimal text, a number, a bigint or a Decimal. */
export type DecimalValue = BaseDecimal.Value;

/** Cost of `quantity` units at `usdPerMillion` dollars per 1M units, in nano-USD, rounded once, half-even. */
export function costOf(quantity: number | bigint, usdPerMillion: Decimal | string): bigint {
  // $1 per 1M units is 1,000 nano-USD a unit.
  const exact = new Decimal(usdPerMillion).mul(1_000).mul(quantity.toString());
  return BigInt(exact.toDecimalPlaces(0, Decimal.ROUND_HALF_EVEN).toFixed(0));
}

export { formatUsd } from "./format";
export { minorToText, roundTogether } from "./round-together";
export type { MinorUnits } from "./round-together";
export { splitLargestRemainder } from "./split";
export { nanoToUsd, toNanoUsd } from "./nano";
