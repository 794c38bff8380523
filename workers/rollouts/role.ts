/**
 * Carries rollouts out. Any number of processes may do it: each rollout is one controller's at a time, by a lease with a
 * fencing epoch in PostgreSQL. Due work is found by the table every few seconds, so losing the queue costs nothing.
 *
 *   sweep ─ due? ─► tick (claim → read → decide → commit) ─ moved? ─► again at once
 */
import { randomUUID } from "node:crypto";
import { Counter, Histogram } from "prom-client";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import { dueRollouts } from "@/lib/changes/control/claim-rollout";
import { tickRollout, type TickDeps } from "@/lib/changes/control/tick-rollout";
import { promoteChange, tickChanges } from "@/lib/changes/store";
import type { RoleDeps, RunningRole } from "../role";

const SWEEP_MS = 5_000;
/** A rollout that moves is looked at again at once, but not for ever. */
const MOST_TICKS_A_SWEEP = 10;
const CONTROLLER: Actor = { ...SYSTEM_ACTOR, id: "rollouts", name: "Rollout controller" };

export function startRolloutsRole({ db, log, metrics }: RoleDeps): RunningRole {
  const ticks = new Counter({
    name: "headroom_rollouts_ticks_total",
    help: "Ticks by outcome",
    labelNames: ["outcome"],
    registers: [metrics],
  });
  const took = new Histogram({
    name: "headroom_rollouts_tick_seconds",
    help: "Time of one tick",
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [metrics],
  });
  const deps: TickDeps = { holder: randomUUID(), memory: new Map(), promote: promoteChange };
  let lastSweepAt = Date.now();
  let failing: string | null = null;
  const stop = new AbortController();
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  /** The database's clock: controllers whose own clocks differ must agree on leases, soak times and deadlines. */
  const databaseNow = async (): Promise<Date> =>
    (await db.pool.query<{ now: Date }>("select clock_timestamp() as now")).rows[0]!.now;

  async function tick(rolloutId: string): Promise<void> {
    const end = took.startTimer();
    try {
      const ctx: Ctx = { actor: CONTROLLER, db, now: await databaseNow(), log };
      ticks.inc({ outcome: await tickRollout(ctx, deps, rolloutId) });
    } catch (error) {
      ticks.inc({ outcome: "failed" });
      throw error;
    } finally {
      end();
    }
  }

  async function sweep(): Promise<void> {
    failing = null;
    // Scheduled changes begin here. One that cannot must not hold up what runs.
    await tickChanges(db, await databaseNow()).catch((error: unknown) => {
      failing = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, "changes could not be moved on; tried again");
    });
    for (let round = 0; round < MOST_TICKS_A_SWEEP && !stop.signal.aborted; round++) {
      const due = await dueRollouts(db, await databaseNow());
      if (due.length === 0) break;
      for (const id of due) {
        // One rollout that cannot be ticked must not hold up the others.
        await tick(id).catch((error: unknown) => {
          failing = error instanceof Error ? error.message : String(error);
          log.error({ err: error, rollout: id }, "a rollout could not be ticked; tried again");
        });
      }
    }
    lastSweepAt = Date.now();
  }

  const run = () => {
    working = sweep().catch((error: unknown) => log.warn({ err: error }, "rollouts could not be swept; tried again"));
    void working.then(() => {
      if (!stop.signal.aborted) timer = setTimeout(run, SWEEP_MS);
    });
  };
  timer = setTimeout(run, 0);

  return {
    health: () => {
      const ageMs = Date.now() - lastSweepAt;
      return { ok: ageMs < 12 * SWEEP_MS && failing === null, detail: { ageMs, failing } };
    },
    close: async () => {
      stop.abort();
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}
