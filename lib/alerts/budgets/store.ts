/** The only file of budgets that touches the database. Entities through Prisma; the claim is a raw compare-and-set. */
import { covers } from "@/lib/changes/store/people";
import type { Actor, Ctx } from "@/lib/auth/actor";
import type { Db, Prisma, Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import type { NewEvent } from "./decide-events";
import type { Span } from "./period";
import type { BudgetFields, BudgetPeriod, BudgetReading, DraftTemplate, PeriodView } from "./schemas";
import { tenantsOfScope, type ScopeFilter } from "./scope";

export type Reader = Tx | Db["prisma"];
export type BudgetRow = Prisma.BudgetGetPayload<object>;
export type PeriodRow = Prisma.BudgetPeriodGetPayload<object>;
export type EventRow = Prisma.BudgetEventGetPayload<object>;

/** A row with its JSON columns as what they are: they were checked when they were written. */
export interface Budget {
  row: BudgetRow;
  scope: ScopeFilter[];
  period: BudgetPeriod;
  draft: { at: number; template: DraftTemplate } | null;
  limitNano: bigint;
}

export const budgetOf = (row: BudgetRow): Budget => ({
  row,
  scope: row.scope as unknown as ScopeFilter[],
  period: row.period as unknown as BudgetPeriod,
  draft: row.draft as Budget["draft"],
  limitNano: toNanoUsd(row.amount.toFixed()),
});

export const inTransaction = <T>(ctx: Pick<Ctx, "db">, work: (tx: Tx) => Promise<T>): Promise<T> =>
  ctx.db.prisma.$transaction(work, { maxWait: 15_000, timeout: 60_000 });

/** What one may not see does not exist. */
export const maySee = (actor: Actor, row: Pick<BudgetRow, "tenants">): boolean => covers(actor.tenants, row.tenants);

export async function findBudget(ctx: Pick<Ctx, "actor">, reader: Reader, id: string): Promise<Budget> {
  const row = await reader.budget.findUnique({ where: { id } });
  if (!row || !maySee(ctx.actor, row)) throw new AppError("not_found", "There is no such budget.");
  return budgetOf(row);
}

/** Nobody else changes or evaluates it until the transaction ends. */
export async function lockBudget(ctx: Pick<Ctx, "actor">, tx: Tx, id: string): Promise<Budget> {
  await tx.$queryRaw`select 1 from budget where id = ${id}::uuid for no key update`;
  return findBudget(ctx, tx, id);
}

export const columnsOf = (fields: BudgetFields) => ({
  name: fields.name,
  scope: fields.scope,
  tenants: tenantsOfScope(fields.scope),
  amount: fields.amount,
  currency: fields.currency,
  period: fields.period,
  hard: fields.hard,
  thresholds: fields.thresholds,
  forecastPercent: fields.forecastPercent,
});

export const currentPeriods = (reader: Reader, ids: readonly string[], now: Date): Promise<PeriodRow[]> =>
  reader.budgetPeriod.findMany({
    where: { budgetId: { in: [...ids] }, fromAt: { lte: now }, toAt: { gt: now } },
    orderBy: { fromAt: "asc" },
  });

export const periodView = (row: PeriodRow): PeriodView => ({
  from: row.fromAt.toISOString(),
  to: row.toAt.toISOString(),
  limitUsd: nanoToUsd(row.limitNano),
  spentUsd: nanoToUsd(row.spentNano),
  cappedAt: row.cappedAt?.toISOString() ?? null,
  evaluatedAt: row.evaluatedAt.toISOString(),
  reading: row.reading as unknown as BudgetReading,
});

export interface Claim {
  id: string;
  epoch: bigint;
}

/** The budget that waited longest; nobody else's until `leaseMs` have passed. */
export async function claimBudget(db: Db, now: Date, leaseMs: number): Promise<Claim | null> {
  const { rows } = await db.pool.query<{ id: string; epoch: string }>(
    `update budget set epoch = epoch + 1, lease_until = $2
     where id = (select id from budget where archived_at is null and due_at <= $1 and coalesce(lease_until, '-infinity') <= $1
                 order by due_at limit 1 for update skip locked)
     returning id::text, epoch::text`,
    [now, new Date(now.getTime() + leaseMs)],
  );
  return rows[0] ? { id: rows[0].id, epoch: BigInt(rows[0].epoch) } : null;
}

/** Locked, and still ours and as it was read: else null, and whoever has it now does the work. */
export async function lockClaimed(tx: Tx, claim: Claim, version: number): Promise<true | null> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 from budget where id = ${claim.id}::uuid and epoch = ${claim.epoch} and version = ${version} for no key update`;
  return rows.length === 1 ? true : null;
}

/** Done, or failed: when it is looked at again. False: it was not ours any more. */
export async function releaseBudget(reader: Reader, claim: Claim, dueAt: Date, failed: string | null): Promise<boolean> {
  const { count } = await reader.budget.updateMany({
    where: { id: claim.id, epoch: claim.epoch },
    data: { leaseUntil: null, dueAt, failed },
  });
  return count === 1;
}

export const findPeriod = (tx: Tx, budgetId: string, span: Span): Promise<PeriodRow | null> =>
  tx.budgetPeriod.findUnique({ where: { budgetId_fromAt: { budgetId, fromAt: new Date(span.from) } } });

export async function savePeriod(tx: Tx, row: Omit<PeriodRow, "reading"> & { reading: BudgetReading }): Promise<void> {
  const { budgetId, fromAt, ...rest } = row;
  const data = { ...rest, reading: JSON.parse(JSON.stringify(row.reading)) as object };
  await tx.budgetPeriod.upsert({
    where: { budgetId_fromAt: { budgetId, fromAt } },
    create: { budgetId, fromAt, ...data },
    update: data,
  });
}

export const eventsOf = (reader: Reader, budgetId: string, span: Span): Promise<EventRow[]> =>
  reader.budgetEvent.findMany({ where: { budgetId, periodFrom: new Date(span.from) } });

export async function rearmEvents(tx: Tx, budgetId: string, span: Span, keys: readonly string[], now: Date): Promise<void> {
  if (keys.length === 0) return;
  await tx.budgetEvent.updateMany({
    where: { budgetId, periodFrom: new Date(span.from), key: { in: [...keys] }, rearmedAt: null },
    data: { rearmedAt: now },
  });
}

export interface EventToSay extends NewEvent {
  text: string;
  arming: number;
}

/** The unique index refuses the same key and arming a second time, whoever tries: then the transaction ends. */
export function insertEvent(
  tx: Tx,
  {
    budgetId,
    span,
    now,
    spentNano,
    limitNano,
  }: { budgetId: string; span: Span; now: Date; spentNano: bigint; limitNano: bigint },
  event: EventToSay,
): Promise<EventRow> {
  return tx.budgetEvent.create({
    data: { budgetId, periodFrom: new Date(span.from), at: now, spentNano, limitNano, ...event },
  });
}

/** The newest event of that key asks for a change. */
export async function orderDraft(tx: Tx, budgetId: string, span: Span, key: string, draftTemplate: DraftTemplate): Promise<void> {
  await tx.budgetEvent.updateMany({
    where: { budgetId, periodFrom: new Date(span.from), key, rearmedAt: null },
    data: { draftTemplate },
  });
}

/** A change that is still to be drafted, locked. */
export async function lockOpenDraft(tx: Tx): Promise<EventRow | null> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id::text from budget_event where draft_template is not null and change_id is null and draft_failed is null
    order by at limit 1 for update skip locked`;
  return rows[0] ? tx.budgetEvent.findUniqueOrThrow({ where: { id: rows[0].id } }) : null;
}

export const settleDraft = (tx: Tx, id: string, outcome: { changeId: string } | { draftFailed: string }): Promise<EventRow> =>
  tx.budgetEvent.update({ where: { id }, data: outcome });
