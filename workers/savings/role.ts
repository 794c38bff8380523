/**
 * Keeps the savings ledger: an estimate for every drafted change, and what a rollout saves while it runs and every week after.
 * Any number of processes may do it: an estimate is written once for a content, a measurement under a lease with an epoch.
 */
import { Counter } from "prom-client";
import { measureDue, openEntries } from "@/lib/advisor/ledger";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import type { RoleDeps, RunningRole } from "../role";

const SWEEP_MS = 10_000;
const KEEPER: Actor = { ...SYSTEM_ACTOR, id: "savings", name: "Savings ledger" };

export function startSavingsRole({ db, log, metrics }: RoleDeps): RunningRole {
  const done = new Counter({
    name: "headroom_savings_done_total",
    help: "Estimates and measurements written",
    labelNames: ["what"],
    registers: [metrics],
  });
  const stopping = new AbortController();
  let lastSweepAt = Date.now();
  let failing: string | null = null;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function sweep(): Promise<void> {
    const ctx = { actor: KEEPER, db, now: new Date(), log };
    done.inc({ what: "estimate" }, await openEntries(ctx));
    done.inc({ what: "measurement" }, await measureDue(ctx));
    failing = null;
    lastSweepAt = Date.now();
  }

  const run = () => {
    working = sweep().catch((error: unknown) => {
      failing = error instanceof Error ? error.message : String(error);
      log.warn({ err: error }, "savings could not be kept; tried again");
    });
    void working.then(() => {
      if (!stopping.signal.aborted) timer = setTimeout(run, SWEEP_MS);
    });
  };
  timer = setTimeout(run, 0);

  return {
    health: () => ({ ok: failing === null && Date.now() - lastSweepAt < 30 * SWEEP_MS, detail: { failing } }),
    close: async () => {
      stopping.abort();
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}
