import { DAY_MS, floorToUtcHour } from "@/lib/time";

/** So many days up to now, from a whole hour: where a period begins inside one, its raw requests would have to be read. Pure. */
export const lastDays = (now: Date, days: number): { from: string; to: string } => ({
  from: new Date(floorToUtcHour(now.getTime() - days * DAY_MS)).toISOString(),
  to: now.toISOString(),
});
