"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo, type ComponentProps } from "react";
import type { Filters } from "@/components/filters/use-filters";
import { QueryCard } from "@/components/states";
import type { MetricResult } from "@/lib/metrics/schemas";
import { prepareMetricLines, stackKind, type MetricLine } from "./metric-lines";
import { TimeChart } from "./time-chart";

export interface LinesChart {
  id: string;
  title: string;
  description: string;
  unit: string;
  kind: "line" | "bar";
  /** The first line carries the comparison. */
  lines: readonly MetricLine[];
}

interface MetricLinesCardProps {
  chart: LinesChart;
  query: UseQueryResult<MetricResult, Error>;
  filters: Filters;
  /** Of the drawing, in px. */
  height: number;
  /** Charts of one page share their cursor. */
  syncId: string;
  empty?: ComponentProps<typeof QueryCard>["empty"];
  /** Rows to draw, where they are not those of the answer. A stable function. */
  rowsOf?: (rows: MetricResult["rows"]) => MetricResult["rows"];
}

/** The legend above the drawing. */
const HEAD_PX = 48;

/** Several metrics of one answer as the lines, or the stack, of one chart. */
export function MetricLinesCard({ chart, query, filters, height, syncId, empty, rowsOf }: MetricLinesCardProps) {
  const { data } = query;
  const prepared = useMemo(
    () => (data ? prepareMetricLines({ rows: rowsOf ? rowsOf(data.rows) : data.rows }, chart.lines) : undefined),
    [data, chart, rowsOf],
  );
  return (
    <QueryCard
      title={chart.title}
      description={chart.description}
      query={query}
      height={height + HEAD_PX}
      isEmpty={() => !prepared || prepared.series.every(({ points }) => points.every(({ value }) => value === null))}
      empty={empty}
    >
      {() => (
        <TimeChart
          title={chart.title}
          unit={chart.unit}
          kind={chart.kind === "bar" ? stackKind(prepared!.series) : chart.kind}
          grain={filters.grain}
          series={prepared!.series}
          compareSeries={chart.kind === "line" ? prepared!.compareSeries : []}
          height={height}
          onRangeSelect={filters.setRange}
          syncId={syncId}
          // What is measured on own hardware does not follow the prices of tokens.
          priced={false}
        />
      )}
    </QueryCard>
  );
}
