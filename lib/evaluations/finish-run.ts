import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import type { ClaimedRun } from "./claim-run";
import type { EvaluationReport } from "./schemas";

export type RunEnd = { status: "passed" | "failed"; report: EvaluationReport } | { status: "broken"; reason: string };

/** False: it is not ours any more. `attach` is called in the same transaction. */
export async function finishRun(
  ctx: Ctx,
  run: Pick<ClaimedRun, "id" | "epoch" | "subject" | "contentHash">,
  end: RunEnd,
  attach: (tx: Tx) => Promise<void>,
): Promise<boolean> {
  return ctx.db.prisma.$transaction(async (tx) => {
    const reason = end.status === "broken" ? end.reason : end.report.reasons.join(" ") || null;
    const { count } = await tx.evaluationRun.updateMany({
      where: { id: run.id, epoch: run.epoch, status: "running" },
      data: {
        status: end.status,
        reason,
        leaseUntil: null,
        endedAt: ctx.now,
        ...(end.status === "broken" ? {} : { report: end.report as object }),
      },
    });
    if (count === 0) return false;
    const data = { run: run.id, status: end.status, contentHash: run.contentHash, reason };
    await appendAudit(tx, ctx, { action: "evaluation.finish", subject: run.subject, data });
    await attach(tx);
    return true;
  });
}
