import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { measure } from "./measure";
import { BASELINE_METRICS, createBaselineSchema, type BaselineView, type CreateBaseline, type GovernanceScope } from "./schemas";
import { insertBaseline, ownersOf, readBaselines, removeBaseline } from "./store";

/** Freeze what the catalogue says of a scope and period now: later data of that period change nothing of it. */
export async function createBaseline(ctx: Ctx, input: CreateBaseline): Promise<{ id: string }> {
  requireRole(ctx, "analyst");
  const { name, scope, from, to } = createBaselineSchema.parse(input);
  const period = { from: new Date(from), to: new Date(to) };
  if (period.to > ctx.now)
    throw new AppError("invalid", "to: a period that is over can be frozen, not one to come.", { field: "to" });
  const tenants = ownersOf(ctx, scope);
  const values = Object.fromEntries(await measure(ctx, scope, BASELINE_METRICS, period));
  return ctx.db.prisma.$transaction(async (tx) => {
    const { id } = await insertBaseline(tx, ctx, { name, scope, fromAt: period.from, toAt: period.to, values, tenants });
    await appendAudit(tx, ctx, { action: "baseline.freeze", subject: `baseline:${id}`, data: { name, scope, from, to, values } });
    return { id };
  });
}

/** Each beside the same length of time up to now. */
export async function listBaselines(ctx: Ctx): Promise<BaselineView[]> {
  requireRole(ctx, "viewer");
  return Promise.all(
    (await readBaselines(ctx)).map(async (row) => {
      const scope = row.scope as GovernanceScope;
      const frozen = row.values as Record<string, string | null>;
      const length = row.toAt.getTime() - row.fromAt.getTime();
      const now = await measure(ctx, scope, BASELINE_METRICS, { from: new Date(ctx.now.getTime() - length), to: ctx.now });
      return {
        id: row.id,
        name: row.name,
        scope,
        from: row.fromAt.toISOString(),
        to: row.toAt.toISOString(),
        createdBy: row.createdByName,
        createdAt: row.createdAt.toISOString(),
        metrics: BASELINE_METRICS.map((id) => ({ id, frozen: frozen[id] ?? null, now: now.get(id) ?? null })),
      };
    }),
  );
}

export async function deleteBaseline(ctx: Ctx, id: string): Promise<void> {
  requireRole(ctx, "lead");
  await ctx.db.prisma.$transaction(async (tx) => {
    const name = await removeBaseline(tx, ctx, id);
    if (name === null) throw new AppError("not_found", "There is no such baseline.");
    await appendAudit(tx, ctx, { action: "baseline.delete", subject: `baseline:${id}`, data: { name } });
  });
}
