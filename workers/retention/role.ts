import { loadWorkspace } from "@/lib/workspace";
import type { RoleDeps, RunningRole } from "../role";
import { prune } from "./prune";

const EVERY_MS = 10 * 60_000;
const FIRST_AFTER_MS = 30_000;

/** Prunes every ten minutes. Two processes doing it at once is harmless. */
export function startRetentionRole({ db, log }: RoleDeps): RunningRole {
  const startedAt = Date.now();
  let lastDoneAt: number | null = null;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  const run = () => {
    working = (async () => {
      const { rawRetentionDays } = await loadWorkspace(db);
      const gone = await prune(db.pool, { now: Date.now(), rawRetentionDays });
      lastDoneAt = Date.now();
      if (Object.values(gone).some((count) => count > 0)) log.info({ gone }, "old data was dropped");
    })().catch((error: unknown) => log.warn({ err: error }, "old data could not be dropped; tried again later"));
    void working.then(() => (timer = setTimeout(run, EVERY_MS)));
  };
  timer = setTimeout(run, FIRST_AFTER_MS);

  return {
    health: () => {
      const ageMs = Date.now() - (lastDoneAt ?? startedAt);
      return { ok: ageMs < 4 * EVERY_MS, detail: { lastDoneAt, ageMs } };
    },
    close: async () => {
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}
