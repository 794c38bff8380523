import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import type { BenchmarkView } from "./schemas";
import { findBenchmark, markCancelled } from "./store";

/** The worker notices before it stores the next request. */
export async function cancelBenchmark(ctx: Ctx, id: string): Promise<BenchmarkView> {
  requireRole(ctx, "analyst");
  if (ctx.actor.tenants !== "all") throw new AppError("forbidden", "Only people of the whole workspace run benchmarks.");
  return ctx.db.prisma.$transaction(async (tx) => {
    if (!(await findBenchmark(tx, id))) throw new AppError("not_found", "There is no such benchmark.");
    if (!(await markCancelled(tx, ctx, id))) throw new AppError("conflict", "It has already ended.");
    await appendAudit(tx, ctx, { action: "benchmark.cancel", subject: `benchmark:${id}`, data: {} });
    return (await findBenchmark(tx, id))!;
  });
}
