/** PREPARE: registered pools and nodes, their numbers and their tenants' shares → one view per pool. Pure. */
import type { FleetNode, FleetPool, PoolShare, PoolShares } from "@/lib/fleet/schemas";
import type { MetricRow } from "@/lib/metrics/schemas";
import { nanoToUsd, toNanoUsd } from "@/lib/money/nano";
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
  shares: PoolShare | undefined;
}

export interface PoolInputs {
  pools: readonly FleetPool[];
  byPool: readonly MetricRow[];
  byNode: readonly MetricRow[];
  shares: PoolShares | undefined;
  /** Chosen in the filter bar; empty is all. */
  chosen: { pools: readonly string[]; nodes: readonly string[] };
}

/** Pools with the most idle dollars first: that is where the money is. */
export function preparePools({ pools, byPool, byNode, shares, chosen }: PoolInputs): PoolView[] {
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
        shares: shares?.pools.find((share) => share.pool === pool.id),
      };
    })
    .filter((view) => chosen.nodes.length === 0 || view.nodes.length > 0);
  const idle = (view: PoolView) => toNanoUsd(view.shares?.idleUsd ?? "0");
  return views.sort((a, b) => (idle(a) === idle(b) ? (a.pool.id < b.pool.id ? -1 : 1) : idle(a) > idle(b) ? -1 : 1));
}

export interface ShareLine {
  id: string;
  label: string;
  kind: "tenant" | "unallocated" | "idle";
  uncachedTokens: string | null;
  cachedTokens: string | null;
  decodeTokens: string | null;
  work: string | null;
  /** Part of the pool's work, 0..1. */
  workShare: number | null;
  usd: string;
  /** Part of the pool's bill, 0..1: for the stacked bar. Null when the bill is zero. */
  billShare: number | null;
}

export interface ShareView {
  lines: ShareLine[];
  /** Busy + idle: what the lines add up to. Null when lines of other tenants are left out. */
  billUsd: string | null;
}

/** Tenants by work, then what nobody's work explains, then idle: always there, even at zero. */
export function prepareShares(share: PoolShare): ShareView {
  const bill = toNanoUsd(share.busyUsd ?? "0") + toNanoUsd(share.idleUsd ?? "0");
  const part = (usd: string) => (bill === 0n ? null : Number(toNanoUsd(usd)) / Number(bill));
  const without = { uncachedTokens: null, cachedTokens: null, decodeTokens: null, work: null, workShare: null };
  const lines: ShareLine[] = share.tenants.map((tenant) => ({
    id: `tenant:${tenant.tenant}`,
    label: tenant.tenant === "" ? "(not set)" : tenant.tenant,
    kind: "tenant",
    uncachedTokens: tenant.uncachedTokens,
    cachedTokens: tenant.cachedTokens,
    decodeTokens: tenant.decodeTokens,
    work: tenant.work,
    workShare: tenant.share === null ? null : Number(tenant.share),
    usd: tenant.busyUsd,
    billShare: part(tenant.busyUsd),
  }));
  // Totals are kept from a limited reader: then there is only the own line.
  if (share.busyUsd === null || share.idleUsd === null) return { lines, billUsd: null };
  if (share.unallocatedUsd !== null && toNanoUsd(share.unallocatedUsd) !== 0n) {
    lines.push({
      id: "unallocated",
      label: "Busy without recorded requests",
      kind: "unallocated",
      ...without,
      usd: share.unallocatedUsd,
      billShare: part(share.unallocatedUsd),
    });
  }
  lines.push({ id: "idle", label: "Idle", kind: "idle", ...without, usd: share.idleUsd, billShare: part(share.idleUsd) });
  return { lines, billUsd: nanoToUsd(bill) };
}
