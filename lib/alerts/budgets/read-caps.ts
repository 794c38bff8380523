import { mayUseTenant, requireRole, type Ctx } from "@/lib/auth/actor";
import { nanoToUsd } from "@/lib/money";
import type { BudgetCap, BudgetCaps } from "@/lib/protocol/budget-caps";
import { scopeWords } from "./scope";
import { budgetOf } from "./store";

/** Seconds between two looks of a gateway. */
const REFRESH_SEC = 5;

/**
 * What gateways refuse now. A key of one tenant is told of caps that may hit that tenant, the whole workspace's included:
 * refusing comes before secrecy, and the refused are told the sums anyway.
 */
export async function readCaps(ctx: Ctx): Promise<BudgetCaps> {
  if (ctx.actor.kind === "user") requireRole(ctx, "lead");
  const rows = await ctx.db.prisma.budgetPeriod.findMany({
    where: {
      cappedAt: { not: null },
      fromAt: { lte: ctx.now },
      toAt: { gt: ctx.now },
      budget: { archivedAt: null, hard: true },
    },
    include: { budget: true },
    orderBy: [{ cappedAt: "asc" }, { budgetId: "asc" }],
  });
  const hits = ({ tenants }: { tenants: string[] }) =>
    tenants.some((tenant) => tenant === "*" || mayUseTenant(ctx.actor, tenant));
  const caps = rows
    .filter(({ budget }) => hits(budget))
    .map(({ budget, spentNano, limitNano, toAt }): BudgetCap => {
      const { scope } = budgetOf(budget);
      return {
        budgetId: budget.id,
        name: budget.name,
        scope: scope as BudgetCap["scope"],
        scopeWords: scopeWords(scope),
        spentUsd: nanoToUsd(spentNano),
        limitUsd: nanoToUsd(limitNano),
        resetAt: toAt.toISOString(),
      };
    });
  return { asOf: ctx.now.toISOString(), refreshSec: REFRESH_SEC, caps };
}
