import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import type { RepricingDetails, RepricingView } from "./schemas";
import { findRepricings, readDiff, readRepricing, viewRepricing } from "./store";

const MAX_LISTED = 100;

/** Totals of all tenants are in it, so it is for those who see all. */
function requireWholeWorkspace(ctx: Ctx): void {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  if (ctx.actor.tenants !== "all") {
    throw new AppError("forbidden", "Repricing shows the totals of every tenant; you are limited to some.");
  }
}

export async function listRepricings(ctx: Ctx): Promise<{ items: RepricingView[] }> {
  requireWholeWorkspace(ctx);
  return { items: (await findRepricings(ctx.db.pool, MAX_LISTED)).map(viewRepricing) };
}

export async function getRepricing(ctx: Ctx, id: string): Promise<RepricingDetails> {
  requireWholeWorkspace(ctx);
  const job = await readRepricing(ctx.db.pool, id);
  if (!job) throw new AppError("not_found", "There is no such repricing.");
  const [tenant, model, day] = await Promise.all(
    (["tenant", "model", "day"] as const).map((by) => readDiff(ctx.db.pool, id, by)),
  );
  return { ...viewRepricing(job), diff: { tenant: tenant!, model: model!, day: day! } };
}
