import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { DAY_MS } from "@/lib/time";
import { RUN_STEPS } from "./run-advisor";
import type { RunView } from "./schemas";
import { findCurrentRun, findNewestRun, insertRun, lockRuns, viewRun } from "./store";

/** Have the workspace looked at now. Who asks while a run waits or is under way gets that one. */
export async function startRun(ctx: Ctx): Promise<RunView> {
  requireRole(ctx, "analyst");
  return ctx.db.prisma.$transaction(async (tx) => {
    await lockRuns(tx);
    const current = await findCurrentRun(tx);
    if (current) return viewRun(current);
    const { actor, now } = ctx;
    const run = await insertRun(tx, {
      total: RUN_STEPS,
      requestedById: actor.id,
      requestedByName: actor.name,
      createdAt: now,
    });
    await appendAudit(tx, ctx, { action: "advisor.run", subject: `advisor_run:${run.id}`, data: {} });
    return viewRun(run);
  });
}

/** Once a day without anybody asking. Any number of workers may: the newest run says when it is due. */
export async function startDailyRun(ctx: Ctx): Promise<boolean> {
  const newest = await findNewestRun(ctx.db.prisma);
  if (newest && ctx.now.getTime() - newest.createdAt.getTime() < DAY_MS) return false;
  await startRun(ctx);
  return true;
}
