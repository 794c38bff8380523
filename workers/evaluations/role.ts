/**
 * Runs evaluations, one at a time in each process. Any number of processes may do it: a run is one worker's by a lease with
 * a fencing epoch in PostgreSQL, and each answer is stored once. A worker that is killed loses what was in the air.
 */
import { Counter } from "prom-client";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import { attachEvidence } from "@/lib/changes/evaluation/attach-evidence";
import { claimRun, renewLease, type ClaimedRun } from "@/lib/evaluations/claim-run";
import { finishRun } from "@/lib/evaluations/finish-run";
import type { RoleDeps, RunningRole } from "../role";
import type { OpenCandidate } from "./open-candidate";
import { runEvaluation } from "./run-evaluation";

const EVALUATOR: Actor = { ...SYSTEM_ACTOR, id: "evaluations", name: "Evaluations" };
/** A run that fails the worker itself so often will do so again. */
const MOST_CLAIMS = 20n;

export interface EvaluationsOptions {
  sweepMs?: number;
  leaseMs?: number;
  concurrency?: number;
  timeoutMs?: number;
  backoffMs?: number;
  openCandidate?: OpenCandidate;
}

export function startEvaluationsRole(
  { config, db, log, metrics }: RoleDeps,
  {
    sweepMs = 2_000,
    leaseMs = 30_000,
    concurrency = 8,
    timeoutMs = 60_000,
    backoffMs = 500,
    openCandidate,
  }: EvaluationsOptions = {},
): RunningRole {
  const ended = new Counter({
    name: "headroom_evaluations_runs_total",
    help: "Runs by how this worker left them",
    labelNames: ["outcome"],
    registers: [metrics],
  });
  const stop = new AbortController();
  let lastSweepAt = Date.now();
  let failing: string | null = null;
  let timer: NodeJS.Timeout;

  const deps = {
    db,
    log,
    actor: EVALUATOR,
    now: () => new Date(),
    hosts: config.HEADROOM_EVALUATION_HOSTS,
    apiKey: config.HEADROOM_EVALUATION_API_KEY,
    concurrency,
    timeoutMs,
    backoffMs,
    attach: attachEvidence,
  };

  async function work(run: ClaimedRun): Promise<void> {
    const ours = new AbortController();
    const beat = setInterval(() => {
      lastSweepAt = Date.now();
      renewLease(db, run, new Date(Date.now() + leaseMs)).then(
        (still) => still || ours.abort(),
        (error: unknown) => log.warn({ err: error, run: run.id }, "the lease of an evaluation was not renewed"),
      );
    }, leaseMs / 3);
    try {
      if (run.epoch > MOST_CLAIMS) {
        const end = { status: "broken" as const, reason: `It was begun ${run.epoch - 1n} times and never finished.` };
        const ctx = { actor: EVALUATOR, db, now: new Date(), log };
        await finishRun(ctx, run, end, (tx) => attachEvidence(tx, ctx, run, end));
        return;
      }
      const demo = (await db.prisma.workspace.findUnique({ where: { id: 1 }, select: { demo: true } }))?.demo === true;
      const opening = demo ? openCandidate : undefined;
      const outcome = await runEvaluation({ ...deps, openCandidate: opening }, run, AbortSignal.any([stop.signal, ours.signal]));
      ended.inc({ outcome });
    } catch (error) {
      if (!ours.signal.aborted) {
        // At once for another worker, or for this one when it was its own failure and not its end.
        await renewLease(db, run, new Date(stop.signal.aborted ? 0 : Date.now() + sweepMs)).catch(() => undefined);
      }
      if (stop.signal.aborted || ours.signal.aborted) return;
      ended.inc({ outcome: "interrupted" });
      throw error;
    } finally {
      clearInterval(beat);
    }
  }

  async function sweep(): Promise<void> {
    failing = null;
    while (!stop.signal.aborted) {
      const run = await claimRun(db, new Date(), leaseMs);
      lastSweepAt = Date.now();
      if (!run) return;
      log.info({ run: run.id, subject: run.subject, cases: run.cases.length, epoch: String(run.epoch) }, "evaluation begins");
      await work(run);
    }
  }

  let working: Promise<void> = Promise.resolve();
  const run = () => {
    working = sweep().catch((error: unknown) => {
      failing = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, "an evaluation was interrupted; it is resumed");
    });
    void working.then(() => {
      if (!stop.signal.aborted) timer = setTimeout(run, sweepMs);
    });
  };
  timer = setTimeout(run, 0);

  return {
    health: () => {
      const ageMs = Date.now() - lastSweepAt;
      return { ok: ageMs < Math.max(12 * sweepMs, 2 * leaseMs) && failing === null, detail: { ageMs, failing } };
    },
    close: async () => {
      stop.abort();
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}
