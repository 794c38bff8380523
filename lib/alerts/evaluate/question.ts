/**
 * What a rule has to know at one instant, and what it sees in the answer. Pure; the live evaluator and the backtest ask and
 * read in exactly this way.
 *
 *   threshold   the window that ends now
 *   change      that, and the one before it or at the same local time a week ago
 *   burn rate   the five windows of lib/alerts/burn
 *   anomaly     the last hour, and the same local hour of each of the 42 days before
 */
import { Decimal } from "@/lib/money";
import type { Window } from "@/lib/metrics";
import { comparePeriod } from "@/lib/metrics/periods";
import type { MetricValue } from "@/lib/metrics/schemas";
import { DAY_MS, HOUR_MS, shiftZoneDays } from "@/lib/time";
import { ANOMALY_LIMITS, judgeHour, type Mask } from "../anomaly/judge-hour";
import { BURN_PAIRS, judgeBurn, type BurnPair } from "../burn/burn-rate";
import type { Observation } from "../rules/compare";
import { needsHours, type AlertRule, type Condition } from "../rules/schemas";

/** Of the metric, and of what it is divided by: one value per window. */
export interface Answer {
  values: readonly MetricValue[];
  per: readonly MetricValue[] | null;
}

export interface Surroundings {
  zone: string;
  /** When an anomaly is neither judged nor learned from: rollouts. */
  masks: readonly Mask[];
  /** Where minutes are no longer kept, windows are rounded up to whole hours. */
  wholeHours?: boolean;
}

const HISTORY_DAYS = 42;
/** Digits that a number made of inexact sums is trusted for; money stays exact. */
const TRUSTED_DIGITS = 12;

const HOUR_SEC = HOUR_MS / 1_000;
const upToHours = (sec: number, { wholeHours = false }: Surroundings) =>
  wholeHours ? Math.ceil(sec / HOUR_SEC) * HOUR_SEC : sec;
const pairsOf = (around: Surroundings): BurnPair[] =>
  BURN_PAIRS.map((pair) => ({
    ...pair,
    longSec: upToHours(pair.longSec, around),
    shortSec: upToHours(pair.shortSec, around),
  }));
const burnWindowsSec = (around: Surroundings): number[] => [
  ...new Set(pairsOf(around).flatMap(({ longSec, shortSec }) => [longSec, shortSec])),
];

export function windowsAt(rule: Pick<AlertRule, "condition" | "windowSec">, at: number, around: Surroundings): Window[] {
  const { zone } = around;
  const last = (sec: number): Window => ({ from: at - sec * 1_000, to: at });
  const { condition } = rule;
  const windowSec = upToHours(rule.windowSec, around);
  switch (condition.type) {
    case "threshold":
    case "no_data":
      return [last(windowSec)];
    case "change":
      return [last(windowSec), comparePeriod(at - windowSec * 1_000, at, condition.against, zone)];
    case "burn_rate":
      return burnWindowsSec(around).map(last);
    case "anomaly": {
      const hour = at - HOUR_MS;
      return Array.from({ length: HISTORY_DAYS + 1 }, (_, day) => {
        const from = day === 0 ? hour : shiftZoneDays(hour, -day, zone);
        return { from, to: from + HOUR_MS };
      });
    }
  }
}

/** How far back the windows of one instant reach: minutes are kept for a week. */
export function reachMs(rule: Pick<AlertRule, "condition" | "windowSec">): number {
  switch (rule.condition.type) {
    case "threshold":
    case "no_data":
      return rule.windowSec * 1_000;
    case "change":
      return rule.condition.against === "previous" ? 2 * rule.windowSec * 1_000 : rule.windowSec * 1_000 + 8 * DAY_MS;
    case "burn_rate":
      return Math.max(...BURN_PAIRS.map(({ longSec }) => longSec)) * 1_000;
    case "anomaly":
      return (HISTORY_DAYS + 1) * DAY_MS;
  }
}

/** Can it be evaluated where only hours are kept, without changing what it says? */
export const isWholeHours = (rule: Pick<AlertRule, "condition" | "windowSec" | "everySec">): boolean =>
  needsHours(rule.condition) ||
  (rule.condition.type !== "burn_rate" && rule.windowSec % 3_600 === 0 && rule.everySec % 3_600 === 0);

