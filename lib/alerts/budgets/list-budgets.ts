import { requireRole, type Ctx } from "@/lib/auth/actor";
import { nanoToUsd } from "@/lib/money";
import { loadWorkspace } from "@/lib/workspace";
import { periodAt } from "./period";
import type { BudgetDetails, BudgetEventView, BudgetView } from "./schemas";
import { budgetOf, currentPeriods, findBudget, maySee, type Budget, type EventRow, type PeriodRow } from "./store";
import { viewBudget } from "./view-budget";

const MOST_LISTED = 500;
const MOST_EVENTS = 200;
const MOST_PAST = 60;

/** `tenant`: those whose scope names it. Those that ended are left out. */
export async function listBudgets(ctx: Ctx, { tenant }: { tenant?: string | undefined } = {}): Promise<{ items: BudgetView[] }> {
  requireRole(ctx, "viewer");
  const { prisma } = ctx.db;
  const { tenants: allowed } = ctx.actor;
  const rows = await prisma.budget.findMany({
    where: {
      archivedAt: null,
      ...(tenant ? { tenants: { has: tenant } } : allowed === "all" ? {} : { tenants: { hasSome: [...allowed] } }),
    },
    orderBy: { name: "asc" },
    take: MOST_LISTED,
  });
  const seen = rows.filter((row) => maySee(ctx.actor, row)).map(budgetOf);
  const running = await runningPeriods(ctx, seen);
  return { items: seen.map((budget) => viewBudget(ctx.actor, budget, running.get(budget.row.id) ?? null)) };
}

export async function getBudget(ctx: Ctx, id: string): Promise<BudgetDetails> {
  requireRole(ctx, "viewer");
  const { prisma } = ctx.db;
  const budget = await findBudget(ctx, prisma, id);
  const running = (await runningPeriods(ctx, [budget])).get(id) ?? null;
  const [events, past] = await Promise.all([
    prisma.budgetEvent.findMany({ where: { budgetId: id }, orderBy: [{ at: "desc" }, { percent: "desc" }], take: MOST_EVENTS }),
    prisma.budgetPeriod.findMany({
      where: { budgetId: id, toAt: { lte: ctx.now } },
      orderBy: { fromAt: "desc" },
      take: MOST_PAST,
    }),
  ]);
  const ids = events.flatMap(({ changeId }) => changeId ?? []);
  const changes = await prisma.change.findMany({ where: { id: { in: ids } }, select: { id: true, number: true, title: true } });
  const byId = new Map(changes.map((change) => [change.id, change]));
  const cappedPeriods = new Set(events.filter(({ kind }) => kind === "capped").map(({ periodFrom }) => periodFrom.getTime()));
  return {
    ...viewBudget(ctx.actor, budget, running),
    events: events.map((event) => eventView(event, byId.get(event.changeId ?? "") ?? null)),
    past: past.map(({ fromAt, toAt, limitNano, spentNano }) => ({
      from: fromAt.toISOString(),
      to: toAt.toISOString(),
      limitUsd: nanoToUsd(limitNano),
      spentUsd: nanoToUsd(spentNano),
      capped: cappedPeriods.has(fromAt.getTime()),
    })),
  };
}

/** Of the period that runs by the budget's present rule: after an edit the one before it may overlap. */
async function runningPeriods(ctx: Ctx, budgets: readonly Budget[]): Promise<Map<string, PeriodRow>> {
  const { timeZone } = await loadWorkspace(ctx.db);
  const spans = new Map(budgets.map(({ row, period }) => [row.id, periodAt(period, ctx.now.getTime(), timeZone)]));
  const rows = await currentPeriods(ctx.db.prisma, [...spans.keys()], ctx.now);
  return new Map(rows.filter((row) => spans.get(row.budgetId)?.from === row.fromAt.getTime()).map((row) => [row.budgetId, row]));
}

const eventView = (event: EventRow, change: BudgetEventView["change"]): BudgetEventView => ({
  id: event.id,
  kind: event.kind as BudgetEventView["kind"],
  percent: event.percent,
  at: event.at.toISOString(),
  periodFrom: event.periodFrom.toISOString(),
  spentUsd: nanoToUsd(event.spentNano),
  limitUsd: nanoToUsd(event.limitNano),
  text: event.text,
  change,
  draftFailed: event.draftFailed,
});
