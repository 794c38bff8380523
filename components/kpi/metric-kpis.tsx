"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { cellOf } from "@/components/charts/series";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { ErrorState } from "@/components/states";
import { METRICS } from "@/lib/metrics/catalogue";
import type { MetricResult } from "@/lib/metrics/schemas";
import { baselineIncomplete } from "./baseline";
import { KpiCard } from "./kpi-card";

export interface MetricKpisProps {
  metrics: readonly string[];
  /** One row: the whole period. */
  total: UseQueryResult<MetricResult, Error>;
  /** The same metrics over time, for the shape; may still be loading. */
  series?: UseQueryResult<MetricResult, Error>;
  /** A sum among the metrics of `series`: tells a comparison period that began without data. */
  volume: string;
  /** Where the rows behind a number are. */
  href: (metric: string) => string;
  /** Why a number is missing. */
  noData?: Readonly<Record<string, string>>;
  className?: string;
}

/** A grid of metric cards; name, unit and direction come from the catalogue. Fails as one. */
export function MetricKpis({ metrics, total, series, volume, href, noData = {}, className }: MetricKpisProps) {
  if (total.isError && !total.data) {
    return (
      <Card>
        <ErrorState error={total.error} onRetry={() => void total.refetch()} />
      </Card>
    );
  }
  const row = total.data?.rows[0];
  const buckets = series?.data?.rows.filter(({ bucket }) => bucket) ?? [];
  const incomplete = baselineIncomplete(buckets, volume);
  return (
    <div className={cn("grid grid-cols-2 gap-3 lg:grid-cols-4", className)}>
      {metrics.map((metric) => {
        const { label, unit, direction, description } = METRICS.get(metric)!;
        const cell = cellOf(row, metric);
        const compared = buckets.some((bucket) => cellOf(bucket, metric)?.compare !== undefined);
        return (
          <KpiCard
            key={metric}
            label={label}
            unit={unit}
            direction={direction}
            value={total.data ? (cell?.value ?? null) : undefined}
            compare={cell?.compare === undefined ? undefined : cell.compare.value}
            baselineIncomplete={incomplete}
            trend={buckets.map((bucket) => asNumber(cellOf(bucket, metric)?.value))}
            compareTrend={compared ? buckets.map((bucket) => asNumber(cellOf(bucket, metric)?.compare?.value)) : undefined}
            href={href(metric)}
            noData={noData[metric]}
            hint={description}
          />
        );
      })}
    </div>
  );
}

const asNumber = (value: string | null | undefined) => (value === null || value === undefined ? null : Number(value));
