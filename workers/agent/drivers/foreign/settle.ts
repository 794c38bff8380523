/** Wait until a system does what it was told, by looking at it. */
import type { Clock } from "@/lib/protocol/client";

export interface Patience {
  withinSec: number;
  everyMs: number;
  /** Looks in a row that must agree: behind a load balancer one may have met the replica that is up to date. */
  times: number;
  signal: AbortSignal;
}

/**
 * `look` answers null when it is so, else what is still different. Resolves with null once it was so often enough, else
 * with the last difference. Errors of `look` end it at once, except when they pass before the time is over.
 */
export async function settle(clock: Clock, patience: Patience, look: () => Promise<string | null>): Promise<string | null> {
  const until = clock.steadyMs() + patience.withinSec * 1_000;
  let inARow = 0;
  for (;;) {
    patience.signal.throwIfAborted();
    const different = await look().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    inARow = different === null ? inARow + 1 : 0;
    if (inARow >= patience.times) return null;
    if (different !== null && clock.steadyMs() >= until) return different;
    await clock.wait(patience.everyMs, patience.signal);
  }
}
