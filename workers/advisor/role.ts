/**
 * Looks at the workspace for what could be saved: once a day, and when somebody asks. Any number of processes may do it: a
 * run is one worker's by a lease with a fencing epoch, and what it finds is stored in one transaction.
 */
import { Counter } from "prom-client";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import { runNext, startDailyRun } from "@/lib/advisor/findings";
import { startRepeating } from "../repeat";
import type { RoleDeps, RunningRole } from "../role";

const ADVISOR: Actor = { ...SYSTEM_ACTOR, id: "advisor", name: "Advisor" };
const LOOK_EVERY_MS = 2_000;
const LEASE_MS = 120_000;
/** A new workspace has nothing to look at, and a restart should not begin with a scan. */
const FIRST_DAILY_MS = 60_000;

export function startAdvisorRole(
  { db, log, metrics }: RoleDeps,
  { lookEveryMs = LOOK_EVERY_MS, firstDailyMs = FIRST_DAILY_MS }: { lookEveryMs?: number; firstDailyMs?: number } = {},
): RunningRole {
  const runs = new Counter({ name: "headroom_advisor_runs_total", help: "Runs of the advisor", registers: [metrics] });
  const startedAt = Date.now();
  const ctx = () => ({ actor: ADVISOR, db, now: new Date(), log });
  const duty = { everyMs: lookEveryMs, staleMs: 2 * LEASE_MS, log, failed: "the advisor could not look; it tries again" };
  return startRepeating(duty, async (signal) => {
    if (Date.now() - startedAt >= firstDailyMs && (await startDailyRun(ctx()))) log.info("the daily look for savings is due");
    while (!signal.aborted && (await runNext(ctx(), { leaseMs: LEASE_MS }))) runs.inc();
  });
}
