/**
 * The period of a budget that holds an instant. Pure. Everything is built in the workspace zone, so a day may have 23, 24
 * or 25 hours, and a period begins at local midnight whatever the clocks do inside it. Half-open.
 */
import {
  addZoneDays,
  addZoneMonths,
  DAY_MS,
  nextZoneDay,
  startOfZoneDate,
  startOfZoneDay,
  startOfZoneMonth,
  startOfZoneQuarter,
  startOfZoneWeek,
  startOfZoneYear,
} from "@/lib/time";

export const CALENDAR_UNITS = ["day", "week", "month", "quarter", "year"] as const;
export type CalendarUnit = (typeof CALENDAR_UNITS)[number];

/** Calendar: as people count. Anchored: every so many days or months from a date on, e.g. a contract's month from the 15th. */
export type BudgetPeriod =
  | { kind: "calendar"; unit: CalendarUnit }
  | { kind: "anchored"; start: string; every: number; unit: "day" | "month" };

export interface Span {
  from: number;
  to: number;
}

/** Null before the anchor: the first period has not begun. */
export function periodAt(period: BudgetPeriod, at: number, zone: string): Span | null {
  return period.kind === "calendar" ? calendarSpan(period.unit, at, zone) : anchoredSpan(period, at, zone);
}

/** The one before, or null. */
export function periodBefore(period: BudgetPeriod, span: Span, zone: string): Span | null {
  return periodAt(period, span.from - 1, zone);
}

const STARTS: Record<CalendarUnit, (at: number, zone: string) => number> = {
  day: startOfZoneDay,
  week: startOfZoneWeek,
  month: startOfZoneMonth,
  quarter: startOfZoneQuarter,
  year: startOfZoneYear,
};

function calendarSpan(unit: CalendarUnit, at: number, zone: string): Span {
  const from = STARTS[unit](at, zone);
  switch (unit) {
    case "day":
      return { from, to: nextZoneDay(from, zone) };
    case "week":
      return { from, to: addZoneDays(from, 7, zone) };
    case "month":
      return { from, to: addZoneMonths(from, 1, zone) };
    case "quarter":
      return { from, to: addZoneMonths(from, 3, zone) };
    case "year":
      return { from, to: addZoneMonths(from, 12, zone) };
  }
}

function anchoredSpan(
  { start, every, unit }: Extract<BudgetPeriod, { kind: "anchored" }>,
  at: number,
  zone: string,
): Span | null {
  const anchor = startOfZoneDate(start, zone);
  if (at < anchor) return null;
  // Always counted from the anchor: from the 31st on, February ends on its last day and March again on the 31st.
  const begins = (n: number) => (unit === "day" ? addZoneDays(anchor, n * every, zone) : addZoneMonths(anchor, n * every, zone));
  const length = every * (unit === "day" ? DAY_MS : 30.44 * DAY_MS);
  let n = Math.max(0, Math.floor((at - anchor) / length) - 1);
  while (begins(n + 1) <= at) n += 1;
  return { from: begins(n), to: begins(n + 1) };
}
