"use client";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useMemo } from "react";
import { cellOf } from "@/components/charts";
import { MetricLinesCard } from "@/components/charts/metric-lines-card";
import { dimensionLabel } from "@/components/filters/dimension-label";
import { FilterBar } from "@/components/filters/filter-bar";
import { useFilters, type Filters } from "@/components/filters/use-filters";
import { baselineIncomplete } from "@/components/kpi/baseline";
import { MetricKpis } from "@/components/kpi/metric-kpis";
import { Page } from "@/components/layout/page";
import { useMetricQuery } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { keyColumn, keyOf, metricColumn } from "@/components/table/metric-columns";
import { Segmented } from "@/components/ui/segmented";
import type { Dimension, MetricRow } from "@/lib/metrics/schemas";
import { BREAKDOWN_METRICS, BREAKDOWNS, PERFORMANCE_CHARTS, PERFORMANCE_KPIS, SERIES_METRICS } from "./definition";
import { requestsBehind } from "./requests-behind";
import { splitErrors } from "./split-errors";

const FILTERS: readonly Dimension[] = ["tenant", "endpoint", "route", "modelServed", "provider"];

/** How fast, and how reliably: percentiles, failures, and work that was sent twice. */
export function PerformancePage() {
  const filters = useFilters();
  const total = useMetricQuery({ ...filters.base, metrics: [...PERFORMANCE_KPIS] });
  const series = useMetricQuery({ ...filters.base, metrics: [...SERIES_METRICS], grain: filters.grain });
  return (
    <Page
      title="Performance"
      description="Latency, waiting and failures as merged percentiles and exact counts, never averaged percentiles."
      filterBar={<FilterBar dimensions={FILTERS} />}
    >
      <MetricKpis
        metrics={PERFORMANCE_KPIS}
        total={total}
        series={series}
        volume="errors"
        href={(metric) => requestsBehind(filters, metric)}
        noData={{ latency_p95: "under 20 requests", ttft_p95: "under 20 reported", queue_p95: "under 20 reported" }}
      />
      <div className="grid gap-3 lg:grid-cols-2">
        {PERFORMANCE_CHARTS.map((chart) => (
          <MetricLinesCard
            key={chart.id}
            chart={chart}
            query={series}
            filters={filters}
            height={228}
            syncId="performance"
            empty={PERCENTILE.test(chart.lines[0]!.metric) ? TOO_FEW : undefined}
            rowsOf={splitErrors}
          />
        ))}
      </div>
      <BreakdownCard filters={filters} compared={!baselineIncomplete(series.data?.rows ?? [], "errors")} />
    </Page>
  );
}

const PERCENTILE = /_p\d\d$/;
const TOO_FEW = {
  title: "Not enough data in this period",
  why: "A percentile needs at least 20 observations in a bucket. Choose a longer range or fewer filters.",
};

const VIEWS = ["speed", "failures"] as const;
const VIEW_LABELS: Record<(typeof VIEWS)[number], string> = { speed: "Speed", failures: "Failures" };

interface BreakdownProps {
  filters: Filters;
  /** False: the comparison period began without data, so no change is shown. */
  compared: boolean;
}

function BreakdownCard({ filters, compared }: BreakdownProps) {
  const [by, setBy] = useQueryState(
    "by",
    parseAsStringLiteral(BREAKDOWNS).withDefault("modelServed").withOptions({ history: "push" }),
  );
  const query = useMetricQuery({
    ...filters.base,
    metrics: [...BREAKDOWN_METRICS],
    groupBy: [by],
    orderBy: { metric: "requests", direction: "desc" },
    limit: 500,
  });
  const [show, setShow] = useQueryState(
    "show",
    parseAsStringLiteral(VIEWS).withDefault("speed").withOptions({ history: "push" }),
  );
  const columns = useMemo(() => {
    const behind = (metric: string) => (row: MetricRow) => requestsBehind(filters, metric, { [by]: keyOf(row, by) });
    const first = [keyColumn(by), metricColumn("requests", { header: "Requests", href: behind("requests"), change: compared })];
    if (show === "failures") {
      return [
        ...first,
        metricColumn("error_rate", { header: "Errors", change: compared, href: behind("error_rate") }),
        metricColumn("timeout_rate", { header: "Timeouts", href: behind("timeout_rate") }),
        metricColumn("oom_rate", { header: "Out of memory", href: behind("oom_rate") }),
        metricColumn("rate_limited", { header: "Rate limited", href: behind("rate_limited") }),
        metricColumn("retry_rate", { header: "Retries", change: compared, href: behind("retry_rate") }),
        metricColumn("duplicate_rate", { header: "Duplicates", change: compared, href: behind("duplicate_rate") }),
      ];
    }
    return [
      ...first,
      { id: "observations", header: "Observations", unit: "count", value: (row: MetricRow) => cellOf(row, "latency_p95")?.count },
      metricColumn("latency_p50", { header: "p50", noData: "< 20" }),
      metricColumn("latency_p95", { header: "p95", noData: "< 20", change: compared, href: behind("latency_p95") }),
      metricColumn("latency_p99", { header: "p99", noData: "< 20", href: behind("latency_p99") }),
      metricColumn("ttft_p95", { header: "First token p95", href: behind("ttft_p95") }),
      metricColumn("queue_p95", { header: "Queue p95" }),
      metricColumn("tokens_per_second_p50", { header: "Output speed p50" }),
    ];
  }, [by, show, filters, compared]);
  return (
    <QueryCard
      title={`By ${dimensionLabel(by).toLowerCase()}`}
      description="A percentile of fewer than 20 requests is not shown. Numbers lead to the requests behind them, slowest first."
      query={query}
      height={320}
    >
      {({ rows }) => (
        <DataTable
          caption={`Performance by ${dimensionLabel(by).toLowerCase()}`}
          rows={rows}
          columns={columns}
          rowId={(row) => keyOf(row, by)}
          rowHref={(row) => requestsBehind(filters, "requests", { [by]: keyOf(row, by) })}
          defaultSort={{ id: "requests", desc: true }}
          csv={`${show}-by-${by}`}
          toolbar={
            <>
              <Segmented
                label="Group by"
                options={BREAKDOWNS.map((value) => ({ value, label: dimensionLabel(value) }))}
                value={by}
                onChange={(value) => void setBy(value)}
              />
              <Segmented
                label="Columns about"
                options={VIEWS.map((value) => ({ value, label: VIEW_LABELS[value] }))}
                value={show}
                onChange={(value) => void setShow(value)}
              />
            </>
          }
        />
      )}
    </QueryCard>
  );
}
