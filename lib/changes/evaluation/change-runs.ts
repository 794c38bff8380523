/** Runs of changes, for those who may see the change. */
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { cancelRun } from "@/lib/evaluations/cancel-run";
import { findRun, listRuns } from "@/lib/evaluations/run-view";
import type { RunView } from "@/lib/evaluations/schemas";
import { AppError } from "@/lib/http";
import { noteChange } from "../store/notices";
import { requireSeen } from "../store/people";
import { findChange, inTransaction, type Reader } from "../store/rows";
import { changeIdOf, subjectOf } from "./subject";

/** Newest first. */
export async function listEvaluations(ctx: Ctx, changeId: string): Promise<{ runs: RunView[] }> {
  const change = requireSeen(ctx, await findChange(ctx.db.prisma, changeId));
  return { runs: await listRuns(ctx.db.prisma, subjectOf(change.id)) };
}

export async function getEvaluation(ctx: Ctx, id: string): Promise<RunView> {
  return (await seenRun(ctx, ctx.db.prisma, id)).run;
}

export async function cancelEvaluation(ctx: Ctx, id: string): Promise<RunView> {
  requireRole(ctx, "analyst");
  return inTransaction(ctx, async (tx) => {
    const { run, changeId } = await seenRun(ctx, tx, id);
    await cancelRun(tx, ctx, run);
    await noteChange(tx, ctx, { changeId, kind: "evaluation", data: { by: ctx.actor.name, status: "cancelled" } });
    return (await findRun(tx, id))!;
  });
}

async function seenRun(ctx: Ctx, reader: Reader, id: string): Promise<{ run: RunView; changeId: string }> {
  const run = await findRun(reader, id);
  const changeId = run && changeIdOf(run.subject);
  if (!run || !changeId) throw new AppError("not_found", "There is no such evaluation.");
  requireSeen(ctx, await findChange(reader, changeId));
  return { run, changeId };
}
