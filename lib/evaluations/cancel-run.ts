import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";

/** Whoever carries it out notices before the next answer is stored. Whoever calls has authorised it. */
export async function cancelRun(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "now">,
  { id, subject }: { id: string; subject: string },
): Promise<void> {
  const { count } = await tx.evaluationRun.updateMany({
    where: { id, status: { in: ["queued", "running"] } },
    data: { status: "cancelled", reason: `Cancelled by ${ctx.actor.name}`, endedAt: ctx.now, leaseUntil: null },
  });
  if (count === 0) throw new AppError("conflict", "It has already ended.");
  await appendAudit(tx, ctx, { action: "evaluation.cancel", subject, data: { run: id } });
}
