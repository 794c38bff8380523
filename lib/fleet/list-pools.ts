/** The pools an actor may see, with their nodes and what each node last said. */
import { requireScope, type Ctx } from "@/lib/auth/actor";
import { DAY_MS, MINUTE_MS } from "@/lib/time";
import type { PoolUsageReader } from "./reader";
import type { FleetNode, FleetPool, NodeReading, NodeState } from "./schemas";
import { readEmptyPools, readNodes, type NodeRow } from "./store";

const STALE_AFTER_MS = 5 * MINUTE_MS;
/** A person limited to tenants sees a pool when it served one of them in this time. */
const SERVED_WITHIN_MS = 30 * DAY_MS;

export async function listPools(ctx: Ctx, reader: PoolUsageReader): Promise<FleetPool[]> {
  requireScope(ctx.actor, "read");
  const [rows, empty] = await Promise.all([readNodes(ctx.db), readEmptyPools(ctx.db)]);
  const pools = new Map<string, FleetPool>();
  for (const pool of empty) {
    pools.set(pool.id, {
      id: pool.id,
      name: pool.name,
      model: pool.model,
      engine: pool.engine,
      simulated: pool.simulated,
      nodes: [],
    });
  }
  for (const row of rows) {
    const pool = pools.get(row.pool) ?? {
      id: row.pool,
      name: row.poolName ?? row.pool,
      model: row.poolModel,
      engine: row.poolEngine,
      simulated: row.poolSimulated ?? false,
      nodes: [],
    };
    pool.nodes.push(toNode(row, ctx.now));
    pools.set(row.pool, pool);
  }
  const all = [...pools.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const { tenants } = ctx.actor;
  if (tenants === "all") return all;
  if (tenants.length === 0) return [];
  const work = await reader.work({ from: new Date(ctx.now.getTime() - SERVED_WITHIN_MS), to: ctx.now });
  const served = new Set(work.filter((line) => tenants.includes(line.tenant)).map((line) => line.pool));
  return all.filter((pool) => served.has(pool.id)).map(withoutReadings);
}

/** A reading is not split by tenant: it would tell a limited person what the others are doing. */
function withoutReadings(pool: FleetPool): FleetPool {
  return { ...pool, nodes: pool.nodes.map((node) => ({ ...node, reading: null })) };
}

function toNode(row: NodeRow, now: Date): FleetNode {
  return {
    id: row.node,
    gpuType: row.gpuType,
    gpuCount: row.gpuCount,
    region: row.region,
    commitment: row.commitment,
    simulated: row.simulated ?? false,
    state: nodeState(row.at, now),
    reading: row.at ? toReading(row, row.at) : null,
  };
}

/** Pure: how fresh is what a node last said? */
export function nodeState(at: Date | null, now: Date): NodeState {
  if (!at) return "silent";
  return now.getTime() - at.getTime() <= STALE_AFTER_MS ? "live" : "stale";
}

function toReading(row: NodeRow, at: Date): NodeReading {
  const tokens =
    row.promptTokens === null && row.generatedTokens === null ? null : (row.promptTokens ?? 0) + (row.generatedTokens ?? 0);
  return {
    at: at.toISOString(),
    engineActive: row.engineActive,
    gpuUtilization: row.gpuUtil,
    memoryUsedMib: row.memoryUsedMib,
    memoryTotalMib: row.memoryTotalMib,
    kvCacheUsage: row.kvCacheUsage,
    running: row.running,
    waiting: row.waiting,
    tokensPerSecond: tokens === null || !row.intervalSec ? null : tokens / row.intervalSec,
    powerWatts: row.powerWatts,
  };
}
