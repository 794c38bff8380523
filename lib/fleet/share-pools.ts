/** Each tenant's share of each pool, by work, with busy dollars that add up exactly and idle on its own line. */
import { mayUseTenant, requireScope, type Ctx } from "@/lib/auth/actor";
import { nanoToUsd } from "@/lib/money";
import { allocateWork, DEFAULT_WORK_WEIGHTS } from "./allocate-work";
import type { PoolUsageReader } from "./reader";
import { sharePeriodSchema, type PoolShare, type PoolShares, type SharePeriod } from "./schemas";

export async function sharePools(ctx: Ctx, input: SharePeriod, reader: PoolUsageReader): Promise<PoolShares> {
  requireScope(ctx.actor, "read");
  const { from, to } = sharePeriodSchema.parse(input);
  const period = { from: new Date(from), to: new Date(to) };
  const [work, costs] = await Promise.all([reader.work(period), reader.gpuCost(period)]);
  const limited = ctx.actor.tenants !== "all";
  const ids = [...new Set([...work.map((w) => w.pool), ...costs.map((c) => c.pool)])].filter((id) => id !== "").sort();
  const pools = ids.map((pool): PoolShare => {
    const cost = costs.find((c) => c.pool === pool);
    const { shares, unallocatedNanoUsd } = allocateWork(
      work.filter((line) => line.pool === pool),
      cost?.busyNanoUsd ?? 0n,
    );
    return {
      pool,
      busyUsd: limited ? null : nanoToUsd(cost?.busyNanoUsd ?? 0n),
      idleUsd: limited ? null : nanoToUsd(cost?.idleNanoUsd ?? 0n),
      unallocatedUsd: limited ? null : nanoToUsd(unallocatedNanoUsd),
      tenants: shares
        .filter((share) => mayUseTenant(ctx.actor, share.tenant))
        .map((share) => ({
          tenant: share.tenant,
          uncachedTokens: share.uncachedTokens.toString(),
          cachedTokens: share.cachedTokens.toString(),
          decodeTokens: share.decodeTokens.toString(),
          work: share.work,
          share: share.share,
          busyUsd: nanoToUsd(share.busyNanoUsd),
        })),
    };
  });
  return {
    weights: DEFAULT_WORK_WEIGHTS,
    limited,
    pools: limited ? pools.filter((pool) => pool.tenants.length > 0) : pools,
  };
}
