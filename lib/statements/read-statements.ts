import { mayUseTenant, requireScope, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { minorToText } from "@/lib/money";
import { loadLiveMonth, totalOf, type LiveMonth } from "./build-content";
import { minorOf } from "./correct";
import { stateOf } from "./month";
import {
  monthSchema,
  statementQuerySchema,
  type LineKind,
  type MonthTenant,
  type MonthView,
  type StatementLine,
  type StatementView,
} from "./schemas";
import { readMonth, readRevisions, type StoredStatement } from "./store";

const notYours = () => new AppError("not_found", "There is no such tenant, or it is not one of yours.");

/** What one tenant owes for a month: as known now, and every revision that was drawn up. */
export async function getStatement(ctx: Ctx, input: unknown): Promise<StatementView> {
  requireScope(ctx.actor, "read");
  const { tenant, month } = statementQuerySchema.parse(input);
  if (!mayUseTenant(ctx.actor, tenant)) throw notYours();
  const [known, live, revisions] = await Promise.all([
    ctx.db.prisma.tenant.findUnique({ where: { id: tenant } }),
    loadLiveMonth(ctx, month),
    readRevisions(ctx.db.pool, tenant, month),
  ]);
  if (!known && !live.assembled.tenants.has(tenant) && revisions.length === 0) throw notYours();
  const locked = revisions.find(({ status }) => status === "locked");
  const content = live.contentOf(tenant, locked?.content);
  return {
    tenant,
    tenantName: known?.name ?? (tenant || "(not set)"),
    month,
    state: stateOf(live.period, ctx.now, locked !== undefined),
    live: content,
    pendingGpuHours: live.pendingGpuHours,
    revisions,
    lateAmount: locked ? minorToText(minorOf(content.total) - minorOf(locked.content.total), locked.content.digits) : null,
  };
}

/** A month of all tenants that the actor may see; for those who see all, with what nobody is charged for. */
export async function getMonth(ctx: Ctx, input: unknown): Promise<MonthView> {
  requireScope(ctx.actor, "read");
  const month = monthSchema.parse(input);
  const [live, stored, names] = await Promise.all([
    loadLiveMonth(ctx, month),
    readMonth(ctx.db.pool, month),
    ctx.db.prisma.tenant.findMany({ select: { id: true, name: true } }),
  ]);
  const nameOf = new Map(names.map(({ id, name }) => [id, name]));
  const ids = [...new Set([...live.assembled.tenants.keys(), ...stored.map(({ tenant }) => tenant)])]
    .filter((id) => mayUseTenant(ctx.actor, id))
    .sort();
  const all = ctx.actor.tenants === "all";
  const { rate, period, assembled } = live;
  return {
    month,
    state: stateOf(period, ctx.now, false),
    currency: rate.currency,
    digits: rate.digits,
    rate: rate.rate,
    rateDay: rate.day,
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    tenants: ids.map((id) => tenantOf(id, nameOf.get(id) ?? (id || "(not set)"), live, stored)),
    unallocated: all ? assembled.unallocated : null,
    tenantsTotal: all ? totalOf([...assembled.tenants.values()].flat(), rate.digits) : null,
    total: all ? minorToText(assembled.totalMinor, rate.digits) : null,
  };
}

function tenantOf(tenant: string, name: string, live: LiveMonth, stored: readonly StoredStatement[]): MonthTenant {
  const own = stored.filter((statement) => statement.tenant === tenant);
  const inForce = own.find(({ status }) => status === "locked");
  const newest = own[0];
  const lines = live.assembled.tenants.get(tenant) ?? [];
  const { digits } = live.rate;
  const sumOf = (kinds: readonly LineKind[]) =>
    totalOf(
      lines.filter(({ kind }) => kinds.includes(kind)),
      digits,
    );
  return {
    tenant,
    name,
    status: newest?.status ?? null,
    revision: newest?.revision ?? null,
    total: (inForce ?? newest)?.content.total ?? totalOf(lines, digits),
    live: totalOf(lines, digits),
    direct: sumOf(["direct"]),
    shared: sumOf(["shared", "idle", "commitment", "overhead"]),
    other: sumOf(["credit", "tax", "residual"]),
  };
}

/** The lines of a statement as CSV rows: that in force, the draft, or what is known now. */
export async function readStatementLines(
  ctx: Ctx,
  input: unknown,
): Promise<{ view: StatementView; lines: StatementLine[]; status: string }> {
  const view = await getStatement(ctx, input);
  const chosen = view.revisions.find(({ status }) => status === "locked") ?? view.revisions[0];
  return {
    view,
    lines: chosen?.content.lines ?? view.live.lines,
    status: chosen ? `${chosen.status} ${chosen.revision}` : view.state,
  };
}
