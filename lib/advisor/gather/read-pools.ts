/** GPU pools with their bill, their load by the hour and what their engines are told. */
import type { Ctx } from "@/lib/auth/actor";
import type { MetricRow } from "@/lib/metrics/schemas";
import { canonicalGpuType } from "@/lib/pricing/gpu-rates";
import type { PoolHour, PoolInput } from "../detectors/input";
import { askOver, type Ask } from "./ask";
import { readPolicies, type KnownPolicies } from "./read-policies";
import { cell, maybe, nano, number } from "./read-row";

/** The pools of GPUs alone. GPUs are everybody's: they are not cut to the actor's tenants. */
export const gatherPools = async (ctx: Ctx, period: { from: number; to: number }): Promise<PoolInput[]> =>
  readPools(ctx, askOver(ctx, period), await readPolicies(ctx));

export async function readPools(ctx: Ctx, ask: Ask, { engineOf }: KnownPolicies): Promise<PoolInput[]> {
  const [totals, hours, known] = await Promise.all([
    ask({ metrics: ["gpu_cost_usd", "gpu_idle_cost_usd", "gpu_utilization", "gpu_memory_use"], groupBy: ["pool"] }),
    ask({
      metrics: ["gpu_utilization", "kv_cache_usage", "queue_depth", "running_batch", "preemptions"],
      groupBy: ["pool"],
      grain: "hour",
    }),
    ctx.db.prisma.pool.findMany({ include: { nodes: true } }),
  ]);
  return known.flatMap((pool): PoolInput[] => {
    const total = totals.find((row) => row["pool"] === pool.id);
    const [node] = pool.nodes;
    if (!total || !node) return [];
    return [
      {
        id: pool.id,
        model: pool.model,
        engine: pool.engine,
        gpuType: canonicalGpuType(node.gpuType),
        commitment: node.commitment,
        nodes: pool.nodes.length,
        gpus: pool.nodes.reduce((sum, { gpuCount }) => sum + gpuCount, 0),
        policy: engineOf(pool.id),
        costNanoUsd: nano(total, "gpu_cost_usd"),
        idleCostNanoUsd: nano(total, "gpu_idle_cost_usd"),
        utilization: number(total, "gpu_utilization"),
        memoryUse: maybe(cell(total, "gpu_memory_use")?.value),
        hours: hours.filter((row) => row["pool"] === pool.id).flatMap(hourOf),
      },
    ];
  });
}

function hourOf(row: MetricRow): PoolHour[] {
  const utilization = maybe(cell(row, "gpu_utilization")?.value);
  if (utilization === null || row.bucket === null) return [];
  return [
    {
      at: Date.parse(row.bucket),
      utilization,
      kvCacheUsage: maybe(cell(row, "kv_cache_usage")?.value),
      queueDepth: maybe(cell(row, "queue_depth")?.value),
      runningBatch: maybe(cell(row, "running_batch")?.value),
      preemptions: number(row, "preemptions"),
    },
  ];
}
