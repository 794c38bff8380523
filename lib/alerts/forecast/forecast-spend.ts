/**
 * What a period will have cost at its end: what is spent already plus what the model expects of the days left, with
 * 80 % and 95 % bands, the chance that a limit is reached, and when. Estimates in dollars: statistics, never billed.
 *
 * Coverage of the bands, measured on seeded series (forecast.test.ts; 300 a cell, 3 and 20 days ahead, 5 to 80 days of history):
 * noise, trend, weekly shape, autocorrelated noise, rare shocks: 72–93 % and 89–99 % (from 10 days on wider than that before the
 * weekly model may be used). A level that wanders like a random walk: 59–88 % and 78–97 %; such spend has no forecast worth more.
 */
import { studentCdf, studentQuantile } from "@/lib/stats/student-t";
import { chooseForecast, type Method } from "./choose";

/** A day of the period that is not over. */
export interface DayLeft {
  /** Epoch milliseconds; of today: now. */
  from: number;
  to: number;
  /** Share of the day's spend that is still to come: 1 but for today. */
  share: number;
}

export interface SpendForecastInput {
  /** Whole days before today, oldest first, dollars; a day without spend is 0. */
  history: readonly number[];
  /** Since the period began, dollars. */
  spentUsd: number;
  daysLeft: readonly DayLeft[];
  limitUsd: number;
}

export interface Band {
  low: number;
  high: number;
}

export interface DayAhead {
  to: number;
  /** Spent since the period began. */
  expectedUsd: number;
  band80: Band;
  band95: Band;
}

export interface SpendForecast {
  method: Method;
  mase: number | null;
  expectedUsd: number;
  band80: Band;
  band95: Band;
  /** That the limit is reached within the period, 0 … 1. */
  overrunProbability: number;
  /** When the limit is expected to be reached; null: not within the period, or reached already. */
  exhaustsAt: number | null;
  /** The same by the upper edge of the 80 % band. */
  exhaustsEarliest: number | null;
  days: DayAhead[];
}

/** Null when the history is too short for any model. */
export function forecastSpend({ history, spentUsd, daysLeft, limitUsd }: SpendForecastInput): SpendForecast | null {
  const model = chooseForecast(history);
  if (!model) return null;
  const reach80 = studentQuantile(0.9, model.df);
  const reach95 = studentQuantile(0.975, model.df);
  const weights = daysLeft.map(({ share }) => share);
  let expected = spentUsd;
  const days = daysLeft.map(({ to, share }, day): DayAhead => {
    expected += share * model.expected(day);
    const deviation = model.deviation(weights.slice(0, day + 1));
    // What is spent stays spent.
    const band = (reach: number): Band => ({
      low: Math.max(spentUsd, expected - reach * deviation),
      high: expected + reach * deviation,
    });
    return { to, expectedUsd: expected, band80: band(reach80), band95: band(reach95) };
  });
  const spread = model.deviation(weights);
  const last = days.at(-1);
  const still = { low: spentUsd, high: spentUsd };
  return {
    method: model.method,
    mase: model.mase,
    expectedUsd: expected,
    band80: last?.band80 ?? still,
    band95: last?.band95 ?? still,
    overrunProbability: overrun(spentUsd, expected, spread, limitUsd, model.df),
    exhaustsAt: reachedAt(daysLeft, days, spentUsd, limitUsd, (day) => day.expectedUsd),
    exhaustsEarliest: reachedAt(daysLeft, days, spentUsd, limitUsd, (day) => day.band80.high),
    days,
  };
}

function overrun(spent: number, expected: number, deviation: number, limit: number, df: number): number {
  if (spent >= limit) return 1;
  if (deviation === 0) return expected >= limit ? 1 : 0;
  return 1 - studentCdf((limit - expected) / deviation, df);
}

/** Within a day, evenly. */
function reachedAt(
  left: readonly DayLeft[],
  days: readonly DayAhead[],
  spent: number,
  limit: number,
  read: (day: DayAhead) => number,
): number | null {
  if (spent >= limit) return null;
  let before = spent;
  for (const [index, day] of days.entries()) {
    const after = read(day);
    if (after >= limit) {
      const { from, to } = left[index]!;
      return Math.round(from + ((limit - before) / (after - before)) * (to - from));
    }
    before = Math.max(before, after);
  }
  return null;
}
