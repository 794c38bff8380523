/** The arithmetic of the published formulas: doubles, their month bases, their roundings. Never used for money of ours. */
import { Decimal } from "@/lib/money";

/** Hours of the month that the articles take for rates (30 days) … */
const PUBLISHED_RATE_HOURS = 30 * 24;
/** … and, in the same formulas, for cost. */
const PUBLISHED_COST_HOURS = 730;

/** Half-up on the digits that the double prints: 0.002665 to five digits is 0.00267, as published. */
export const roundTo = (value: number, digits: number): number =>
  Number.isFinite(value) ? new Decimal(value).toDecimalPlaces(digits, Decimal.ROUND_HALF_UP).toNumber() : value;

/** Machines that serve a monthly volume: `rps = volume / (30·24·3600)`, `max(1, ceil(rps / qps))`. */
export const machinesForMonth = (volume: number, qps: number): number =>
  Math.max(1, Math.ceil(volume / (PUBLISHED_RATE_HOURS * 3600) / qps));

/** Dollars a month of so many machines, before rounding. */
export const monthlyUsd = (machines: number, hourlyUsd: number): number => machines * hourlyUsd * PUBLISHED_COST_HOURS;
