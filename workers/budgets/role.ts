/**
 * Evaluates budgets that are due, one at a time in each process, and drafts the changes that they ask for. Any number of
 * processes may: a budget is one worker's by lease and epoch, and what is said of it is fenced by a unique index.
 */
import { Counter } from "prom-client";
import { BUDGET_KEEPER, draftOwedChange, evaluateBudget } from "@/lib/alerts/budgets";
import { claimBudget, releaseBudget } from "@/lib/alerts/budgets/store";
import type { RoleDeps, RunningRole } from "../role";

const LEASE_MS = 60_000;
const AFTER_FAILURE_MS = 30_000;

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
    lastSweepAt = Date.now();
    failing = failure;
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
