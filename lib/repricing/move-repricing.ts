import type pg from "pg";
import { appendAuditRaw } from "@/lib/audit/append";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { loadPriceBook } from "@/lib/pricing";
import { decideApply, decideCancel } from "./decide";
import { outdated } from "./run-piece";
import type { RepricingView } from "./schemas";
import { readRepricing, updateRepricing, viewRepricing, type Repricing } from "./store";

/** Apply a repricing whose dry run is finished; above the threshold the first call asks, and another admin's approves. */
export async function applyRepricing(ctx: Ctx, id: string): Promise<RepricingView> {
  requireWorkspaceAdmin(ctx);
  const { version } = await loadPriceBook(ctx.db, { maxAgeMs: 0 });
  return withTransaction(ctx.db.pool, async (client) => {
    const job = await lockedRepricing(client, id);
    const open = job.status === "ready" || job.status === "awaiting_approval";
    if (open && job.bookVersion !== version) return save(ctx, client, outdated(job, ctx.now), "repricing.outdate");
    const moved = decideApply(job, ctx.actor);
    return save(ctx, client, moved, moved.status === "awaiting_approval" ? "repricing.request" : "repricing.apply");
  });
}

/** Stop it. What was applied stays: each piece was whole, and the next repricing goes on from there. */
export async function cancelRepricing(ctx: Ctx, id: string): Promise<RepricingView> {
  requireWorkspaceAdmin(ctx);
  return withTransaction(ctx.db.pool, async (client) =>
    save(ctx, client, decideCancel(await lockedRepricing(client, id), ctx.actor, ctx.now), "repricing.cancel"),
  );
}

async function lockedRepricing(client: pg.PoolClient, id: string): Promise<Repricing> {
  const job = await readRepricing(client, id, true);
  if (!job) throw new AppError("not_found", "There is no such repricing.");
  return job;
}

async function save(ctx: Ctx, client: pg.PoolClient, job: Repricing, action: string): Promise<RepricingView> {
  await updateRepricing(client, job);
  const { oldUsd, newUsd, movedUsd, changed, status } = viewRepricing(job);
  await appendAuditRaw(client, ctx, {
    action,
    subject: `repricing:${job.id}`,
    data: { status, changed, oldUsd, newUsd, movedUsd },
  });
  return viewRepricing(job);
}
