import { Counter, Gauge } from "prom-client";
import { allocatePending, findHours } from "@/lib/allocation";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/time";
import type { RoleDeps, RunningRole } from "../role";

const LOOK_EVERY_MS = 30_000;
const AFTER_FAILURE_MS = 5_000;
/** Late data are mostly hours late; everything that raw events are kept for is looked at once an hour. */
const RECENT_MS = 3 * DAY_MS;
const EVERYTHING_MS = 400 * DAY_MS;
const LOOK_BACK_EVERY_MS = HOUR_MS;

/**
 * Allocates closed GPU hours. Any number of processes may: an hour is one transaction on its locked row.
 *
 *   look (recent, or all) ─► pieces of 24 hours until none waits ─► sleep ─► look
 */
export function startAllocationRole({ db, log, metrics }: RoleDeps): RunningRole {
  const hours = new Counter({
    name: "headroom_allocation_hours_total",
    help: "GPU hours allocated, restated ones again",
    registers: [metrics],
  });
  const looked = new Gauge({
    name: "headroom_allocation_last_look_seconds",
    help: "When closed hours were last compared with what they were allocated from",
    registers: [metrics],
  });
  const stopping = new AbortController();
  let failure: string | null = null;
  let lastLookMs: number | null = null;
  let lookedBackMs = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();

  const walk = async () => {
    const now = new Date();
    const back = now.getTime() - lookedBackMs >= LOOK_BACK_EVERY_MS;
    await findHours(db, { now, backMs: back ? EVERYTHING_MS : RECENT_MS });
    for (let done = 1; done > 0 && !stopping.signal.aborted;) {
      done = await allocatePending(db, { now: new Date() });
      hours.inc(done);
    }
    if (back) lookedBackMs = now.getTime();
    lastLookMs = Date.now();
    looked.set(lastLookMs / 1_000);
    failure = null;
  };
  const look = () => {
    working = walk().catch((error: unknown) => {
      failure = String(error);
      log.warn({ err: error }, "GPU hours could not be allocated; this is tried again");
    });
    void working.then(() => {
      if (!stopping.signal.aborted) timer = setTimeout(look, failure === null ? LOOK_EVERY_MS : AFTER_FAILURE_MS);
    });
  };
  look();

  return {
    health: () => ({
      // Silent for long is as bad as a failure: nobody would see that hours are missing.
      ok: failure === null && (lastLookMs === null || Date.now() - lastLookMs < 10 * MINUTE_MS),
      detail: { failure, lastLook: lastLookMs === null ? null : new Date(lastLookMs).toISOString() },
    }),
    close: async () => {
      stopping.abort();
      clearTimeout(timer);
      await working;
    },
  };
}
