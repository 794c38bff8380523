/**
 * Is it quiet time? Asked of the clock on the wall of the zone: 22:00 to 07:00 is that, however long the night is, and a
 * window that a change of clocks leaves out does not happen.
 */
import { TZDate } from "@date-fns/tz";
import type { MuteSchedule } from "./schemas";

const MINUTES_A_DAY = 1_440;

export function isMuted({ timeZone, windows, dates }: MuteSchedule, now: Date): boolean {
  const wall = new TZDate(now.getTime(), timeZone);
  const pad = (n: number) => String(n).padStart(2, "0");
  if (dates.includes(`${wall.getFullYear()}-${pad(wall.getMonth() + 1)}-${pad(wall.getDate())}`)) return true;
  const today = wall.getDay() === 0 ? 7 : wall.getDay();
  const yesterday = today === 1 ? 7 : today - 1;
  const minute = wall.getHours() * 60 + wall.getMinutes();
  return windows.some(({ days, from, to }) => {
    const [begin, end] = [minutesOf(from), minutesOf(to)];
    if (begin < end) return days.includes(today) && minute >= begin && minute < end;
    // Over midnight: it is of the day it begins on.
    return (days.includes(today) && minute >= begin && minute < MINUTES_A_DAY) || (days.includes(yesterday) && minute < end);
  });
}

function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(":").map(Number);
  return hours! * 60 + minutes!;
}
