import { hasRole, type Actor } from "@/lib/auth/actor";
import type { BudgetView } from "./schemas";
import { scopeWords } from "./scope";
import { periodView, type Budget, type PeriodRow } from "./store";

/** Whoever may see a budget sees all of it; a hard one is changed by leads. */
export function mayEdit(actor: Actor, hard: boolean): boolean {
  return hasRole(actor, hard ? "lead" : "analyst");
}

export function viewBudget(actor: Actor, { row, scope, period, draft }: Budget, current: PeriodRow | null): BudgetView {
  return {
    id: row.id,
    name: row.name,
    scope,
    scopeWords: scopeWords(scope),
    amount: row.amount.toFixed(),
    currency: row.currency,
    period,
    hard: row.hard,
    thresholds: row.thresholds,
    forecastPercent: row.forecastPercent,
    draft,
    owner: { id: row.ownerId, name: row.ownerName },
    version: row.version,
    archived: row.archivedAt !== null,
    updatedAt: row.updatedAt.toISOString(),
    updatedBy: row.updatedBy,
    failed: row.failed,
    current: current && periodView(current),
    mayEdit: mayEdit(actor, row.hard),
  };
}
