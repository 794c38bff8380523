"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { prepareSeries, TimeChart } from "@/components/charts";
import { useFilters } from "@/components/filters";
import { QueryCard } from "@/components/states";
import type { MetricResult } from "@/lib/metrics/schemas";

/** Gross and net: the gap between the two is what failures and retries cost. */
export function UnitCostTrend({ trend }: { trend: UseQueryResult<MetricResult, Error> }) {
  const { grain, setRange } = useFilters();
  const prepared = useMemo(() => {
    if (!trend.data) return undefined;
    const gross = prepareSeries(trend.data, { metric: "cost_per_successful_request", label: "Gross" });
    const net = prepareSeries(trend.data, { metric: "cost_per_successful_request_net", label: "Net of waste" });
    return { series: [...gross.series, ...net.series], compareSeries: gross.compareSeries };
  }, [trend.data]);
  return (
    <QueryCard title="Cost per successful request" query={trend} height={276}>
      {() =>
        prepared ? (
          <TimeChart
            title="Cost per successful request over time"
            unit="usd"
            grain={grain}
            height={236}
            series={prepared.series}
            compareSeries={prepared.compareSeries}
            onRangeSelect={setRange}
          />
        ) : null
      }
    </QueryCard>
  );
}
