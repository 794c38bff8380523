"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { dimensionLabel, dimensionValueLabel } from "@/components/filters";
import { EmptyState, QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { METRICS } from "@/lib/metrics/catalogue";
import type { MetricResult } from "@/lib/metrics/schemas";
import type { ExploreQuestion } from "./explore-state";
import { pivotRows, type PivotRow } from "./pivot";
import { useDrillHref } from "./use-drill-href";

const MOST_COLUMNS = 30;

/** Two dimensions against each other, for the first metric. */
export function PivotCard({ question, query }: { question: ExploreQuestion; query: UseQueryResult<MetricResult, Error> }) {
  const { by, metrics } = question;
  const metric = metrics[0] ?? "cost_usd";
  const definition = METRICS.get(metric);
  const drill = useDrillHref(question);
  const pivot = useMemo(() => (query.data ? pivotRows(query.data.rows, by, metric) : undefined), [query.data, by, metric]);
  return (
    <QueryCard
      title={definition?.label ?? metric}
      description={
        by.length > 1
          ? `${by.slice(0, -1).map(dimensionLabel).join(", ")} down, ${dimensionLabel(by.at(-1)!).toLowerCase()} across.`
          : undefined
      }
      query={query}
      height={260}
    >
      {() => {
        if (by.length < 2) return <EmptyState title="A pivot needs two dimensions" why="Add a second one under “By”." />;
        if (!pivot) return null;
        const across = by.at(-1)!;
        const down = by.slice(0, -1);
        const columns: DataColumn<PivotRow>[] = [
          ...down.map((dimension, index): DataColumn<PivotRow> => ({
            id: dimension,
            header: dimensionLabel(dimension),
            value: (row) => dimensionValueLabel(row.keys[index]),
          })),
          ...pivot.columns.slice(0, MOST_COLUMNS).map((value): DataColumn<PivotRow> => ({
            id: `v:${value}`,
            header: dimensionValueLabel(value),
            unit: definition?.unit ?? "count",
            value: (row) => row.cells.get(value)?.value,
            href: (row) =>
              row.cells.has(value)
                ? drill({
                    ...Object.fromEntries(down.map((dimension, index) => [dimension, row.keys[index] ?? ""])),
                    [across]: value,
                  })
                : undefined,
          })),
        ];
        return (
          <DataTable
            caption={`${definition?.label ?? metric}, ${by.map(dimensionLabel).join(" by ")}`}
            rows={pivot.rows}
            columns={columns}
            rowId={(row) => JSON.stringify(row.keys)}
            csv="pivot"
          />
        );
      }}
    </QueryCard>
  );
}
