/** PREPARE: registered pools and nodes, their numbers and their allocation → one view per pool. Pure. */
import type { Allocations, PoolAllocation } from "@/lib/allocation/schemas";
import type { FleetNode, FleetPool } from "@/lib/fleet/schemas";
import type { MetricRow } from "@/lib/metrics/schemas";
import { toNanoUsd } from "@/lib/money/nano";
import { keyOf } from "@/components/table/metric-columns";

export interface NodeView {
  node: FleetNode;
  /** undefined: it sent nothing in this period. */
  metrics: MetricRow | undefined;
}

export interface PoolView {
  pool: FleetPool;
  metrics: MetricRow | undefined;
  nodes: NodeView[];
  live: number;
  /** undefined: no closed hour of it was allocated in this period. */
  allocation: PoolAllocation | undefined;
}

export interface PoolInputs {
  pools: readonly FleetPool[];
  byPool: readonly MetricRow[];
  byNode: readonly MetricRow[];
  allocations: Allocations | undefined;
  /** Chosen in the filter bar; empty is all. */
  chosen: { pools: readonly string[]; nodes: readonly string[] };
}

/** Pools with the most idle dollars first: that is where the money is. */
export function preparePools({ pools, byPool, byNode, allocations, chosen }: PoolInputs): PoolView[] {
  const views = pools
    .filter((pool) => chosen.pools.length === 0 || chosen.pools.includes(pool.id))
    .map((pool): PoolView => {
      const nodes = pool.nodes.filter((node) => chosen.nodes.length === 0 || chosen.nodes.includes(node.id));
      return {
        pool,
        metrics: byPool.find((row) => keyOf(row, "pool") === pool.id),
        nodes: nodes.map((node) => ({
          node,
          metrics: byNode.find((row) => keyOf(row, "pool") === pool.id && keyOf(row, "node") === node.id),
        })),
        live: nodes.filter(({ state }) => state === "live").length,
        allocation: allocations?.pools.find((each) => each.pool === pool.id),
      };
    })
    .filter((view) => chosen.nodes.length === 0 || view.nodes.length > 0);
  const idle = (view: PoolView) => toNanoUsd(view.allocation?.bill?.idleUsd ?? "0");
  return views.sort((a, b) => (idle(a) === idle(b) ? (a.pool.id < b.pool.id ? -1 : 1) : idle(a) > idle(b) ? -1 : 1));
}