export function observationOf(rule: AlertRule, at: number, answer: Answer, around: Surroundings): Observation {
  const seen = answer.values.map((value, index) => numberOf(value, answer.per?.[index] ?? null));
  const { condition } = rule;
  const current = seen[0] ?? null;
  if (current === null) return { kind: "no_data" };
  if (condition.type === "no_data") return { kind: "value", value: "0" };
  const volumes = answer.values.map((value, index) => volumeOf(value, answer.per?.[index] ?? null));
  const tooFew = (index: number) => volumes[index] != null && new Decimal(volumes[index]).lt(rule.minVolume);
  if (tooFew(0)) return { kind: "unknown", why: `Fewer than ${rule.minVolume} to judge by` };
  switch (condition.type) {
    case "threshold":
      return { kind: "value", value: current.toFixed() };
    case "change":
      if (tooFew(1)) return { kind: "unknown", why: `Fewer than ${rule.minVolume} to compare with` };
      return changeOf(current, seen[1] ?? null);
    case "burn_rate":
      return burnOf(condition, seen, around);
    case "anomaly":
      return anomalyOf(condition, rule, at, seen, around);
  }
}

function numberOf(value: MetricValue, per: MetricValue | null): Decimal | null {
  if (value.value === null) return null;
  const exact = new Decimal(value.value);
  if (per === null) return exact;
  if (per.value === null || new Decimal(per.value).isZero()) return null;
  return exact.div(per.value).toSignificantDigits(TRUSTED_DIGITS);
}

/** How much stands behind a number: what it was divided by, or the observations of a percentile. */
const volumeOf = (value: MetricValue, per: MetricValue | null): string | null =>
  per?.value ?? value.denominator ?? value.count ?? null;

function changeOf(current: Decimal, before: Decimal | null): Observation {
  if (before === null) return { kind: "unknown", why: "Nothing to compare with" };
  if (before.isZero()) return current.isZero() ? { kind: "value", value: "0" } : { kind: "unknown", why: "It was zero before" };
  const percent = current.sub(before).div(before.abs()).mul(100);
  return { kind: "value", value: percent.toSignificantDigits(TRUSTED_DIGITS).toFixed() };
}

/** The share of the alarm that the nearest pair has reached: both windows of a pair count, and one pair is enough. */
function burnOf(
  condition: Extract<Condition, { type: "burn_rate" }>,
  seen: readonly (Decimal | null)[],
  around: Surroundings,
): Observation {
  const windows = burnWindowsSec(around);
  const budget = { amount: condition.budget, periodSec: (condition.periodDays * DAY_MS) / 1_000 };
  const readings = judgeBurn((windowSec) => seen[windows.indexOf(windowSec)] ?? null, budget, pairsOf(around));
  const shares = readings.flatMap(({ pair, long, short }) =>
    long === null || short === null ? [] : [Decimal.min(long, short).div(pair.factor)],
  );
  return shares.length === 0 ? { kind: "no_data" } : { kind: "value", value: Decimal.max(...shares).toFixed() };
}

function anomalyOf(
  condition: Extract<Condition, { type: "anomaly" }>,
  { windowSec }: AlertRule,
  at: number,
  seen: readonly (Decimal | null)[],
  around: Surroundings,
): Observation {
  const { zone, masks } = around;
  const windows = windowsAt({ condition, windowSec }, at, around);
  const history = windows.flatMap(({ from }, index) => {
    const value = seen[index];
    return index === 0 || value == null ? [] : [{ at: from, value: value.toNumber() }];
  });
  const limits = {
    ...ANOMALY_LIMITS,
    minImpact: Number(condition.minImpact),
    minImpactShare: Number(condition.minImpactPercent) / 100,
  };
  const judged = judgeHour({ at: windows[0]!.from, value: seen[0]!.toNumber() }, history, zone, limits, masks);
  if (judged.verdict === "masked") return { kind: "unknown", why: "A rollout was under way" };
  if (judged.score === null) return { kind: "unknown", why: "Too few weeks to compare with" };
  const matters =
    Math.abs(judged.impact!) >= limits.minImpact && Math.abs(judged.impact!) >= limits.minImpactShare * Math.abs(judged.median!);
  if (!matters) return { kind: "value", value: "0" };
  const score = Math.max(-1e6, Math.min(1e6, condition.direction === "both" ? Math.abs(judged.score) : judged.score));
  return { kind: "value", value: new Decimal(score).toSignificantDigits(TRUSTED_DIGITS).toFixed() };
}
