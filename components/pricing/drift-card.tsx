"use client";
import { useMemo } from "react";
import { FilterBar } from "@/components/filters/filter-bar";
import { useFilters } from "@/components/filters/use-filters";
import { useMetricQuery } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { keyColumn, keyOf, metricColumn } from "@/components/table/metric-columns";
import type { MetricRow } from "@/lib/metrics/schemas";

/** What senders say that calls cost, beside what our prices say, and tokens that do not add up: is the book right? */
export function DriftCard() {
  const filters = useFilters();
  const query = useMetricQuery({
    ...filters.base,
    metrics: ["cost_reported_usd", "cost_matched_usd", "cost_drift", "token_mismatches", "requests", "unpriced_requests"],
    groupBy: ["provider", "modelServed"],
    orderBy: { metric: "cost_reported_usd", direction: "desc" },
    limit: 500,
  });
  const columns = useMemo(
    () => [
      keyColumn("modelServed"),
      { id: "provider", header: "Provider", value: (row: MetricRow) => keyOf(row, "provider") },
      metricColumn("cost_reported_usd", { header: "Reported", noData: "not reported" }),
      metricColumn("cost_matched_usd", { header: "Calculated for the same" }),
      metricColumn("cost_drift", { header: "Drift", noData: "not reported", change: true }),
      metricColumn("token_mismatches", { header: "Tokens that do not add up" }),
      metricColumn("unpriced_requests", { header: "Unpriced", hidden: true }),
      metricColumn("requests", { header: "Requests", hidden: true }),
    ],
    [],
  );
  return (
    <div className="flex flex-col gap-3">
      <FilterBar dimensions={["tenant", "provider", "modelServed"]} />
      <QueryCard
        title="Reported against calculated"
        description="Both are kept. Drift is (reported − calculated) ÷ reported; a model that drifts has another price than the book says. Senders report a cost through LiteLLM, or with `providerCostUsd`."
        query={query}
        height={320}
        isEmpty={({ rows }) => rows.every((row) => keyOf(row, "modelServed") === "")}
        empty={{ title: "Nothing was sent in this period", why: "Choose a longer time range." }}
      >
        {({ rows }) => (
          <DataTable
            caption="Reported against calculated cost"
            rows={rows}
            columns={columns}
            rowId={(row) => `${keyOf(row, "provider")} ${keyOf(row, "modelServed")}`}
            rowHref={(row) =>
              filters.href("/requests", { provider: [keyOf(row, "provider")], modelServed: [keyOf(row, "modelServed")] })
            }
            csv="cost-drift"
          />
        )}
      </QueryCard>
    </div>
  );
}
