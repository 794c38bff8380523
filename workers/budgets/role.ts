/**
 * Evaluates budgets that are due, one at a time in each process, drafts the changes that they ask for, and once an hour
 * looks for anomalies. Any number of
 * processes may: a budget is one worker's by lease and epoch, and what is said of it is fenced by a unique index.
 */
import { Counter } from "prom-client";
import { ANOMALY_SEEKER, claimScan, searchAnomalies } from "@/lib/alerts/anomaly";
import { BUDGET_KEEPER, draftOwedChange, evaluateBudget } from "@/lib/alerts/budgets";
import { claimBudget, releaseBudget } from "@/lib/alerts/budgets/store";
import type { RoleDeps, RunningRole } from "../role";

const LEASE_MS = 60_000;
const AFTER_FAILURE_MS = 30_000;
/** Whole hours are searched once each: asked more often, the claim says no. */
const SEEK_EVERY_MS = 60_000;
const SCAN_LEASE_MS = 300_000;

export interface BudgetsOptions {
  sweepMs?: number;
}

export function startBudgetsRole({ db, log, metrics }: RoleDeps, { sweepMs = 1_000 }: BudgetsOptions = {}): RunningRole {
  const evaluated = new Counter({
    name: "headroom_budgets_evaluations_total",
    help: "Evaluations of budgets by how they ended",
    labelNames: ["outcome"],
    registers: [metrics],
  });
  const stop = new AbortController();
  let lastSweepAt = Date.now();
  let failing: string | null = null;
  let seekAgainAt = 0;
  let timer: NodeJS.Timeout | undefined;

  const ctx = () => ({ actor: BUDGET_KEEPER, db, now: new Date(), log });

  async function sweep(): Promise<void> {
    let failure: string | null = null;
    for (
      let claim = await claimBudget(db, new Date(), LEASE_MS);
      claim && !stop.signal.aborted;
      claim = await claimBudget(db, new Date(), LEASE_MS)
    ) {
      lastSweepAt = Date.now();
      try {
        evaluated.inc({ outcome: (await evaluateBudget(ctx(), claim)) ? "done" : "superseded" });
      } catch (error) {
        // One that cannot be read must not keep the others waiting.
        failure = error instanceof Error ? error.message : String(error);
        evaluated.inc({ outcome: "failed" });
        log.warn({ err: error, budget: claim.id }, "a budget could not be evaluated and is tried again");
        await releaseBudget(db.prisma, claim, new Date(Date.now() + AFTER_FAILURE_MS), failure);
      }
    }
    while (!stop.signal.aborted && (await draftOwedChange(ctx())));
    failing = failure ?? (await seekAnomalies());
    lastSweepAt = Date.now();
  }

  /** Why it did not work; null: it did, or there was nothing to do. */
  async function seekAnomalies(): Promise<string | null> {
    if (stop.signal.aborted || Date.now() < seekAgainAt) return null;
    try {
      const now = { ...ctx(), actor: ANOMALY_SEEKER };
      const claim = await claimScan(now, SCAN_LEASE_MS);
      const found = claim && (await searchAnomalies(now, claim));
      if (found !== null) log.info({ anomalies: found }, "hours searched for anomalies");
      seekAgainAt = Date.now() + SEEK_EVERY_MS;
      return null;
    } catch (error) {
      seekAgainAt = Date.now() + SCAN_LEASE_MS;
      log.warn({ err: error }, "hours could not be searched for anomalies and are tried again");
      return error instanceof Error ? error.message : String(error);
    }
  }

  let working: Promise<void> = Promise.resolve();
  const run = () => {
    working = sweep().catch((error: unknown) => {
      failing = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, "budgets could not be evaluated");
    });
    void working.then(() => {
      if (!stop.signal.aborted) timer = setTimeout(run, sweepMs);
    });
  };
  timer = setTimeout(run, 0);

  return {
    health: () => {
      const ageMs = Date.now() - lastSweepAt;
      return { ok: ageMs < 2 * LEASE_MS && failing === null, detail: { ageMs, failing } };
    },
    close: async () => {
      stop.abort();
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}
