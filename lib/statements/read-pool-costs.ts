/**
 * What GPUs cost, day by day, and who pays it: the allocated hours (lib/allocation) added up by day of the workspace zone. The one
 * place that says how GPU money reaches statements and exports.
 */
import { readAllocationState, readCostLines, readPoolFacts } from "@/lib/allocation";
import type { Ctx } from "@/lib/auth/actor";
import { runQuery } from "@/lib/metrics";
import type { MetricRow } from "@/lib/metrics/schemas";
import { Decimal, splitLargestRemainder, toNanoUsd } from "@/lib/money";
import { zoneDaysBetween } from "@/lib/time";
import type { PoolCost } from "./assemble";
import { everybody, MAX_GROUPS, textOf, valueOf } from "./metric-rows";
import type { MonthPeriod } from "./month";

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
  /** Carbon of the electricity behind it, kilograms with 9 decimals as an integer. */
  carbonNanoKg: bigint;
}

const TENANT_METRICS = [
  "gpu_allocated_busy_usd",
  "gpu_allocated_idle_usd",
  "gpu_allocated_other_usd",
  "gpu_unallocated_idle_usd",
  "gpu_residual_usd",
  "gpu_allocated_hours",
  "gpu_tokens_uncached",
  "gpu_tokens_cached",
  "gpu_tokens_output",
  "gpu_allocated_carbon_kg",
];

export async function readPoolCosts(ctx: Ctx, { from, to }: MonthPeriod, timeZone: string): Promise<PoolDayCost[]> {
  const period = { from: from.toISOString(), to: to.toISOString(), grain: "day" as const, limit: MAX_GROUPS };
  const [allocated, nodes, facts, committed] = await Promise.all([
    runQuery(everybody(ctx), { ...period, metrics: TENANT_METRICS, groupBy: ["pool", "tenant"] }),
    runQuery(everybody(ctx), { ...period, metrics: ["gpu_busy_hours", "gpu_idle_hours"], groupBy: ["pool"] }),
    readPoolFacts(ctx.db.pool, from, to, "all"),
    readCommitted(ctx, { from, to }, timeZone),
  ]);
  const methodOf = new Map(facts.map(({ pool, methods, idleMode }) => [pool, { methods, idleMode }]));
  const hoursOf = new Map(nodes.rows.map((row) => [poolDay(row), row]));
  const days = new Map<string, MetricRow[]>();
  for (const row of allocated.rows) days.set(poolDay(row), [...(days.get(poolDay(row)) ?? []), row]);
  const lines = [...days].flatMap(([key, rows]) => {
    const { methods = [], idleMode = "none" } = methodOf.get(textOf(rows[0]!, "pool")) ?? {};
    const method = methods[0]?.method ?? "even";
    return splitDay(rows, hoursOf.get(key), { method, methodDetails: { methods, idleMode } });
  });
  return [...lines, ...committed].filter(({ nanoUsd, gpuMs }) => nanoUsd !== 0n || gpuMs !== 0n);
}

const poolDay = (row: MetricRow): string => `${row.bucket} ${textOf(row, "pool")}`;
const money = (row: MetricRow, metric: string): bigint => toNanoUsd(valueOf(row, metric) ?? "0");
const count = (row: MetricRow, metric: string): bigint => BigInt(valueOf(row, metric) ?? "0");

function splitDay(
  rows: readonly MetricRow[],
  node: MetricRow | undefined,
  how: Pick<PoolDayCost, "method" | "methodDetails">,
): PoolDayCost[] {
  const of = { ...how, day: rows[0]!.bucket!, pool: textOf(rows[0]!, "pool") };
  const lines: PoolDayCost[] = [];
  const idle: PoolDayCost[] = [];
  let usedMs = 0n;
  for (const row of rows) {
    const tenant = textOf(row, "tenant");
    const none = { ...of, gpuMs: 0n, tokens: 0n, carbonNanoKg: 0n };
    const nanoUsd = money(row, "gpu_allocated_busy_usd") + money(row, "gpu_allocated_other_usd");
    const gpuMs = hoursMs(row, "gpu_allocated_hours");
    usedMs += gpuMs;
    const tokens = count(row, "gpu_tokens_uncached") + count(row, "gpu_tokens_cached") + count(row, "gpu_tokens_output");
    lines.push({ ...none, tenant, kind: "shared", nanoUsd, gpuMs, tokens, carbonNanoKg: money(row, "gpu_allocated_carbon_kg") });
    idle.push({ ...none, tenant, kind: "idle", nanoUsd: money(row, "gpu_allocated_idle_usd") });
    idle.push({ ...none, tenant: null, kind: "idle", nanoUsd: money(row, "gpu_unallocated_idle_usd") });
    lines.push({ ...none, tenant: null, kind: "overhead", nanoUsd: money(row, "gpu_residual_usd") });
  }
  const idleMs = node ? hoursMs(node, "gpu_idle_hours") : 0n;
  const parts = splitLargestRemainder(
    idleMs,
    idle.map(({ nanoUsd }) => nanoUsd),
  );
  const restMs = node ? hoursMs(node, "gpu_busy_hours") - usedMs : 0n;
  const rest = lines.findIndex(({ kind, nanoUsd }) => kind === "overhead" && nanoUsd > 0n);
  if (rest !== -1 && restMs > 0n) lines[rest] = { ...lines[rest]!, gpuMs: restMs };
  return [...lines, ...idle.map((line, index) => ({ ...line, gpuMs: line.nanoUsd === 0n ? 0n : parts[index]! }))];
}

/** Reserved GPU-hours that nobody ran, and parts of shared hosts that nobody holds. Most months have none. */
async function readCommitted(ctx: Ctx, { from, to }: MonthPeriod, timeZone: string): Promise<PoolDayCost[]> {
  if ((await readCostLines(ctx.db.pool, from, to)).length === 0) return [];
  const starts = zoneDaysBetween(from.getTime(), to.getTime(), timeZone);
  const days = await Promise.all(
    starts.map(async (start, index) => {
      const lines = await readCostLines(ctx.db.pool, new Date(start), new Date(starts[index + 1] ?? to.getTime()));
      return lines.map(({ kind, subject, gpuMs, nanoUsd }): PoolDayCost => ({
        day: new Date(start).toISOString(),
        tenant: null,
        pool: subject,
        kind: kind === "unused-commitment" ? "commitment" : "overhead",
        method: "none",
        methodDetails: {},
        nanoUsd,
        gpuMs,
        tokens: 0n,
        carbonNanoKg: 0n,
      }));
    }),
  );
  return days.flat();
}

const hoursMs = (row: MetricRow, metric: string): bigint =>
  BigInt(new Decimal(valueOf(row, metric) ?? "0").mul(MS_PER_HOUR).toFixed(0));

/** GPU hours of the month that still wait to be shared out: until then amounts grow. */
export async function countPendingHours(ctx: Ctx, { from, to }: MonthPeriod): Promise<number> {
  return (await readAllocationState(ctx.db.pool, from, to)).pending;
}
