import { appendAuditRaw } from "@/lib/audit/append";
import { requireRole, requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { Decimal } from "@/lib/money";
import { canonicalGpuType } from "../gpu-rates";
import { lockPrices } from "../store";
import { overlaps, remainders, standingOf } from "./periods";
import { findGpuRates, insertGpuRate, supersedeGpuRates, type StoredGpuRate } from "./rule-store";
import { setGpuRateSchema, type GpuRateView } from "./schemas";

const view = (rate: StoredGpuRate, now: Date): GpuRateView => ({
  id: rate.id,
  gpuType: rate.gpuType,
  commitment: rate.commitment,
  usdPerHour: rate.usdPerHour,
  effectiveFrom: rate.effectiveFrom?.toISOString() ?? null,
  effectiveTo: rate.effectiveTo?.toISOString() ?? null,
  standing: standingOf(rate, now),
  source: rate.source,
  createdAt: rate.createdAt.toISOString(),
});

export async function listGpuRates(ctx: Ctx): Promise<{ items: GpuRateView[] }> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  return { items: (await findGpuRates(ctx.db.pool)).map((rate) => view(rate, ctx.now)) };
}

/**
 * State what a GPU of a kind costs an hour under one commitment, for a period: it takes the place of what was stated for
 * that period, and the rest of the older rate stays. Samples received from now on are priced by it.
 */
export async function setGpuRate(ctx: Ctx, input: unknown): Promise<{ rate: GpuRateView }> {
  requireWorkspaceAdmin(ctx);
  const { note, confirm, ...stated } = setGpuRateSchema.parse(input);
  const rate = {
    ...stated,
    gpuType: canonicalGpuType(stated.gpuType),
    effectiveFrom: stated.effectiveFrom ? new Date(stated.effectiveFrom) : null,
    effectiveTo: stated.effectiveTo ? new Date(stated.effectiveTo) : null,
    source: note,
  };
  return withTransaction(ctx.db.pool, async (client) => {
    await lockPrices(client);
    const same = (await findGpuRates(client)).filter(
      (old) => canonicalGpuType(old.gpuType) === rate.gpuType && old.commitment === rate.commitment && overlaps(old, rate),
    );
    const leap = same.find(({ usdPerHour }) => {
      const [was, is] = [new Decimal(usdPerHour), new Decimal(rate.usdPerHour)];
      return !was.isZero() && (is.gte(was.mul(10)) || is.mul(10).lte(was));
    });
    if (leap && !confirm) {
      throw new AppError(
        "unprocessable",
        `This is 10 times off the rate before: $${leap.usdPerHour} → $${rate.usdPerHour} an hour. Confirm it if it is meant.`,
        { field: "confirm" },
      );
    }
    await supersedeGpuRates(
      client,
      same.map(({ id }) => id),
      ctx.now,
    );
    for (const old of same) {
      for (const period of remainders(old, rate)) await insertGpuRate(client, { ...old, ...period }, ctx.now);
    }
    const id = await insertGpuRate(client, rate, ctx.now);
    await appendAuditRaw(client, ctx, {
      action: "gpu_rate.set",
      subject: `gpu_rate:${id}`,
      data: { ...rate, superseded: same.map((old) => old.id) },
    });
    return { rate: view({ ...rate, id, createdAt: ctx.now, supersededAt: null }, ctx.now) };
  });
}
