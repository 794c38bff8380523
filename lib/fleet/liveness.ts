/** Who is online, who is offline, and when nobody can tell. Pure. */
import type { Liveness } from "./schemas";

/** The longest time that a poll is held: 50 s + 20 %. */
const LONGEST_HOLD_MS = 60_000;
/** Three missed holds. Also longer than the 120 s over which targets spread their return. */
export const OFFLINE_AFTER_MS = 3 * LONGEST_HOLD_MS;
/** A fleet server that has not said so for this long does not listen. */
export const BEAT_LOST_MS = 30_000;

/** Since when somebody has listened without a gap; null: nobody does. */
export function listeningSince(servers: readonly { listeningSince: Date; beatAt: Date }[], now: Date): Date | null {
  const alive = servers.filter((one) => now.getTime() - one.beatAt.getTime() <= BEAT_LOST_MS);
  if (alive.length === 0) return null;
  return new Date(Math.min(...alive.map((one) => one.listeningSince.getTime())));
}

/** Nobody is called offline who had nobody to talk to: neither while the fleet server is away nor in its first minutes. */
export function livenessOf(lastSeenAt: Date | null, listening: Date | null, now: Date): Liveness {
  if (!lastSeenAt) return "never";
  if (now.getTime() - lastSeenAt.getTime() <= OFFLINE_AFTER_MS) return "online";
  if (!listening || now.getTime() - listening.getTime() <= OFFLINE_AFTER_MS) return "unknown";
  return "offline";
}
