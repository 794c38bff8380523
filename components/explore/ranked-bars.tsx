"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { BarChart, cellOf } from "@/components/charts";
import { dimensionValueLabel } from "@/components/filters";
import { QueryCard } from "@/components/states";
import { METRICS } from "@/lib/metrics/catalogue";
import type { Dimension } from "@/lib/metrics/dimensions";
import type { MetricResult, MetricRow } from "@/lib/metrics/schemas";
import type { ExploreQuestion } from "./explore-state";
import { useDrillHref } from "./use-drill-href";

const MOST = 20;

/** The groups side by side, one card for each metric. */
export function RankedBars({ question, query }: { question: ExploreQuestion; query: UseQueryResult<MetricResult, Error> }) {
  const drill = useDrillHref(question);
  const { by, metrics } = question;
  return (
    <div className={metrics.length > 1 ? "grid gap-4 lg:grid-cols-2 2xl:grid-cols-3" : "grid gap-4"}>
      {metrics.map((metric) => {
        const definition = METRICS.get(metric);
        return (
          <QueryCard
            key={metric}
            title={definition?.label ?? metric}
            description={definition?.description}
            query={query}
            height={260}
          >
            {(data) => {
              const items = data.rows
                .map((row) => ({ row, cell: cellOf(row, metric) }))
                .sort((a, b) => Number(b.cell?.value ?? -Infinity) - Number(a.cell?.value ?? -Infinity))
                .slice(0, MOST)
                .map(({ row, cell }) => ({
                  id: JSON.stringify(valuesOf(row, by)),
                  label:
                    by.length > 0 ? by.map((dimension) => dimensionValueLabel(valuesOf(row, by)[dimension])).join(" / ") : "All",
                  value: number(cell?.value),
                  compare: cell?.compare === undefined ? undefined : number(cell.compare.value),
                  href: drill(valuesOf(row, by), metric),
                }));
              return (
                <BarChart
                  title={`${definition?.label ?? metric}, ranked`}
                  unit={definition?.unit ?? "count"}
                  direction={definition?.direction}
                  items={items}
                />
              );
            }}
          </QueryCard>
        );
      })}
    </div>
  );
}

export function valuesOf(row: MetricRow, by: readonly Dimension[]): Partial<Record<Dimension, string>> {
  return Object.fromEntries(by.map((dimension) => [dimension, typeof row[dimension] === "string" ? row[dimension] : ""]));
}

const number = (value: string | null | undefined) => (value === null || value === undefined ? null : Number(value));
