import { startOfZoneDay } from "@/lib/time";

const QUARTER_MS = 15 * 60_000;

/** `startOfZoneDay`, remembered per quarter of an hour: no zone changes its offset off a quarter. */
export function zoneDayFinder(timeZone: string): (at: number) => number {
  const known = new Map<number, number>();
  return (at) => {
    const quarter = Math.floor(at / QUARTER_MS);
    let day = known.get(quarter);
    if (day === undefined) {
      day = startOfZoneDay(quarter * QUARTER_MS, timeZone);
      known.set(quarter, day);
    }
    return day;
  };
}
