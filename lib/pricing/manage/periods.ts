/** Effective periods [from, to) of prices: do two meet, and what is left of one beside another. Pure. */
import type { Standing } from "./schemas";

export interface Period {
  effectiveFrom: Date | null;
  effectiveTo: Date | null;
}

const start = ({ effectiveFrom }: Period) => effectiveFrom?.getTime() ?? -Infinity;
const end = ({ effectiveTo }: Period) => effectiveTo?.getTime() ?? Infinity;

export const overlaps = (a: Period, b: Period): boolean => start(a) < end(b) && start(b) < end(a);

/** What of `old` is outside `taken`: none, one or two periods. */
export function remainders(old: Period, taken: Period): Period[] {
  if (!overlaps(old, taken)) return [old];
  return [
    ...(start(old) < start(taken) ? [{ effectiveFrom: old.effectiveFrom, effectiveTo: taken.effectiveFrom }] : []),
    ...(end(taken) < end(old) ? [{ effectiveFrom: taken.effectiveTo, effectiveTo: old.effectiveTo }] : []),
  ];
}

export function standingOf(period: Period & { supersededAt: Date | null }, now: Date): Standing {
  if (period.supersededAt) return "superseded";
  if (start(period) > now.getTime()) return "future";
  return end(period) <= now.getTime() ? "past" : "in_force";
}

const day = (at: Date | null): string => (at ? at.toISOString().replace(/T00:00:00\.000Z$/, "") : "");

/** "2026-01-01 to 2026-07-01", "from 2026-01-01 on", "always". */
export function wordPeriod({ effectiveFrom, effectiveTo }: Period): string {
  if (!effectiveFrom && !effectiveTo) return "always";
  if (!effectiveTo) return `from ${day(effectiveFrom)} on`;
  return effectiveFrom ? `${day(effectiveFrom)} to ${day(effectiveTo)}` : `until ${day(effectiveTo)}`;
}
