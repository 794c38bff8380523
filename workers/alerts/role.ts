/**
 * Evaluates alert rules. Any number of processes may: each rule is one evaluator's at a time, by a lease with a fencing epoch
 * in PostgreSQL. What is due stands in the table, so there is no queue whose loss would cost an alert.
 *
 *   sweep ─ due? ─► evaluateRule (claim → read → one transaction) ─ more due? ─► again at once
 *   once a minute: Headroom's own signals are recorded
 */
import { randomUUID } from "node:crypto";
import { Counter, Gauge, Histogram } from "prom-client";
import { dueRules, evaluateRule, readLagMs, recordSignals } from "@/lib/alerts";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import { MINUTE_MS } from "@/lib/time";
import type { RoleDeps, RunningRole } from "../role";

export interface AlertsOptions {
  /** Between two looks at what is due. */
  sweepMs?: number;
}

const SWEEP_MS = 1_000;
/** Rules of one sweep that are evaluated side by side: each holds a connection. */
const AT_ONCE = 3;
/** An evaluation this late is an alert that people do not get. */
const LATE_MS = 120_000;
const EVALUATOR: Actor = { ...SYSTEM_ACTOR, id: "alerts", name: "Alert evaluator" };

export function startAlertsRole({ db, log, metrics }: RoleDeps, { sweepMs = SWEEP_MS }: AlertsOptions = {}): RunningRole {
  const evaluations = new Counter({
    name: "headroom_alerts_evaluations_total",
    help: "Evaluations of rules by outcome",
    labelNames: ["outcome"],
    registers: [metrics],
  });
  const took = new Histogram({
    name: "headroom_alerts_evaluation_seconds",
    help: "Time of one evaluation",
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [metrics],
  });
  const lag = new Gauge({ name: "headroom_alerts_lag_seconds", help: "How late the latest rule is", registers: [metrics] });
  const holder = randomUUID();
  const stop = new AbortController();
  let failing: string | null = null;
  let lastSweepAt = Date.now();
  let signalsOf = 0;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  const ctxNow = (): Ctx => ({ actor: EVALUATOR, db, now: new Date(), log });

  async function evaluate(ruleId: string): Promise<void> {
    for (let more = true; more && !stop.signal.aborted;) {
      const end = took.startTimer();
      const outcome = await evaluateRule(ctxNow(), holder, ruleId).finally(end);
      evaluations.inc({ outcome });
      more = outcome === "more";
    }
  }

  async function sweep(): Promise<void> {
    const before = failing;
    failing = null;
    const minute = Math.floor(Date.now() / MINUTE_MS);
    if (minute !== signalsOf) {
      await recordSignals(ctxNow());
      signalsOf = minute;
    }
    const waiting = await dueRules(db.pool, new Date());
    const next = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined && !stop.signal.aborted; id = waiting.shift()) {
        // One rule that cannot be evaluated must not hold up the others.
        await evaluate(id).catch((error: unknown) => {
          failing = error instanceof Error ? error.message : String(error);
          evaluations.inc({ outcome: "failed" });
          if (failing !== before) log.error({ err: error, rule: id }, "an alert rule could not be evaluated; tried again");
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    lastSweepAt = Date.now();
  }

  const run = () => {
    working = sweep().catch((error: unknown) => {
      failing = error instanceof Error ? error.message : String(error);
      log.warn({ err: error }, "alert rules could not be swept; tried again");
    });
    void working.then(() => {
      if (!stop.signal.aborted) timer = setTimeout(run, sweepMs);
    });
  };
  timer = setTimeout(run, 0);

  return {
    health: async () => {
      const lagMs = await readLagMs(db.pool, new Date());
      lag.set(lagMs / 1_000);
      const sweepAgeMs = Date.now() - lastSweepAt;
      return { ok: lagMs < LATE_MS && sweepAgeMs < LATE_MS && failing === null, detail: { lagMs, sweepAgeMs, failing } };
    },
    close: async () => {
      stop.abort();
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}
