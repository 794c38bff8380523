/** Times in which no change begins or goes a step further. Going back is never frozen. */
import { appendAudit } from "@/lib/audit";
import { requireRole, requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import type { z } from "zod";
import { freezeSchema, type FreezeView } from "../schemas";
import { inTransaction } from "./rows";

const MOST_FREEZES = 100;

/** Newest end first: what is on, what comes, and what was. */
export async function listFreezes(ctx: Ctx): Promise<{ freezes: FreezeView[] }> {
  requireRole(ctx, "viewer");
  const rows = await ctx.db.prisma.changeFreeze.findMany({ orderBy: { endsAt: "desc" }, take: MOST_FREEZES });
  return {
    freezes: rows.map(({ id, startsAt, endsAt, reason, createdByName }) => ({
      id,
      startsAt: startsAt.toISOString(),
      endsAt: endsAt.toISOString(),
      reason,
      createdBy: createdByName,
      active: startsAt <= ctx.now && endsAt > ctx.now,
    })),
  };
}

export async function createFreeze(ctx: Ctx, input: z.input<typeof freezeSchema>): Promise<{ id: string }> {
  requireWorkspaceAdmin(ctx);
  const { startsAt, endsAt, reason } = freezeSchema.parse(input);
  const { actor, now } = ctx;
  if (new Date(endsAt) <= now) throw new AppError("invalid", "That time has gone by.", { field: "endsAt" });
  return inTransaction(ctx, async (tx) => {
    const data = { startsAt: new Date(startsAt), endsAt: new Date(endsAt), reason };
    const { id } = await tx.changeFreeze.create({
      data: { ...data, createdById: actor.id, createdByName: actor.name, createdAt: now },
    });
    await appendAudit(tx, ctx, { action: "freeze.create", subject: `freeze:${id}`, data });
    return { id };
  });
}

/** One that has begun ends now, so that the record of it stays; one to come is taken away. */
export async function endFreeze(ctx: Ctx, id: string): Promise<void> {
  requireWorkspaceAdmin(ctx);
  const { now } = ctx;
  await inTransaction(ctx, async (tx) => {
    const freeze = await tx.changeFreeze.findUnique({ where: { id } });
    if (!freeze) throw new AppError("not_found", "There is no such freeze.");
    if (freeze.endsAt <= now) throw new AppError("conflict", "That freeze has ended already.");
    if (freeze.startsAt < now) await tx.changeFreeze.update({ where: { id }, data: { endsAt: now } });
    else await tx.changeFreeze.delete({ where: { id } });
    const { startsAt, endsAt, reason } = freeze;
    await appendAudit(tx, ctx, { action: "freeze.end", subject: `freeze:${id}`, data: { startsAt, endsAt, reason } });
  });
}
