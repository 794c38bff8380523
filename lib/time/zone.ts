import { TZDate } from "@date-fns/tz";
import { addDays, startOfDay, startOfMonth, startOfWeek } from "date-fns";

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
