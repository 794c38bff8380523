"use client";
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { prepareSeries, TimeChart } from "@/components/charts";
import { dimensionValueLabel, useFilters } from "@/components/filters";
import { useMetricQuery } from "@/components/query";
import { QueryCard } from "@/components/states";
import { METRICS } from "@/lib/metrics/catalogue";
import type { Dimension } from "@/lib/metrics/dimensions";
import type { MetricResult, MetricRow } from "@/lib/metrics/schemas";
import type { ExploreQuestion } from "./explore-state";
import { useDrillHref } from "./use-drill-href";

/** One chart over time for each metric, with one crosshair. */
export function MetricCharts({ question }: { question: ExploreQuestion }) {
  const { base, grain: suited } = useFilters();
  const { metrics, by } = question;
  const grain = question.grain === "auto" ? suited : question.grain;
  const query = useMetricQuery({ ...base, metrics, groupBy: by, grain, limit: 10_000 });
  const data = useMemo(() => (query.data ? joinGroups(query.data, by) : undefined), [query.data, by]);
  const drill = useDrillHref(question);
  const router = useRouter();
  const { setRange } = useFilters();
  return (
    <div className={metrics.length > 1 ? "grid gap-4 xl:grid-cols-2" : "grid gap-4"}>
      {metrics.map((metric, index) => {
        const definition = METRICS.get(metric);
        const first = index === 0;
        return (
          <QueryCard
            key={metric}
            title={definition?.label ?? metric}
            description={definition?.description}
            query={query}
            height={first ? 320 : 260}
            className={first ? "xl:col-span-full" : undefined}
          >
            {() => {
              if (!data) return null;
              const { series, compareSeries, hidden } = prepareSeries(data, {
                metric,
                ...(by.length > 0 ? { groupBy: JOINED, dimension: by.join("+") } : {}),
                additive: definition?.kind === "additive",
                label: definition?.label ?? metric,
              });
              return (
                <TimeChart
                  title={`${definition?.label ?? metric} over time`}
                  unit={definition?.unit ?? "count"}
                  grain={grain}
                  height={first ? 280 : 220}
                  series={series}
                  compareSeries={compareSeries}
                  priced={hasTokenPrice(metric)}
                  onRangeSelect={setRange}
                  onSeriesClick={by.length > 0 ? (id) => router.push(drill(splitGroup(id, by), metric)) : undefined}
                  note={hidden > 0 ? `${hidden} more in the table` : undefined}
                />
              );
            }}
          </QueryCard>
        );
      })}
    </div>
  );
}

/** Dollars of GPU time come from samples of nodes, and do not move with the price of a model. */
const hasTokenPrice = (metric: string) => METRICS.get(metric)?.unit === "usd" && METRICS.get(metric)?.source === "S0";

const JOINED = "__group";
const SEPARATOR = " / ";

/** Several dimensions become one series name: "acme / support.answer". */
function joinGroups(result: MetricResult, by: readonly Dimension[]): MetricResult {
  if (by.length === 0) return result;
  return { ...result, rows: result.rows.map((row): MetricRow => ({ ...row, [JOINED]: groupName(row, by) })) };
}

const groupName = (row: MetricRow, by: readonly Dimension[]) =>
  by.length === 1 ? textOf(row[by[0]!]) : by.map((dimension) => dimensionValueLabel(textOf(row[dimension]))).join(SEPARATOR);

function splitGroup(name: string, by: readonly Dimension[]): Partial<Record<Dimension, string>> {
  if (by.length === 1) return { [by[0]!]: name };
  const parts = name.split(SEPARATOR);
  return Object.fromEntries(
    by.map((dimension, index) => [dimension, parts[index] === dimensionValueLabel("") ? "" : (parts[index] ?? "")]),
  );
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
