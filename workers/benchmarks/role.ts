/**
 * Sends the requests of latency benchmarks, one benchmark at a time in each process: two at once would slow each other. Any
 * number of processes may do it; who has one is decided by a lease with a fencing epoch, renewed with every stored request.
 */
import { Counter } from "prom-client";
import { claimBenchmark, leaveBenchmark, finishBenchmark, type ClaimedBenchmark } from "@/lib/advisor/benchmark";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import { startRepeating } from "../repeat";
import type { RoleDeps, RunningRole } from "../role";
import { runBenchmark, type BenchmarkDeps } from "./run-benchmark";

const SENDER: Actor = { ...SYSTEM_ACTOR, id: "benchmarks", name: "Benchmarks" };
/** One that fails the worker itself so often will do so again. */
const MOST_CLAIMS = 20n;

export interface BenchmarksOptions {
  lookMs?: number;
  /** Longer than a request may take. */
  leaseMs?: number;
  timeoutMs?: number;
  openGateway?: BenchmarkDeps["openGateway"];
}

export function startBenchmarksRole(
  { config, db, log, metrics }: RoleDeps,
  { lookMs = 2_000, leaseMs = 120_000, timeoutMs = 60_000, openGateway }: BenchmarksOptions = {},
): RunningRole {
  const ended = new Counter({
    name: "headroom_benchmarks_runs_total",
    help: "Benchmarks by how this worker left them",
    labelNames: ["outcome"],
    registers: [metrics],
  });
  const work = async (run: ClaimedBenchmark, signal: AbortSignal, beat: () => void): Promise<"ended" | "lost"> => {
    if (run.epoch > MOST_CLAIMS) {
      const reason = `It was begun ${run.epoch - 1n} times and never finished.`;
      const ours = await finishBenchmark({ actor: SENDER, db, now: new Date(), log }, run, { status: "failed", reason });
      return ours ? "ended" : "lost";
    }
    const demo = (await db.prisma.workspace.findUnique({ where: { id: 1 }, select: { demo: true } }))?.demo === true;
    const deps: BenchmarkDeps = {
      db,
      log,
      actor: SENDER,
      hosts: config.HEADROOM_EVALUATION_HOSTS,
      apiKey: config.HEADROOM_EVALUATION_API_KEY,
      openGateway: demo ? openGateway : undefined,
      timeoutMs,
      leaseMs,
      beat,
    };
    try {
      return await runBenchmark(deps, run, signal);
    } catch (error) {
      // At once for another worker, or for this one when it was its own failure and not its end.
      await leaveBenchmark(db, run, new Date(signal.aborted ? 0 : Date.now() + lookMs)).catch(() => undefined);
      throw error;
    }
  };
  const duty = { everyMs: lookMs, staleMs: 2 * leaseMs, log, failed: "a benchmark was interrupted; it is resumed" };
  return startRepeating(duty, async (signal, beat) => {
    while (!signal.aborted) {
      const run = await claimBenchmark(db, new Date(), leaseMs);
      beat();
      if (!run) return;
      log.info({ benchmark: run.id, model: run.order.model, epoch: String(run.epoch) }, "benchmark begins");
      ended.inc({ outcome: await work(run, signal, beat) });
    }
  });
}
