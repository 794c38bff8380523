/** One look at a period: spend, burn rates, forecast. The same for the evaluator, the preview and a new budget. */
import type { Ctx } from "@/lib/auth/actor";
import { nanoToUsd } from "@/lib/money";
import { nextZoneDay } from "@/lib/time";
import { judgeBurn } from "../burn/burn-rate";
import { forecastSpend, type Band, type DayLeft, type SpendForecast } from "../forecast/forecast-spend";
import type { Span } from "./period";
import { readSpend, shareOfTodayLeft, spendIn, sumNano, type SpendHistory, type SpendPoint } from "./read-spend";
import type { BandView, BudgetReading, ForecastView } from "./schemas";
import type { ScopeFilter } from "./scope";

export interface ReadPeriod {
  spentNano: bigint;
  forecastNano: bigint | null;
  reading: BudgetReading;
  /** For previews: days before the period too. */
  days: readonly SpendPoint[];
}

export async function readPeriod(
  ctx: Ctx,
  { scope, span, limitNano, timeZone }: { scope: readonly ScopeFilter[]; span: Span; limitNano: bigint; timeZone: string },
): Promise<ReadPeriod> {
  const history = await readSpend(ctx, scope, span.from, timeZone);
  return describePeriod(history, { span, limitNano, timeZone, now: ctx.now.getTime() });
}

/** Pure. */
function describePeriod(
  history: SpendHistory,
  { span, limitNano, timeZone, now }: { span: Span; limitNano: bigint; timeZone: string; now: number },
): ReadPeriod {
  const inside = history.days.filter(({ from }) => from >= span.from && from < span.to);
  const spentNano = sumNano(inside);
  const limitUsd = nanoToUsd(limitNano);
  const budget = { amount: limitUsd, periodSec: (span.to - span.from) / 1_000 };
  const burn = judgeBurn((windowSec) => nanoToUsd(spendIn(history, windowSec, now)), budget);
  const forecast = forecastOf(history, spentNano, limitNano, span, timeZone, now);
  return {
    spentNano,
    forecastNano: forecast && BigInt(Math.round(forecast.expectedUsd * 1e9)),
    days: history.days,
    reading: {
      days: inside.map(({ from, nanoUsd }) => ({ from: new Date(from).toISOString(), usd: nanoToUsd(nanoUsd) })),
      burn: burn.map(({ pair, long, short, firing }) => ({
        ...pair,
        long: long && Number(long.toFixed(4)),
        short: short && Number(short.toFixed(4)),
        firing,
      })),
      forecast: forecast && forecastView(forecast),
      watermark: history.watermark,
    },
  };
}

function forecastOf(
  history: SpendHistory,
  spentNano: bigint,
  limitNano: bigint,
  span: Span,
  timeZone: string,
  now: number,
): SpendForecast | null {
  const today = history.days.at(-1);
  if (!today) return null;
  const before = history.days.slice(0, -1);
  const first = before.findIndex(({ known }) => known);
  const past = first === -1 ? [] : before.slice(first);
  return forecastSpend({
    history: past.map(({ nanoUsd }) => Number(nanoUsd) / 1e9),
    spentUsd: Number(spentNano) / 1e9,
    daysLeft: daysLeftOf(span, history, timeZone, now),
    limitUsd: Number(limitNano) / 1e9,
  });
}

function daysLeftOf(span: Span, { hours, days }: SpendHistory, timeZone: string, now: number): DayLeft[] {
  const today = { from: days.at(-1)!.from, to: nextZoneDay(now, timeZone) };
  const left: DayLeft[] = [{ from: now, to: today.to, share: shareOfTodayLeft(hours, now, timeZone, today) }];
  for (let from = today.to; from < span.to;) {
    const to = nextZoneDay(from, timeZone);
    left.push({ from, to, share: 1 });
    from = to;
  }
  return left;
}

/** Estimates leave as dollars with the digits that money has. */
const usd = (dollars: number): string => nanoToUsd(BigInt(Math.round(dollars * 1e9)));
const bandView = ({ low, high }: Band): BandView => ({ low: usd(low), high: usd(high) });
const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

const forecastView = (forecast: SpendForecast): ForecastView => ({
  method: forecast.method,
  mase: forecast.mase === null ? null : Number(forecast.mase.toFixed(3)),
  expectedUsd: usd(forecast.expectedUsd),
  band80: bandView(forecast.band80),
  band95: bandView(forecast.band95),
  overrunProbability: Number(forecast.overrunProbability.toFixed(4)),
  exhaustsAt: iso(forecast.exhaustsAt),
  exhaustsEarliest: iso(forecast.exhaustsEarliest),
  days: forecast.days.map(({ to, expectedUsd, band80, band95 }) => ({
    to: new Date(to).toISOString(),
    expectedUsd: usd(expectedUsd),
    band80: bandView(band80),
    band95: bandView(band95),
  })),
});
