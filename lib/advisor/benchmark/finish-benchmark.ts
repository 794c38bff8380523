import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import { endBenchmark, readSamples, type ClaimedBenchmark } from "./store";
import { summarise } from "./summarise";

export type BenchmarkEnd = { status: "done" | "stopped" | "failed"; reason: string | null };

/** Sums up what is stored and ends it. False: it is not ours any more. */
export async function finishBenchmark(ctx: Ctx, run: ClaimedBenchmark, end: BenchmarkEnd): Promise<boolean> {
  return ctx.db.prisma.$transaction(async (tx) => {
    const samples = await readSamples(tx, run.id);
    const measured = samples.some(({ seq }) => seq >= run.order.warmUps);
    const summary = measured ? summarise(samples, run.order) : null;
    if (!(await endBenchmark(tx, run, { ...end, summary, endedAt: ctx.now }))) return false;
    const data = { ...end, sent: samples.length, costUsd: summary?.costUsd ?? null };
    await appendAudit(tx, ctx, { action: "benchmark.finish", subject: `benchmark:${run.id}`, data });
    return true;
  });
}
