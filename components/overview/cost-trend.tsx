"use client";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useMemo } from "react";
import { prepareSeries, TimeChart } from "@/components/charts";
import { dimensionLabel, useFilters } from "@/components/filters";
import { useMetricQuery } from "@/components/query";
import { QueryCard } from "@/components/states";
import { Segmented } from "@/components/ui/segmented";

const SPLITS = ["provider", "modelServed", "tenant"] as const;

/** Where the money goes over time, split by what is chosen. */
export function CostTrend() {
  const { base, grain, setRange, addFilters } = useFilters();
  const [split, setSplit] = useQueryState("split", parseAsStringLiteral(SPLITS).withDefault("provider"));
  const query = useMetricQuery({ ...base, metrics: ["cost_usd"], groupBy: [split], grain });
  const prepared = useMemo(
    () => (query.data ? prepareSeries(query.data, { metric: "cost_usd", groupBy: split, additive: true }) : undefined),
    [query.data, split],
  );
  return (
    <QueryCard
      title="Cost over time"
      query={query}
      height={300}
      actions={
        <Segmented
          label="Split cost by"
          value={split}
          onChange={setSplit}
          options={SPLITS.map((value) => ({ value, label: dimensionLabel(value) }))}
        />
      }
    >
      {() =>
        prepared ? (
          <TimeChart
            title={`Cost over time by ${dimensionLabel(split).toLowerCase()}`}
            unit="usd"
            kind="bar"
            grain={grain}
            height={260}
            series={prepared.series}
            compareSeries={prepared.compareSeries}
            onRangeSelect={setRange}
            onSeriesClick={(id) => addFilters({ [split]: [id] })}
          />
        ) : null
      }
    </QueryCard>
  );
}
