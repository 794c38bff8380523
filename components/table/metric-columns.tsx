/** Columns of a table whose rows are a metric result: a name, then numbers that know their unit. */
import { cellOf } from "@/components/charts/series";
import { compareValues, formatMetricValue, formatRelative } from "@/components/format";
import { dimensionLabel, dimensionValueLabel } from "@/components/filters/dimension-label";
import { cn } from "@/components/ui/cn";
import { METRICS } from "@/lib/metrics/catalogue";
import type { Dimension, MetricRow } from "@/lib/metrics/schemas";
import type { DataColumn } from "./data-table";

export const keyOf = (row: MetricRow, dimension: string): string => {
  const key = row[dimension];
  return typeof key === "string" ? key : "";
};

/** The value of a dimension as the first column. */
export function keyColumn(dimension: Dimension, label: (key: string) => string = dimensionValueLabel): DataColumn<MetricRow> {
  return { id: dimension, header: dimensionLabel(dimension), value: (row) => label(keyOf(row, dimension)) };
}

export interface MetricColumnOptions {
  header?: string;
  hidden?: boolean;
  /** Why a cell may be empty, shown in place of the dash. */
  noData?: string;
  href?: (row: MetricRow) => string | undefined;
  /** Show how the number moved beside it. */
  change?: boolean;
  share?: (row: MetricRow) => number | null;
  total?: DataColumn<MetricRow>["total"];
}

export function metricColumn(metric: string, options: MetricColumnOptions = {}): DataColumn<MetricRow> {
  const { label, unit } = METRICS.get(metric)!;
  return {
    id: metric,
    header: options.header ?? label,
    unit,
    value: (row) => cellOf(row, metric)?.value,
    cell: (row) => <MetricCellText row={row} metric={metric} noData={options.noData} change={options.change ?? false} />,
    ...(options.hidden ? { hidden: true } : {}),
    ...(options.href ? { href: options.href } : {}),
    ...(options.share ? { share: options.share } : {}),
    ...(options.total === undefined ? {} : { total: options.total }),
  };
}

function MetricCellText({ row, metric, noData, change }: { row: MetricRow; metric: string; noData?: string; change: boolean }) {
  const { unit, direction } = METRICS.get(metric)!;
  const cell = cellOf(row, metric);
  const value = cell?.value ?? null;
  const moved = change
    ? compareValues(value, cell?.compare === undefined ? undefined : cell.compare.value, direction)
    : undefined;
  return (
    <>
      {value === null ? <span className="text-muted-foreground">{noData ?? "—"}</span> : formatMetricValue(value, unit)}
      {moved?.kind === "moved" && moved.relative !== null ? (
        <span
          className={cn(
            "ml-1.5 text-xs",
            moved.verdict === "better" && "text-success",
            moved.verdict === "worse" && "text-destructive",
            moved.verdict === "neutral" && "text-muted-foreground",
          )}
        >
          {moved.trend === "up" ? "+" : "−"}
          {formatRelative(moved.relative)}
          {moved.verdict === "neutral" ? null : <span className="sr-only">, {moved.verdict}</span>}
        </span>
      ) : null}
    </>
  );
}
