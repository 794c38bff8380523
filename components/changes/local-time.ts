/** Between instants and what a `datetime-local` field holds, in the zone of the workspace. Pure. */
import { TZDate } from "@date-fns/tz";

const two = (value: number) => String(value).padStart(2, "0");

/** "2026-11-20T14:05" */
export function localOf(at: number, timeZone: string): string {
  const local = new TZDate(at, timeZone);
  const day = `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`;
  return `${day}T${two(local.getHours())}:${two(local.getMinutes())}`;
}

/** Null: not a time. An hour that the clocks skip becomes the one after it. */
export function instantOf(text: string, timeZone: string): Date | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text);
  if (!parts) return null;
  const [year, month, day, hour, minute] = parts.slice(1).map(Number) as [number, number, number, number, number];
  const local = new TZDate(year, month - 1, day, hour, minute, timeZone);
  return Number.isNaN(local.getTime()) ? null : new Date(local.getTime());
}
