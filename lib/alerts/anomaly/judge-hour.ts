/**
 * Is the number of one hour unlike the same hour of the weeks before? Pure. Used without a rule (find-anomalies) and as
 * the condition "anomaly" of alert rules.
 *
 *   like hours   the same hour of the week in the workspace zone; with fewer than MIN_WEEKS of them, the same hour of
 *                the day on the same kind of day (Monday–Friday, or weekend); with fewer than MIN_LIKE of those: too_few
 *   masked       around a rollout a number is expected to move: such hours are neither judged nor learned from
 *   anomaly      |score| ≥ minScore, and the difference to the median is at least minImpact and minImpactShare of it
 */
import { HOUR_MS, hourOfZoneWeek } from "@/lib/time";
import { madOf, median, modifiedZ } from "./robust-score";

const MIN_WEEKS = 4;
const MIN_LIKE = 6;

export interface HourPoint {
  /** Start of the hour, epoch milliseconds. */
  at: number;
  value: number;
}

/** A stretch of time, half-open. */
export interface Mask {
  from: number;
  to: number;
}

export interface AnomalyLimits {
  /** 3.5 is Iglewicz and Hoaglin's; hours are many, so more is usual here. */
  minScore: number;
  /** In the unit of the series, e.g. dollars. */
  minImpact: number;
  /** Of the median: 0.5 is half more or half less. */
  minImpactShare: number;
  /** The MAD is taken as at least this share of the median, and at least `madFloor`. */
  madFloorShare: number;
  madFloor: number;
}

export const ANOMALY_LIMITS: AnomalyLimits = { minScore: 6, minImpact: 1, minImpactShare: 0.5, madFloorShare: 0.1, madFloor: 0 };

export interface HourJudgement {
  verdict: "normal" | "anomaly" | "masked" | "too_few";
  /** What the hour is held against; null when too few are known. */
  median: number | null;
  mad: number | null;
  score: number | null;
  /** value − median. */
  impact: number | null;
  /** impact ÷ median; null on a median of 0. */
  impactShare: number | null;
}

const UNKNOWN = { median: null, mad: null, score: null, impact: null, impactShare: null };

export const isMasked = (at: number, masks: readonly Mask[]): boolean =>
  masks.some(({ from, to }) => at < to && at + HOUR_MS > from);

/** `history` may hold the hour itself and later ones: only earlier ones count. */
export function judgeHour(
  point: HourPoint,
  history: readonly HourPoint[],
  zone: string,
  limits: AnomalyLimits = ANOMALY_LIMITS,
  masks: readonly Mask[] = [],
): HourJudgement {
  if (isMasked(point.at, masks)) return { verdict: "masked", ...UNKNOWN };
  const like = likeHours(point.at, history, zone, masks);
  return like === null ? { verdict: "too_few", ...UNKNOWN } : judgeAgainst(point.value, like, limits);
}

/** The values an hour is held against, or null when too few are known. */
export function likeHours(at: number, history: readonly HourPoint[], zone: string, masks: readonly Mask[] = []): number[] | null {
  const seen = new LikeHours();
  for (const past of history) {
    if (past.at < at && !isMasked(past.at, masks)) seen.learn(hourOfZoneWeek(past.at, zone), past.value);
  }
  return seen.of(hourOfZoneWeek(at, zone));
}

/** What was learned so far, by hour of the week: judging a month hour by hour walks it once. */
export class LikeHours {
  private readonly byHour = new Map<number, number[]>();
  private readonly byKind = new Map<string, number[]>();

  learn(hourOfWeek: number, value: number): void {
    pushTo(this.byHour, hourOfWeek, value);
    pushTo(this.byKind, kindOf(hourOfWeek), value);
  }

  of(hourOfWeek: number): number[] | null {
    const sameHour = this.byHour.get(hourOfWeek) ?? [];
    if (sameHour.length >= MIN_WEEKS) return sameHour;
    const sameKind = this.byKind.get(kindOf(hourOfWeek)) ?? [];
    return sameKind.length >= MIN_LIKE ? sameKind : null;
  }
}

function pushTo<K>(lists: Map<K, number[]>, key: K, value: number): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

const kindOf = (hourOfWeek: number): string => `${hourOfWeek % 24} ${isWeekend(hourOfWeek)}`;

const isWeekend = (hourOfWeek: number): boolean => hourOfWeek >= 120;

export function judgeAgainst(value: number, like: readonly number[], limits: AnomalyLimits): HourJudgement {
  const center = median(like);
  const mad = madOf(like, center);
  const score = modifiedZ(value, center, mad, Math.max(limits.madFloor, limits.madFloorShare * Math.abs(center)));
  const impact = value - center;
  const size = Math.abs(impact);
  const anomaly =
    Math.abs(score) >= limits.minScore && size >= limits.minImpact && size >= limits.minImpactShare * Math.abs(center);
  return {
    verdict: anomaly ? "anomaly" : "normal",
    median: center,
    mad,
    score,
    impact,
    impactShare: center === 0 ? null : impact / Math.abs(center),
  };
}
