import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { Prisma } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { z } from "zod";
import { auditOf, refuseProblems } from "./create-budget";
import { updateBudgetSchema, type BudgetView } from "./schemas";
import { budgetOf, columnsOf, currentPeriods, inTransaction, lockBudget } from "./store";
import { mayEdit, viewBudget } from "./view-budget";

/** Raised, a budget releases what gateways refused because of it, as soon as workers and gateways have looked: seconds. */
export async function updateBudget(ctx: Ctx, id: string, input: z.input<typeof updateBudgetSchema>): Promise<BudgetView> {
  requireRole(ctx, "analyst");
  const { version, ...fields } = updateBudgetSchema.parse(input);
  refuseProblems(fields, ctx);
  const { actor, now } = ctx;
  return inTransaction(ctx, async (tx) => {
    const before = await lockBudget(ctx, tx, id);
    if (before.row.archivedAt) throw new AppError("conflict", "This budget has ended and cannot be changed. Make a new one.");
    if (!mayEdit(actor, before.row.hard)) throw new AppError("forbidden", "A hard budget is changed by a lead.");
    if (before.row.version !== version) {
      throw new AppError(
        "conflict",
        `${before.row.updatedBy} changed this budget meanwhile. Load it again and repeat what you did.`,
      );
    }
    const row = await tx.budget.update({
      where: { id },
      data: {
        ...columnsOf(fields),
        draft: fields.draft ?? Prisma.DbNull,
        version: version + 1,
        dueAt: now,
        updatedAt: now,
        updatedBy: actor.name,
      },
    });
    await appendAudit(tx, ctx, {
      action: "budget.update",
      subject: `budget:${id}`,
      data: {
        before: { name: before.row.name, amount: before.row.amount.toFixed(), hard: before.row.hard },
        after: auditOf(fields),
      },
    });
    const [current] = await currentPeriods(tx, [id], now);
    return viewBudget(actor, budgetOf(row), current ?? null);
  });
}
