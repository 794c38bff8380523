/** Nano-USD and dollars as text, in integers alone: pages use this without shipping a decimal library. */

const NANO_PER_USD = 1_000_000_000n;

const DECIMAL_TEXT = /^([+-]?)(\d+)(?:\.(\d*))?$/;

/**
 * Dollars as decimal text ("12.345", no exponent) to nano-USD, rounded once, half-even.
 * Throws RangeError for anything else: money is never guessed.
 */
export function toNanoUsd(usd: string): bigint {
  const found = DECIMAL_TEXT.exec(usd);
  if (!found) throw new RangeError(`"${usd}" is not a decimal amount.`);
  const fraction = found[3] ?? "";
  const nano = BigInt(found[2]!) * NANO_PER_USD + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  const rest = fraction.slice(9).replace(/0+$/, "");
  const up = rest > "5" || (rest === "5" && nano % 2n === 1n);
  const rounded = up ? nano + 1n : nano;
  return found[1] === "-" ? -rounded : rounded;
}

/** Nano-USD as exact decimal dollars text, e.g. 2665000000000n → "2665". */
export function nanoToUsd(nano: bigint): string {
  const sign = nano < 0n ? "-" : "";
  const abs = nano < 0n ? -nano : nano;
  const whole = abs / NANO_PER_USD;
  const fraction = (abs % NANO_PER_USD).toString().padStart(9, "0").replace(/0+$/, "");
  return fraction ? `${sign}${whole}.${fraction}` : `${sign}${whole}`;
}
