/** Instants for people, always in the workspace zone. */
const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${timeZone}|${JSON.stringify(options)}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { timeZone, hourCycle: "h23", ...options });
    cache.set(key, found);
  }
  return found;
}

export type Grain = "total" | "minute" | "hour" | "day" | "week" | "month";

/** On an axis: short. "14:32", "Mon 20 14:00", "20 Nov", "Nov 2026". */
export function formatBucketTick(iso: string | number, grain: Grain, timeZone: string): string {
  const at = new Date(iso);
  if (grain === "minute") return formatter(timeZone, { hour: "2-digit", minute: "2-digit" }).format(at);
  if (grain === "hour") {
    const time = formatter(timeZone, { hour: "2-digit", minute: "2-digit" }).format(at);
    return time === "00:00" ? formatter(timeZone, { day: "numeric", month: "short" }).format(at) : time;
  }
  if (grain === "month") return formatter(timeZone, { month: "short", year: "numeric" }).format(at);
  return formatter(timeZone, { day: "numeric", month: "short" }).format(at);
}

/** Of hours over more than two days the midnights: hours without their day say little there. Undefined: any will do. */
export function dayTicks(hours: readonly number[], timeZone: string): number[] | undefined {
  if (hours.length <= 48) return undefined;
  const clock = formatter(timeZone, { hour: "2-digit", minute: "2-digit" });
  const midnights = hours.filter((at) => clock.format(at) === "00:00");
  // A zone half an hour off has none.
  return midnights.length > 1 ? midnights : undefined;
}

/** In tooltips and tables: complete. "Fri 20 Nov 2026, 14:00". */
export function formatBucket(iso: string | number, grain: Grain, timeZone: string): string {
  const at = new Date(iso);
  const day = { weekday: "short", day: "numeric", month: "short", year: "numeric" } as const;
  if (grain === "minute" || grain === "hour") {
    return formatter(timeZone, { ...day, hour: "2-digit", minute: "2-digit" }).format(at);
  }
  if (grain === "month") return formatter(timeZone, { month: "long", year: "numeric" }).format(at);
  return `${grain === "week" ? "Week of " : ""}${formatter(timeZone, day).format(at)}`;
}

/** "20 Nov 2026, 14:32:05" */
export function formatInstant(iso: string | number | Date, timeZone: string, { seconds = false } = {}): string {
  return formatter(timeZone, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
  }).format(new Date(iso));
}

/** "14:32" */
export function formatClock(iso: string | number | Date, timeZone: string): string {
  return formatter(timeZone, { hour: "2-digit", minute: "2-digit" }).format(new Date(iso));
}

/** "just now", "12 s ago", "5 min ago", "3 h ago", "2 days ago" */
export function formatAge(ageMs: number): string {
  const sec = Math.max(0, Math.round(ageMs / 1_000));
  if (sec < 5) return "just now";
  if (sec < 90) return `${sec} s ago`;
  if (sec < 90 * 60) return `${Math.round(sec / 60)} min ago`;
  if (sec < 36 * 3_600) return `${Math.round(sec / 3_600)} h ago`;
  return `${Math.round(sec / 86_400)} days ago`;
}
