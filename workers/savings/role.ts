/**
 * Keeps the savings ledger: an estimate for every drafted change, and what a rollout saves while it runs and every week after.
 * Any number of processes may do it: an estimate is written once for a content, a measurement under a lease with an epoch.
 */
import { Counter } from "prom-client";
import { measureDue, openEntries } from "@/lib/advisor/ledger";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import { startRepeating } from "../repeat";
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
  const duty = { everyMs: SWEEP_MS, staleMs: 30 * SWEEP_MS, log, failed: "savings could not be kept; tried again" };
  return startRepeating(duty, async () => {
    const ctx = { actor: KEEPER, db, now: new Date(), log };
    done.inc({ what: "estimate" }, await openEntries(ctx));
    done.inc({ what: "measurement" }, await measureDue(ctx));
  });
}
