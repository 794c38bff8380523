"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { BarChart, cellOf, type BarItem } from "@/components/charts";
import { useFilters } from "@/components/filters";
import { formatMetricValue } from "@/components/format";
import { AdvisorWaste } from "./advisor-waste";
import { baselineIncomplete } from "@/components/kpi/baseline";
import { QueryCard } from "@/components/states";
import type { MetricCell, MetricResult } from "@/lib/metrics/schemas";

type Query = UseQueryResult<MetricResult, Error>;

/** Money that bought nothing, each kind with the page that explains it. */
export function WasteBreakdown({ usage, node, trend, nodeTrend }: { usage: Query; node: Query; trend: Query; nodeTrend: Query }) {
  const { href } = useFilters();
  const unknown = {
    usage: baselineIncomplete(trend.data?.rows ?? [], "cost_usd"),
    node: baselineIncomplete(nodeTrend.data?.rows ?? [], "gpu_idle_cost_usd"),
  };
  return (
    <QueryCard
      title="Waste"
      description="Spend that bought nothing new. Idle GPU time is on the GPU bill, apart from request cost."
      query={usage}
      height={236}
    >
      {(data) => {
        const row = data.rows[0];
        const bar = (
          id: string,
          label: string,
          cell: MetricCell | undefined,
          to: string,
          source: "usage" | "node" = "usage",
        ): BarItem => ({
          id,
          label,
          value: number(cell?.value),
          compare: cell?.compare === undefined || unknown[source] ? undefined : number(cell.compare.value),
          href: href(to),
        });
        const items = [
          bar("idle", "Idle GPU time", cellOf(node.data?.rows[0], "gpu_idle_cost_usd"), "/utilization", "node"),
          bar(
            "failed",
            "Failed and cancelled attempts",
            cellOf(row, "cost_failed_usd"),
            "/explore?metrics=cost_failed_usd&by=status,errorClass",
          ),
          bar("retried", "Retries", cellOf(row, "cost_retried_usd"), "/explore?metrics=cost_retried_usd&by=endpoint"),
          bar(
            "duplicates",
            "Duplicate requests",
            cellOf(row, "cost_duplicate_usd"),
            "/explore?metrics=cost_duplicate_usd&by=endpoint",
          ),
        ].sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
        return (
          <div className="flex flex-col gap-3">
            <BarChart title="Waste by kind" unit="usd" direction="lower" items={items} />
            <p className="px-2 text-xs text-muted-foreground tabular">
              Request waste, each attempt counted once: {formatMetricValue(cellOf(row, "waste_usd")?.value, "usd")} (
              {formatMetricValue(cellOf(row, "waste_share")?.value, "ratio")} of cost). Caches saved{" "}
              {formatMetricValue(cellOf(row, "saved_usd")?.value, "usd")}.
            </p>
            <AdvisorWaste />
          </div>
        );
      }}
    </QueryCard>
  );
}

const number = (value: string | null | undefined) => (value === null || value === undefined ? null : Number(value));
