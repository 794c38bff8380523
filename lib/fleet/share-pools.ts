/** Each tenant's share of each pool, by work, with busy dollars that add up exactly and idle on its own line. */
import { mayUseTenant, requireScope, type Ctx } from "@/lib/auth/actor";
import { nanoToUsd } from "@/lib/money";
import { allocatePool, DEFAULT_WORK_WEIGHTS, type AllocationRules } from "@/lib/pricing";
import type { PoolUsageReader } from "./reader";
import { sharePeriodSchema, type PoolShare, type PoolShares, type SharePeriod } from "./schemas";

/** Idle is nobody's share, and neither is the busy time of a pool without tenant work: both stay lines that are seen. */
const RULES: AllocationRules = { weights: DEFAULT_WORK_WEIGHTS, idle: { kind: "none" }, zeroWork: "unallocated" };
const NOTHING = { busyNanoUsd: 0n, idleNanoUsd: 0n };

export async function sharePools(ctx: Ctx, input: SharePeriod, reader: PoolUsageReader): Promise<PoolShares> {
  requireScope(ctx.actor, "read");
  const { from, to } = sharePeriodSchema.parse(input);
  const period = { from: new Date(from), to: new Date(to) };
  const [work, costs] = await Promise.all([reader.work(period), reader.gpuCost(period)]);
  const limited = ctx.actor.tenants !== "all";
  const ids = [...new Set([...work.map((w) => w.pool), ...costs.map((c) => c.pool)])].filter((id) => id !== "").sort();
  const pools = ids.map((pool): PoolShare => {
    const cost = costs.find((c) => c.pool === pool) ?? NOTHING;
    const ofPool = work.filter((line) => line.pool === pool);
    const { shares, unallocatedBusyNanoUsd } = allocatePool(cost, ofPool, RULES);
    return {
      pool,
      busyUsd: limited ? null : nanoToUsd(cost.busyNanoUsd),
      idleUsd: limited ? null : nanoToUsd(cost.idleNanoUsd),
      unallocatedUsd: limited ? null : nanoToUsd(unallocatedBusyNanoUsd),
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
  const { uncached, cached, decode } = RULES.weights;
  return {
    weights: { uncached, cached, decode },
    limited,
    pools: limited ? pools.filter((pool) => pool.tenants.length > 0) : pools,
  };
}
