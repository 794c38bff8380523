import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { problemsOf } from "./check-fields";
import { budgetInputSchema, type BudgetFields, type BudgetInput, type BudgetView } from "./schemas";
import { scopeWords } from "./scope";
import { budgetOf, columnsOf, inTransaction } from "./store";
import { viewBudget } from "./view-budget";

/** Workers evaluate it within seconds. Analysts set budgets of their own tenants; hard ones are for leads. */
export async function createBudget(ctx: Ctx, input: BudgetInput): Promise<BudgetView> {
  requireRole(ctx, "analyst");
  const fields = budgetInputSchema.parse(input);
  refuseProblems(fields, ctx);
  const { actor, now } = ctx;
  return inTransaction(ctx, async (tx) => {
    const row = await tx.budget.create({
      data: {
        ...columnsOf(fields),
        ...(fields.draft ? { draft: fields.draft } : {}),
        ownerId: actor.id,
        ownerName: actor.name,
        dueAt: now,
        createdAt: now,
        updatedAt: now,
        updatedBy: actor.name,
      },
    });
    await appendAudit(tx, ctx, { action: "budget.create", subject: `budget:${row.id}`, data: auditOf(fields) });
    return viewBudget(actor, budgetOf(row), null);
  });
}

export function refuseProblems(fields: BudgetFields, { actor }: Pick<Ctx, "actor">): void {
  const problems = problemsOf(fields, actor);
  const first = problems[0];
  if (!first) return;
  const code = first.field === "hard" ? "forbidden" : "invalid";
  throw new AppError(code, first.message, { field: first.field, problems });
}

export const auditOf = (fields: BudgetFields): Record<string, unknown> => ({ ...fields, scope: scopeWords(fields.scope) });
