/** Which instants a range preset means, and which buckets suit it. Pure: now and the zone are values. */
import { DAY_MS, HOUR_MS, MINUTE_MS, startOfZoneDay, startOfZoneMonth } from "@/lib/time";

export const RANGE_PRESETS = ["1h", "6h", "24h", "7d", "30d", "mtd", "absolute"] as const;
export type RangePreset = (typeof RANGE_PRESETS)[number];

export const RANGE_LABELS: Record<RangePreset, string> = {
  "1h": "Last hour",
  "6h": "Last 6 hours",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  mtd: "Month to date",
  absolute: "Custom range",
};

export interface TimeRange {
  from: string;
  to: string;
  /** The range ends now: new usage can still change it. */
  live: boolean;
}

export type ChartGrain = "minute" | "hour" | "day" | "week" | "month";

const LENGTH_MS = {
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "24h": DAY_MS,
};

const iso = (at: number) => new Date(at).toISOString();

/**
 * The end is the end of the running minute, so that the newest event is always inside and the query stays the same for
 * a minute. The start is the start of a chart bucket, so that the first bucket is whole: 7 and 30 days are calendar days
 * of the workspace zone, today included.
 */
export function resolveRange(
  preset: RangePreset,
  absolute: { from: string | null; to: string | null },
  now: number,
  timeZone: string,
): TimeRange {
  const end = Math.floor(now / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  if (preset === "absolute" && absolute.from && absolute.to && Date.parse(absolute.from) < Date.parse(absolute.to)) {
    return { from: iso(Date.parse(absolute.from)), to: iso(Date.parse(absolute.to)), live: Date.parse(absolute.to) > now };
  }
  if (preset === "mtd") return { from: iso(startOfZoneMonth(now, timeZone)), to: iso(end), live: true };
  if (preset === "7d") return { from: iso(daysBack(now, 7, timeZone)), to: iso(end), live: true };
  if (preset === "30d") return { from: iso(daysBack(now, 30, timeZone)), to: iso(end), live: true };
  const start = end - LENGTH_MS[preset === "absolute" ? "24h" : preset];
  const from = preset === "1h" || preset === "6h" ? start : Math.floor(start / HOUR_MS) * HOUR_MS;
  return { from: iso(from), to: iso(end), live: true };
}

/** Local midnight that begins a run of `days` calendar days, today included. Half a day of slack absorbs daylight saving. */
function daysBack(now: number, days: number, timeZone: string): number {
  return startOfZoneDay(startOfZoneDay(now, timeZone) - (days - 1) * DAY_MS + DAY_MS / 2, timeZone);
}

/** Buckets so that a chart has about 20 to 300 points. */
export function chartGrain(range: { from: string; to: string }): ChartGrain {
  const length = Date.parse(range.to) - Date.parse(range.from);
  if (length <= 6.1 * HOUR_MS) return "minute";
  if (length <= 8 * DAY_MS) return "hour";
  if (length <= 200 * DAY_MS) return "day";
  if (length <= 900 * DAY_MS) return "week";
  return "month";
}
