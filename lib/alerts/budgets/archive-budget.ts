import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { inTransaction, lockBudget } from "./store";
import { mayEdit } from "./view-budget";

/** It is watched no longer, and nothing is refused because of it. What was said stays. */
export async function archiveBudget(ctx: Ctx, id: string): Promise<void> {
  requireRole(ctx, "analyst");
  await inTransaction(ctx, async (tx) => {
    const { row } = await lockBudget(ctx, tx, id);
    if (row.archivedAt) throw new AppError("conflict", "This budget has ended already.");
    if (!mayEdit(ctx.actor, row.hard)) throw new AppError("forbidden", "A hard budget is ended by a lead.");
    const data = { archivedAt: ctx.now, updatedAt: ctx.now, updatedBy: ctx.actor.name, version: row.version + 1 };
    await tx.budget.update({ where: { id }, data });
    await appendAudit(tx, ctx, { action: "budget.archive", subject: `budget:${id}`, data: { name: row.name } });
  });
}
