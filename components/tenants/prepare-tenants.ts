/** PREPARE: tenants by spend, with their part of the whole and their shape over time. Pure. */
import { cellOf } from "@/components/charts";
import { keyOf } from "@/components/table/metric-columns";
import type { MetricRow } from "@/lib/metrics/schemas";
import { nanoToUsd, toNanoUsd } from "@/lib/money/nano";
import type { TenantView } from "@/lib/workspace/schemas";

export const TENANT_METRICS = [
  "cost_usd",
  "requests",
  "cost_per_successful_request",
  "success_rate",
  "cache_hit_rate",
  "latency_p95",
] as const;

export interface TenantLine {
  id: string;
  name: string;
  /** Seen in telemetry, not yet confirmed by an admin. */
  discovered: boolean;
  archived: boolean;
  row: MetricRow | undefined;
  spendUsd: string | null;
  /** Part of the spend of all tenants listed, 0..1; null when nothing was spent. */
  share: number | null;
  /** Spend per bucket; a bucket without a row is a zero, for others were billed in it. */
  trend: number[];
}

/** Every tenant with traffic, then registered ones without: a quiet tenant is news too. */
export function prepareTenants(
  totals: readonly MetricRow[],
  series: readonly MetricRow[],
  tenants: readonly TenantView[],
): TenantLine[] {
  const known = new Map(tenants.map((tenant) => [tenant.id, tenant]));
  const buckets = [...new Set(series.flatMap(({ bucket }) => (bucket ? [bucket] : [])))].sort();
  const points = new Map<string, Map<string, number>>();
  for (const row of series) {
    if (!row.bucket) continue;
    const id = keyOf(row, "tenant");
    const own = points.get(id) ?? new Map<string, number>();
    own.set(row.bucket, Number(cellOf(row, "cost_usd")?.value ?? 0));
    points.set(id, own);
  }
  const all = sumUsd(totals, "cost_usd");
  const line = (id: string, row: MetricRow | undefined): TenantLine => {
    const spendUsd = cellOf(row, "cost_usd")?.value ?? null;
    const own = points.get(id);
    return {
      id,
      name: known.get(id)?.name ?? (id === "" ? "(not set)" : id),
      discovered: known.get(id)?.discovered ?? false,
      archived: known.get(id)?.archivedAt != null,
      row,
      spendUsd,
      share:
        all === null || spendUsd === null || toNanoUsd(all) === 0n ? null : Number(toNanoUsd(spendUsd)) / Number(toNanoUsd(all)),
      trend: own ? buckets.map((bucket) => own.get(bucket) ?? 0) : [],
    };
  };
  const busy = totals.map((row) => line(keyOf(row, "tenant"), row));
  const seen = new Set(busy.map(({ id }) => id));
  const quiet = tenants.filter(({ id, archivedAt }) => !seen.has(id) && archivedAt === null).map(({ id }) => line(id, undefined));
  return [...busy.sort((a, b) => Number(b.spendUsd ?? 0) - Number(a.spendUsd ?? 0)), ...quiet];
}

/** Exact sum of a money column; null when no row has a value. */
export function sumUsd(rows: readonly MetricRow[], metric: string): string | null {
  const values = rows.flatMap((row) => cellOf(row, metric)?.value ?? []);
  return values.length === 0 ? null : nanoToUsd(values.reduce((sum, value) => sum + toNanoUsd(value), 0n));
}
