/** Energy and carbon of GPUs. Decimals in, decimals out; power usage effectiveness (PUE) is what the building adds. */
import { Decimal } from "@/lib/money";

const MILLIJOULE_PER_KWH = "3600000000";

/** Energy counters count millijoules: 3.6e9 of them are one kWh. */
export function kwhOfMillijoules(millijoules: bigint | string): Decimal {
  return new Decimal(millijoules.toString()).div(MILLIJOULE_PER_KWH);
}

/** Where no counter exists: GPUs × kW each × mean load × hours. */
export function kwhOfPower(input: { gpus: number; kwEach: string; load: string; hours: number }): Decimal {
  return new Decimal(input.gpus).mul(input.kwEach).mul(input.load).mul(input.hours);
}

export interface EnergyCost {
  /** At the meter of the building. */
  facilityKwh: Decimal;
  costUsd: Decimal;
  carbonKg: Decimal;
}

/** `pue`, dollars per kWh and kilograms of CO₂ per kWh as decimal text. */
export function energyCost(itKwh: Decimal, rates: { pue: string; usdPerKwh: string; kgCo2PerKwh: string }): EnergyCost {
  const facilityKwh = itKwh.mul(rates.pue);
  return { facilityKwh, costUsd: facilityKwh.mul(rates.usdPerKwh), carbonKg: facilityKwh.mul(rates.kgCo2PerKwh) };
}
