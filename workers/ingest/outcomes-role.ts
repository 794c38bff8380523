import type { RoleDeps, RunningRole } from "../role";
import { joinWaitingOutcomes } from "./outcomes";

const EVERY_MS = 30_000;

/** Joins outcomes that were faster than their events. Any number of processes may do it at once: it only fills in. */
export function startOutcomesRole({ db, log }: RoleDeps): RunningRole {
  let lastJoinAt = Date.now();
  let working = Promise.resolve();
  const timer = setInterval(() => {
    working = working.then(async () => {
      try {
        const joined = await joinWaitingOutcomes(db.pool, new Date());
        lastJoinAt = Date.now();
        if (joined > 0) log.info({ joined }, "outcomes found their events");
      } catch (error) {
        log.warn({ err: error }, "waiting outcomes could not be joined");
      }
    });
  }, EVERY_MS);

  return {
    health: () => {
      const quietMs = Date.now() - lastJoinAt;
      return { ok: quietMs < 10 * EVERY_MS, detail: { quietMs } };
    },
    close: async () => {
      clearInterval(timer);
      await working;
    },
  };
}
