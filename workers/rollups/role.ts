import { rebuildDays } from "@/lib/metrics";
import { loadWorkspace } from "@/lib/workspace";
import type { RoleDeps, RunningRole } from "../role";

const EVERY_MS = 60_000;
/** Days between two looks at whether to stop. */
const DAYS_A_PIECE = 5;

/** Rebuilds day rollups after the workspace changed its time zone. Two processes doing it at once is harmless. */
export function startRollupsRole({ db, log }: RoleDeps): RunningRole {
  const startedAt = Date.now();
  let lastDoneAt: number | null = null;
  const stop = new AbortController();
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  const run = () => {
    working = (async () => {
      const { timeZone, tagKeys, rawRetentionDays } = await loadWorkspace(db);
      for (let done = false; !done && !stop.signal.aborted;) {
        const piece = await rebuildDays(db, { timeZone, tagKeys, rawRetentionDays, now: new Date(), maxDays: DAYS_A_PIECE });
        done = piece.done;
        if (piece.rebuilt > 0) log.info({ timeZone, days: piece.rebuilt }, "day rollups were rebuilt in the workspace zone");
      }
      lastDoneAt = Date.now();
    })().catch((error: unknown) => log.warn({ err: error }, "day rollups could not be rebuilt; tried again later"));
    void working.then(() => {
      if (!stop.signal.aborted) timer = setTimeout(run, EVERY_MS);
    });
  };
  timer = setTimeout(run, EVERY_MS / 6);

  return {
    health: () => {
      const ageMs = Date.now() - (lastDoneAt ?? startedAt);
      return { ok: ageMs < 15 * EVERY_MS, detail: { lastDoneAt, ageMs } };
    },
    close: async () => {
      stop.abort();
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}
