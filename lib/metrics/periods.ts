/** Buckets and comparison periods: which stretches of time an answer is about. Pure; instants are epoch milliseconds. */
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  nextZoneDay,
  shiftZoneDays,
  startOfZoneDay,
  startOfZoneMonth,
  startOfZoneWeek,
} from "@/lib/time";
import type { Grain } from "./schemas";

export interface Bucket {
  /** Start of the whole bucket: what the answer names it by. */
  start: number;
  end: number;
  /** The part of it inside the period. */
  from: number;
  to: number;
}

/** Start of the bucket that holds `at`; minutes and hours are UTC's, days, weeks and months the zone's. */
function startOf(at: number, grain: Exclude<Grain, "total">, zone: string): number {
  switch (grain) {
    case "minute":
      return Math.floor(at / MINUTE_MS) * MINUTE_MS;
    case "hour":
      return Math.floor(at / HOUR_MS) * HOUR_MS;
    case "day":
      return startOfZoneDay(at, zone);
    case "week":
      return startOfZoneWeek(at, zone);
    case "month":
      return startOfZoneMonth(at, zone);
  }
}

function nextOf(start: number, grain: Exclude<Grain, "total">, zone: string): number {
  switch (grain) {
    case "minute":
      return start + MINUTE_MS;
    case "hour":
      return start + HOUR_MS;
    case "day":
      return nextZoneDay(start, zone);
    // Midday of a later day, so that a change of clocks cannot fall short of it; then back to where its bucket begins.
    case "week":
      return startOfZoneWeek(start + 7.5 * DAY_MS, zone);
    case "month":
      return startOfZoneMonth(start + 32 * DAY_MS, zone);
  }
}

/** The buckets of [from, to), or undefined when there are more than `max`. `total` is one bucket. */
export function bucketsOf(from: number, to: number, grain: Grain, zone: string, max: number): Bucket[] | undefined {
  if (grain === "total") return [{ start: from, end: to, from, to }];
  const buckets: Bucket[] = [];
  for (let start = startOf(from, grain, zone); start < to;) {
    if (buckets.length === max) return undefined;
    const end = nextOf(start, grain, zone);
    buckets.push({ start, end, from: Math.max(start, from), to: Math.min(end, to) });
    start = end;
  }
  return buckets;
}

const isDayStart = (at: number, zone: string) => startOfZoneDay(at, zone) === at;
const isMonthStart = (at: number, zone: string) => startOfZoneMonth(at, zone) === at;

/** `at`, a start of day, moved by whole days of the zone. */
function addZoneDays(at: number, days: number, zone: string): number {
  return startOfZoneDay(at + days * DAY_MS + DAY_MS / 2, zone);
}

/**
 * The period that [from, to) is compared with. `previous` is as long and ends where this one begins: whole months
 * before whole months, whole days before whole days, else the same number of milliseconds. `last_week` is the same
 * local time seven days earlier; less than a day stays as long as it is, where clocks were set in between.
 */
export function comparePeriod(
  from: number,
  to: number,
  compare: "previous" | "last_week",
  zone: string,
): { from: number; to: number } {
  if (compare === "last_week") {
    const start = shiftZoneDays(from, -7, zone);
    return { from: start, to: to - from < DAY_MS ? start + (to - from) : shiftZoneDays(to, -7, zone) };
  }
  if (isMonthStart(from, zone) && isMonthStart(to, zone)) {
    let start = from;
    for (let at = from; at < to; at = nextOf(at, "month", zone)) start = startOfZoneMonth(start - DAY_MS, zone);
    return { from: start, to: from };
  }
  if (isDayStart(from, zone) && isDayStart(to, zone)) {
    return { from: addZoneDays(from, -Math.round((to - from) / DAY_MS), zone), to: from };
  }
  return { from: from - (to - from), to: from };
}
