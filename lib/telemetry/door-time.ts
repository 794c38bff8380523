/** When something may have happened: not long ahead of this server's clock, not before what is kept. Pure. */
import type { Refusal } from "./validate";

const DAY_MS = 86_400_000;

/** Epoch milliseconds of an RFC 3339 text, or why it is refused. */
export function readDoorTime(field: string, text: string, door: { now: number; rawRetentionDays: number }): number | Refusal {
  const at = Date.parse(text);
  if (Number.isNaN(at)) return { code: "invalid_time", field, message: `"${field}" is not a time that exists.` };
  if (at > door.now + DAY_MS) {
    return { code: "future_time", field, message: `"${field}" ${text} is more than 24 hours ahead of this server's clock.` };
  }
  if (at < door.now - door.rawRetentionDays * DAY_MS) {
    return {
      code: "too_old",
      field,
      message: `"${field}" ${text} is older than the ${door.rawRetentionDays} days that this workspace keeps.`,
    };
  }
  return at;
}
