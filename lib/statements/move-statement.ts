import type pg from "pg";
import { appendAuditRaw } from "@/lib/audit/append";
import { mayUseTenant, requireRole, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { loadLiveMonth, type LiveMonth } from "./build-content";
import { correctStatement } from "./correct";
import { getStatement } from "./read-statements";
import { moveStatementSchema, type MoveStatement, type StatementContent, type StatementView } from "./schemas";
import { lockMonth, markLocked, markRestated, readRevisions, writeDraft, type StoredStatement } from "./store";

/** Draw a statement up, lock it, or restate a locked one. Analysts draw up, admins lock and restate. */
export async function moveStatement(ctx: Ctx, input: unknown): Promise<StatementView> {
  const move = moveStatementSchema.parse(input);
  requireRole(ctx, move.action === "draft" ? "analyst" : "admin");
  if (!mayUseTenant(ctx.actor, move.tenant))
    throw new AppError("not_found", "There is no such tenant, or it is not one of yours.");
  const live = await loadLiveMonth(ctx, move.month);
  await withTransaction(ctx.db.pool, async (client) => {
    await lockMonth(client, move.tenant, move.month);
    const revisions = await readRevisions(client, move.tenant, move.month);
    const data = await MOVES[move.action](ctx, client, { move, live, revisions });
    await appendAuditRaw(client, ctx, {
      action: `statement.${move.action}`,
      subject: `statement:${move.month}:${move.tenant}`,
      data,
    });
  });
  return getStatement(ctx, { tenant: move.tenant, month: move.month });
}

interface Moved {
  move: MoveStatement;
  live: LiveMonth;
  revisions: readonly StoredStatement[];
}
type Move = (ctx: Ctx, client: pg.PoolClient, moved: Moved) => Promise<Record<string, unknown>>;

const find = (revisions: readonly StoredStatement[], status: StoredStatement["status"]) =>
  revisions.find((one) => one.status === status);

const draft: Move = async (ctx, client, { move, live, revisions }) => {
  if (find(revisions, "locked")) {
    throw new AppError("conflict", "This statement is locked. What came late goes into a restatement, which an admin begins.");
  }
  const open = find(revisions, "draft");
  return write(ctx, client, { move, revision: open?.revision ?? 1, content: live.contentOf(move.tenant), reason: null });
};

const lock: Move = async (ctx, client, { move, live, revisions }) => {
  const open = find(revisions, "draft");
  if (!open) throw new AppError("conflict", "There is no draft to lock. Draw one up first.");
  if (move.action === "lock" && open.contentHash !== move.contentHash) {
    throw new AppError("conflict", "The draft was drawn up anew since you looked at it. Look at it again before you lock it.");
  }
  if (live.period.to.getTime() > ctx.now.getTime()) {
    throw new AppError("conflict", `The month goes on until ${live.period.to.toISOString()}. It can be locked when it is over.`);
  }
  if (live.pendingGpuHours > 0) {
    throw new AppError(
      "conflict",
      `${live.pendingGpuHours} GPU hours of the month are still being shared out. Lock it in some minutes.`,
    );
  }
  const before = find(revisions, "locked");
  if (before) await markRestated(client, before.id, ctx.now);
  await markLocked(client, open.id, { now: ctx.now, name: ctx.actor.name });
  return {
    revision: open.revision,
    total: open.content.total,
    currency: open.content.currency,
    restates: before?.revision ?? null,
  };
};

const restate: Move = async (ctx, client, { move, live, revisions }) => {
  const locked = find(revisions, "locked");
  if (!locked) throw new AppError("conflict", "Only a locked statement is restated. Draw this one up anew instead.");
  const content = correctStatement(locked.content, live.contentOf(move.tenant, locked.content));
  if (!content) throw new AppError("conflict", "Nothing changed since it was locked, so there is nothing to restate.");
  const reason = move.action === "restate" ? move.reason : null;
  return write(ctx, client, { move, revision: locked.revision + 1, content, reason });
};

const MOVES: Record<MoveStatement["action"], Move> = { draft, lock, restate };

async function write(
  ctx: Ctx,
  client: pg.PoolClient,
  drawn: { move: MoveStatement; revision: number; content: StatementContent; reason: string | null },
): Promise<Record<string, unknown>> {
  const { move, revision, content, reason } = drawn;
  const { tenant, month } = move;
  await writeDraft(client, { tenant, month, revision, content, reason, now: ctx.now, by: ctx.actor.name });
  const corrections = content.lines.filter(({ correction }) => correction).length;
  return { revision, total: content.total, currency: content.currency, corrections, reason };
}
