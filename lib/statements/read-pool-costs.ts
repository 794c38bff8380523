/** What GPU pools cost, day by day, and whose work it was. The one place that says how GPU money reaches tenants. */
import type { Ctx } from "@/lib/auth/actor";
import { runQuery } from "@/lib/metrics";
import type { MetricRow } from "@/lib/metrics/schemas";
import { splitLargestRemainder, toNanoUsd } from "@/lib/money";
import { allocatePool, DEFAULT_WORK_WEIGHTS, type AllocationRules, type TenantWork } from "@/lib/pricing";
import type { PoolCost } from "./assemble";
import { everybody, MAX_GROUPS, textOf, valueOf } from "./metric-rows";
import type { MonthPeriod } from "./month";

/** Idle is nobody's share, and neither is the busy time of a pool without tenant work: both stay lines that are seen. */
const RULES: AllocationRules = { weights: DEFAULT_WORK_WEIGHTS, idle: { kind: "none" }, zeroWork: "unallocated" };
const METHOD = "work-ratio";
const MS_PER_HOUR = 3_600_000;

export interface PoolDayCost extends PoolCost {
  /** Start of the day in the workspace zone. */
  day: string;
  /** How busy time was shared out. */
  method: string;
  methodDetails: Record<string, unknown>;
  gpuMs: bigint;
  /** Tokens that the tenant's requests processed there; 0 for what is nobody's. */
  tokens: bigint;
}

export async function readPoolCosts(ctx: Ctx, { from, to }: MonthPeriod): Promise<PoolDayCost[]> {
  const period = { from: from.toISOString(), to: to.toISOString(), grain: "day" as const, limit: MAX_GROUPS };
  const [bills, works] = await Promise.all([
    runQuery(everybody(ctx), {
      ...period,
      metrics: ["gpu_busy_cost_usd", "gpu_idle_cost_usd", "gpu_busy_hours", "gpu_idle_hours"],
      groupBy: ["pool"],
    }),
    runQuery(everybody(ctx), {
      ...period,
      metrics: ["tokens_input", "tokens_cache_write", "tokens_cache_read", "tokens_output"],
      groupBy: ["pool", "tenant"],
    }),
  ]);
  const workOf = new Map<string, TenantWork[]>();
  for (const row of works.rows) {
    const work = tenantWork(row);
    if (work.uncachedTokens + work.cachedTokens + work.decodeTokens === 0n) continue;
    const key = poolDay(row);
    workOf.set(key, [...(workOf.get(key) ?? []), work]);
  }
  return bills.rows.flatMap((row) => splitBill(row, workOf.get(poolDay(row)) ?? []));
}

const poolDay = (row: MetricRow): string => `${row.bucket} ${textOf(row, "pool")}`;

function splitBill(row: MetricRow, work: readonly TenantWork[]): PoolDayCost[] {
  const bill = {
    busyNanoUsd: toNanoUsd(valueOf(row, "gpu_busy_cost_usd") ?? "0"),
    idleNanoUsd: toNanoUsd(valueOf(row, "gpu_idle_cost_usd") ?? "0"),
  };
  const { shares, unallocatedBusyNanoUsd, unallocatedIdleNanoUsd } = allocatePool(bill, work, RULES);
  const busyMs = gpuMs(row, "gpu_busy_hours");
  const weights = shares.map(({ busyNanoUsd }) => busyNanoUsd);
  const charged = weights.some((weight) => weight > 0n);
  const hours = splitLargestRemainder(charged ? busyMs : 0n, weights);
  const of = { day: row.bucket!, pool: textOf(row, "pool"), method: METHOD, methodDetails: { weights: RULES.weights } };
  const lines: PoolDayCost[] = shares.map((share, index) => ({
    ...of,
    tenant: share.tenant,
    kind: "shared",
    nanoUsd: share.busyNanoUsd + share.idleNanoUsd,
    gpuMs: hours[index]!,
    tokens: share.uncachedTokens + share.cachedTokens + share.decodeTokens,
  }));
  const nobody = { ...of, tenant: null, tokens: 0n };
  lines.push({ ...nobody, kind: "idle", nanoUsd: unallocatedIdleNanoUsd, gpuMs: gpuMs(row, "gpu_idle_hours") });
  lines.push({ ...nobody, kind: "overhead", nanoUsd: unallocatedBusyNanoUsd, gpuMs: charged ? 0n : busyMs });
  return lines.filter(({ nanoUsd, gpuMs: ms }) => nanoUsd !== 0n || ms !== 0n);
}

function tenantWork(row: MetricRow): TenantWork & { tenant: string } {
  const tokens = (metric: string) => BigInt(valueOf(row, metric) ?? "0");
  return {
    tenant: textOf(row, "tenant"),
    // A token that is written to the cache is computed first, like any uncached one.
    uncachedTokens: tokens("tokens_input") + tokens("tokens_cache_write"),
    cachedTokens: tokens("tokens_cache_read"),
    decodeTokens: tokens("tokens_output"),
  };
}

const gpuMs = (row: MetricRow, metric: string): bigint => BigInt(Math.round(Number(valueOf(row, metric) ?? 0) * MS_PER_HOUR));
