/** What was spent in the scope of a budget, from the metric engine: by day, by hour and by minute. */
import type { Ctx } from "@/lib/auth/actor";
import { toNanoUsd } from "@/lib/money";
import { runQuery } from "@/lib/metrics";
import type { MetricCell, MetricResult } from "@/lib/metrics/schemas";
import { DAY_MS, floorToUtcHour, HOUR_MS, hourOfZoneWeek, MINUTE_MS, startOfZoneDay } from "@/lib/time";
import { MAX_DAYS } from "../forecast/choose";
import type { ScopeFilter } from "./scope";

const PROFILE_DAYS = 14;
const MINUTES_MS = 6 * HOUR_MS;

export interface SpendPoint {
  from: number;
  nanoUsd: bigint;
  /** False: nothing was received in it. */
  known: boolean;
}

export interface SpendHistory {
  /** Oldest first; the last one is today. */
  days: SpendPoint[];
  /** The last two weeks. */
  hours: SpendPoint[];
  /** The last six hours. */
  minutes: SpendPoint[];
  watermark: string | null;
}

/** Everything that an evaluation needs, in three queries. */
export async function readSpend(ctx: Ctx, scope: readonly ScopeFilter[], from: number, timeZone: string): Promise<SpendHistory> {
  const now = ctx.now.getTime();
  const [days, hours, minutes] = await Promise.all([
    readDays(ctx, scope, from, timeZone),
    spendBy(ctx, scope, "hour", floorToUtcHour(now) - PROFILE_DAYS * DAY_MS),
    spendBy(ctx, scope, "minute", Math.floor(now / MINUTE_MS) * MINUTE_MS - MINUTES_MS),
  ]);
  return { ...days, hours: pointsOf(hours), minutes: pointsOf(minutes) };
}

/** By day of the zone, from `from` or as far back as forecasts look. */
async function readDays(
  ctx: Ctx,
  scope: readonly ScopeFilter[],
  from: number,
  timeZone: string,
): Promise<Pick<SpendHistory, "days" | "watermark">> {
  const oldest = startOfZoneDay(ctx.now.getTime() - MAX_DAYS * DAY_MS, timeZone);
  const result = await spendBy(ctx, scope, "day", Math.min(from, oldest));
  return { days: pointsOf(result), watermark: result.completeness.watermark };
}

async function spendBy(
  ctx: Ctx,
  scope: readonly ScopeFilter[],
  grain: "day" | "hour" | "minute",
  from: number,
): Promise<MetricResult> {
  return runQuery(ctx, {
    metrics: ["cost_usd"],
    filters: scope.map(({ dimension, in: values }) => ({ dimension, in: [...values] })),
    from: new Date(from).toISOString(),
    to: ctx.now.toISOString(),
    grain,
  });
}

const pointsOf = (result: MetricResult): SpendPoint[] =>
  result.rows.map((row) => {
    const { value } = row["cost_usd"] as MetricCell;
    return { from: Date.parse(row.bucket!), nanoUsd: value === null ? 0n : toNanoUsd(value), known: value !== null };
  });

export const sumNano = (points: readonly SpendPoint[]): bigint => points.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n);

/** Spend of the newest `windowSec`: minutes where they reach, else hours. */
export function spendIn({ minutes, hours }: SpendHistory, windowSec: number, now: number): bigint {
  const from = now - windowSec * 1_000;
  const points = windowSec * 1_000 <= MINUTES_MS ? minutes : hours;
  return sumNano(points.filter((point) => point.from >= from - (points === hours ? HOUR_MS - 1 : MINUTE_MS - 1)));
}

/**
 * Share of a usual day's spend that comes after `now`, by the hours of the last two weeks; evenly where there was nothing.
 * A day of an office is over at six in the evening, whatever the clock still says.
 */
export function shareOfTodayLeft(
  hours: readonly SpendPoint[],
  now: number,
  timeZone: string,
  today: { from: number; to: number },
): number {
  const byHour = Array.from({ length: 24 }, () => 0);
  for (const { from, nanoUsd } of hours) {
    if (from < today.from) byHour[hourOfZoneWeek(from, timeZone) % 24]! += Number(nanoUsd);
  }
  const total = byHour.reduce((sum, value) => sum + value, 0);
  if (total <= 0) return Math.max(0, (today.to - now) / (today.to - today.from));
  const hour = hourOfZoneWeek(now, timeZone) % 24;
  const later = byHour.slice(hour + 1).reduce((sum, value) => sum + value, 0);
  return (later + byHour[hour]! * (1 - (now % HOUR_MS) / HOUR_MS)) / total;
}
