import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { outcomesFor } from "./access";
import { policySetOf } from "./policy-set";
import { renderTargets } from "./render-targets";
import type { TargetOutcome } from "./schemas";
import { loadHeads, loadTargets } from "./store";

/** What one target makes of the policies in force: why it has no order, or keeps an old one. Revoked ones make nothing of it. */
export async function readOutcome(ctx: Ctx, targetId: string): Promise<TargetOutcome> {
  requireRole(ctx, "viewer");
  const { prisma } = ctx.db;
  const [targets, heads] = await Promise.all([loadTargets(prisma, targetId), loadHeads(prisma)]);
  const [outcome] = outcomesFor(ctx.actor, renderTargets(targets, policySetOf(heads)).outcomes);
  if (!outcome) throw new AppError("not_found", "There is no such target, or it is revoked.");
  return outcome;
}
