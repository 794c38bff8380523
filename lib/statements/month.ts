/** Months of the workspace zone. Pure. */
import { DAY_MS, startOfZoneMonth } from "@/lib/time";
import type { DataState } from "./schemas";

export interface MonthPeriod {
  from: Date;
  to: Date;
}

/** "2026-11" → from its first midnight in the zone to that of the next month. */
export function periodOfMonth(month: string, timeZone: string): MonthPeriod {
  const [year, number] = month.split("-").map(Number) as [number, number];
  // The 15th is in the month in every zone; so is the 15th of the next one.
  const from = startOfZoneMonth(Date.UTC(year, number - 1, 15), timeZone);
  const to = startOfZoneMonth(Date.UTC(year, number, 15), timeZone);
  return { from: new Date(from), to: new Date(to) };
}

/** The month that holds an instant, as "2026-11". */
export function monthOf(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit" }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)!.value;
  return `${part("year")}-${part("month")}`;
}

/** The day whose rate of exchange a month uses: its last one, or today while it goes on. */
export function rateDayOf({ to }: MonthPeriod, now: Date, timeZone: string): string {
  const at = to.getTime() > now.getTime() ? now : new Date(to.getTime() - DAY_MS / 2);
  return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

export function stateOf(period: MonthPeriod, now: Date, locked: boolean): DataState {
  if (locked) return "final";
  return period.to.getTime() > now.getTime() ? "estimated" : "provisional";
}
