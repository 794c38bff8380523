/**
 * How fast a budget is used up: burn rate = spend ÷ (budget · window ÷ period). 1 uses it up exactly at the end of its
 * period, 14.4 in a fourteenth of it. Pure; amounts are decimals in any one unit (dollars, errors, tokens).
 *
 * Two windows an alarm: the long one says that it matters, the short one that it still goes on. Both must reach the
 * factor (AND); one pair that does is enough (OR).
 */
import { Decimal, type DecimalValue } from "@/lib/money";
import { reaches } from "../reaches";

const MINUTE_SEC = 60;
const HOUR_SEC = 3_600;

export interface BurnPair {
  factor: string;
  longSec: number;
  shortSec: number;
}

/** On $30,000 per 30 days they begin at $600 in 1 h, $1,500 in 6 h, $3,000 in 3 d. */
export const BURN_PAIRS: readonly BurnPair[] = [
  { factor: "14.4", longSec: HOUR_SEC, shortSec: 5 * MINUTE_SEC },
  { factor: "6", longSec: 6 * HOUR_SEC, shortSec: 30 * MINUTE_SEC },
  { factor: "1", longSec: 72 * HOUR_SEC, shortSec: 6 * HOUR_SEC },
];

export interface BurnBudget {
  amount: DecimalValue;
  periodSec: number;
}

/** Null for a budget of nothing: every spend would burn it infinitely fast. */
export function burnRate(spend: DecimalValue, windowSec: number, budget: BurnBudget): Decimal | null {
  const even = new Decimal(budget.amount).mul(windowSec);
  return even.lte(0) ? null : new Decimal(spend).mul(budget.periodSec).div(even);
}

/** The spend in a window from which on its burn rate reaches `factor`. */
export function burnThreshold(factor: DecimalValue, windowSec: number, budget: BurnBudget): Decimal {
  return new Decimal(factor).mul(budget.amount).mul(windowSec).div(budget.periodSec);
}

export interface BurnReading {
  pair: BurnPair;
  /** Null: nothing is known of that window, which is never an alarm. */
  long: Decimal | null;
  short: Decimal | null;
  firing: boolean;
}

/**
 * Every pair judged, most urgent first. `spendIn` answers the spend of the newest `windowSec` seconds, null when unknown.
 */
export function judgeBurn(
  spendIn: (windowSec: number) => DecimalValue | null,
  budget: BurnBudget,
  pairs: readonly BurnPair[] = BURN_PAIRS,
): BurnReading[] {
  const rate = (windowSec: number) => {
    const spend = spendIn(windowSec);
    return spend === null ? null : burnRate(spend, windowSec, budget);
  };
  return pairs.map((pair) => {
    const [long, short] = [rate(pair.longSec), rate(pair.shortSec)];
    const firing = long !== null && short !== null && reaches(long, pair.factor) && reaches(short, pair.factor);
    return { pair, long, short, firing };
  });
}

/** The most urgent pair that fires, if any. */
export const firingPair = (readings: readonly BurnReading[]): BurnReading | null => readings.find(({ firing }) => firing) ?? null;
