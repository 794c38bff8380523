import { TZDate } from "@date-fns/tz";
import { addDays, addMonths, startOfDay, startOfMonth, startOfQuarter, startOfWeek, startOfYear } from "date-fns";

/** Is this an IANA zone that this Node knows? */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const inZone = (at: number, zone: string) => new TZDate(at, zone);

/** Epoch milliseconds of local midnight of the zone's day that holds `at`; daylight saving included. */
export const startOfZoneDay = (at: number, zone: string): number => startOfDay(inZone(at, zone)).getTime();
/** Weeks start on Monday. */
export const startOfZoneWeek = (at: number, zone: string): number => startOfWeek(inZone(at, zone), { weekStartsOn: 1 }).getTime();
export const startOfZoneMonth = (at: number, zone: string): number => startOfMonth(inZone(at, zone)).getTime();
/** Start of the day after the one that holds `at`: 23, 24 or 25 hours later. */
export const nextZoneDay = (at: number, zone: string): number => startOfDay(addDays(startOfDay(inZone(at, zone)), 1)).getTime();

/** The same local time of day, `days` days away; one that a change of clocks leaves out is as long after the change. */
export const shiftZoneDays = (at: number, days: number, zone: string): number => addDays(inZone(at, zone), days).getTime();

/** Starts of every zone day that begins in [from, to). */
export function zoneDaysBetween(from: number, to: number, zone: string): number[] {
  const days: number[] = [];
  let day = startOfZoneDay(from, zone);
  if (day < from) day = nextZoneDay(day, zone);
  for (; day < to; day = nextZoneDay(day, zone)) days.push(day);
  return days;
}

/** Hour of the zone's week that holds `at`: 0 is Monday from midnight, 167 Sunday from 23:00. */
export function hourOfZoneWeek(at: number, zone: string): number {
  const local = inZone(at, zone);
  return ((local.getDay() + 6) % 7) * 24 + local.getHours();
}

/** Quarters begin on 1 January, April, July and October; years on 1 January. */
export const startOfZoneQuarter = (at: number, zone: string): number => startOfQuarter(inZone(at, zone)).getTime();
export const startOfZoneYear = (at: number, zone: string): number => startOfYear(inZone(at, zone)).getTime();

/** Midnight of a date, "2026-11-15", in the zone. Where clocks skip midnight, the first moment of the day. */
export function startOfZoneDate(date: string, zone: string): number {
  const [year, month, day] = date.split("-").map(Number);
  return startOfDay(new TZDate(year!, month! - 1, day!, 12, zone)).getTime();
}

/** Local midnight so many days after, or months after (the last day of a shorter month), the day that begins at `start`. */
export const addZoneDays = (start: number, days: number, zone: string): number =>
  startOfDay(addDays(inZone(start, zone), days)).getTime();
export const addZoneMonths = (start: number, months: number, zone: string): number =>
  startOfDay(addMonths(inZone(start, zone), months)).getTime();
