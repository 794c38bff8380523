import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { readAdjustments } from "@/lib/invoices/adjustments";
import { runQuery } from "@/lib/metrics";
import type { Dimension } from "@/lib/metrics/schemas";
import { toNanoUsd } from "@/lib/money";
import type { DirectCost, MonthCosts, PoolCost } from "./assemble";
import { everybody, MAX_GROUPS, textOf, valueOf } from "./metric-rows";
import { monthOf, rateDayOf, type MonthPeriod } from "./month";
import { readPoolCosts } from "./read-pool-costs";

/** Provider under which a pool's requests are charged when its GPUs report nothing. */
const INTERNAL_RATE = "internal rate";

/**
 * Everything that a month cost. Requests to own pools are paid for with the pools' GPU bills, so their internal rate is not
 * charged as well; a pool whose nodes report nothing has no bill, and is charged at that rate.
 */
export async function loadMonthCosts(ctx: Ctx, period: MonthPeriod, timeZone: string): Promise<MonthCosts> {
  const [pools, atProviders, inPools] = await Promise.all([
    readPoolCosts(ctx, period, timeZone),
    readCosts(ctx, period, ["tenant", "provider", "modelServed"], true),
    readCosts(ctx, period, ["tenant", "pool", "modelServed"], false),
  ]);
  const billed = new Set(pools.map(({ pool }) => pool));
  const direct: DirectCost[] = [
    ...atProviders.map(({ of, ...cost }) => ({ ...cost, provider: of })),
    ...inPools
      .filter(({ of }) => of !== "" && !billed.has(of))
      .map(({ of, model, ...cost }) => ({ ...cost, model: `${model} in pool ${of}`, provider: INTERNAL_RATE })),
  ];
  const rateDay = rateDayOf(period, ctx.now, timeZone);
  const adjustments = await readAdjustments(ctx, { month: monthOf(period.from, timeZone), rateDay }, direct);
  return { direct, pools: sumDays(pools), adjustments };
}

interface ModelCost {
  tenant: string;
  /** Provider or pool. */
  of: string;
  model: string;
  nanoUsd: bigint;
}

async function readCosts(
  ctx: Ctx,
  { from, to }: MonthPeriod,
  groupBy: [Dimension, Dimension, Dimension],
  outsidePools: boolean,
): Promise<ModelCost[]> {
  const { rows, warnings } = await runQuery(everybody(ctx), {
    metrics: ["cost_usd"],
    groupBy,
    ...(outsidePools ? { filters: [{ dimension: "pool" as const, in: [""] }] } : {}),
    from: from.toISOString(),
    to: to.toISOString(),
    limit: MAX_GROUPS,
  });
  if (rows.length >= MAX_GROUPS) {
    throw new AppError("unprocessable", `This month has more than ${MAX_GROUPS} tenants × models. ${warnings.join(" ")}`);
  }
  return rows
    .map((row) => ({
      tenant: textOf(row, "tenant"),
      of: textOf(row, groupBy[1]),
      model: textOf(row, groupBy[2]),
      nanoUsd: toNanoUsd(valueOf(row, "cost_usd") ?? "0"),
    }))
    .filter(({ nanoUsd }) => nanoUsd !== 0n);
}

function sumDays(days: readonly PoolCost[]): PoolCost[] {
  const sums = new Map<string, PoolCost>();
  for (const { tenant, pool, kind, nanoUsd } of days) {
    const key = JSON.stringify([tenant, pool, kind]);
    sums.set(key, { tenant, pool, kind, nanoUsd: (sums.get(key)?.nanoUsd ?? 0n) + nanoUsd });
  }
  return [...sums.values()];
}
