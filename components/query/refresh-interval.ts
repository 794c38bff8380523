import { DAY_MS, HOUR_MS } from "@/lib/time";

/**
 * How often a range that ends now is asked again: the shorter, the more a new event shows. A range in the past never
 * changes on its own.
 */
export function refreshIntervalMs(query: { from: string; to: string }, now: number, fastestMs = 5_000): number | false {
  const to = Date.parse(query.to);
  if (to <= now - 60_000) return false;
  const length = to - Date.parse(query.from);
  if (length <= 1.1 * HOUR_MS) return Math.min(2_000, fastestMs);
  if (length <= 1.1 * DAY_MS) return Math.min(5_000, fastestMs);
  return 20_000;
}
