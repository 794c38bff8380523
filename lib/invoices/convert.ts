import { Decimal, toNanoUsd } from "@/lib/money";

/** An amount in a currency as nano-USD, rounded once, half-even. `rate`: units of the currency for a dollar. */
export const toUsdNano = (amount: string, rate: string): bigint =>
  toNanoUsd(new Decimal(amount).div(rate).toDecimalPlaces(18).toFixed());
