"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { prepareSeries, TimeChart } from "@/components/charts";
import { MetricLinesCard } from "@/components/charts/metric-lines-card";
import { explorePath } from "@/components/explore/explore-state";
import { FilterBar } from "@/components/filters/filter-bar";
import { useMinute } from "@/components/filters/now";
import { useFilters, type Filters } from "@/components/filters/use-filters";
import { MetricKpis } from "@/components/kpi/metric-kpis";
import { Page } from "@/components/layout/page";
import { useApi, useMetricQuery } from "@/components/query";
import { EmptyState, ErrorState, QueryCard, StaleAge } from "@/components/states";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import type { Allocations } from "@/lib/allocation/schemas";
import type { FleetPool } from "@/lib/fleet/schemas";
import type { MetricResult } from "@/lib/metrics/schemas";
import {
  BY_POOL_CHARTS,
  FLEET_METRICS,
  NODE_DIMENSIONS,
  nodeFilters,
  SERIES_METRICS,
  UTILIZATION_CHARTS,
  UTILIZATION_KPIS,
} from "./definition";
import { CostLines } from "./cost-lines";
import { FixedAndVariable } from "./fixed-and-variable";
import { PoolCard } from "./pool-card";
import { preparePools } from "./prepare-pools";

const NO_SAMPLES = {
  title: "No GPU samples in this period",
  why: "Nodes report with POST /api/v1/samples, or through the agent. Hosted models have no GPU of yours.",
  action: { label: "Connect a node", href: "/welcome" },
};

/** What a node is asked about first. */
const NODE_METRICS = ["gpu_utilization", "gpu_idle_cost_usd", "running_batch", "queue_depth"];

const POOLS_EVERY_MS = 15_000;

/** GPU pools and nodes: what they cost, busy and idle, how full they are, and whose work it was. */
export function UtilizationPage() {
  const filters = useFilters();
  const base = { ...filters.base, filters: nodeFilters(filters.filters) };
  const total = useMetricQuery({ ...base, metrics: [...UTILIZATION_KPIS] });
  const series = useMetricQuery({ ...base, metrics: [...SERIES_METRICS], grain: filters.grain });
  const { compare: _, ...now } = base;
  const poolSeries = useMetricQuery({
    ...now,
    metrics: BY_POOL_CHARTS.map(({ metric }) => metric),
    groupBy: ["pool"],
    grain: filters.grain,
  });
  const href = (metric: string) => filters.href(explorePath({ metrics: [metric], by: ["pool"] }));
  const drawing = { filters, height: 208, syncId: "utilization", empty: NO_SAMPLES };
  const allocations = useApi<Allocations>(
    `/api/v1/allocations?${new URLSearchParams({ from: filters.from, to: filters.to }).toString()}`,
  );
  return (
    <Page
      title="Utilization"
      description="GPU pools and nodes. Idle dollars are a line of their own, and in no tenant's cost."
      filterBar={<FilterBar dimensions={NODE_DIMENSIONS} />}
    >
      {allocations.data?.limited ? (
        <p className="text-[13px] text-muted-foreground">
          You see your own tenants&apos; part of the pools that served them. Numbers of whole pools and nodes are the work of
          other tenants too, so they are not shown.
        </p>
      ) : (
        <>
          <MetricKpis metrics={UTILIZATION_KPIS} total={total} series={series} volume="gpu_cost_usd" href={href} />
          <FixedAndVariable from={filters.from} to={filters.to} />
          <div className="grid gap-3 lg:grid-cols-2 xl:grid-cols-3">
            {UTILIZATION_CHARTS.slice(0, 1).map((chart) => (
              <MetricLinesCard key={chart.id} chart={chart} query={series} {...drawing} />
            ))}
            {BY_POOL_CHARTS.map((chart) => (
              <PoolLinesCard key={chart.metric} chart={chart} series={poolSeries} filters={filters} />
            ))}
            {UTILIZATION_CHARTS.slice(1).map((chart) => (
              <MetricLinesCard key={chart.id} chart={chart} query={series} {...drawing} />
            ))}
          </div>
        </>
      )}
      <CostLines allocations={allocations.data} />
      <Pools filters={filters} allocations={allocations} />
    </Page>
  );
}

interface PoolLinesCardProps {
  chart: (typeof BY_POOL_CHARTS)[number];
  series: UseQueryResult<MetricResult, Error>;
  filters: Filters;
}

function PoolLinesCard({ chart, series, filters }: PoolLinesCardProps) {
  const prepared = useMemo(
    () => (series.data ? prepareSeries(series.data, { metric: chart.metric, groupBy: "pool" }) : undefined),
    [series.data, chart],
  );
  return (
    <QueryCard
      title={chart.title}
      description={chart.description}
      query={series}
      height={256}
      isEmpty={() => !prepared || prepared.series.length === 0}
      empty={NO_SAMPLES}
    >
      {() => (
        <TimeChart
          title={chart.title}
          unit={chart.unit}
          grain={filters.grain}
          series={prepared!.series}
          height={208}
          onRangeSelect={filters.setRange}
          onSeriesClick={(pool) => filters.setFilter("pool", [pool])}
          note={prepared!.hidden > 0 ? `${prepared!.hidden} more pools are not drawn` : undefined}
          syncId="utilization"
        />
      )}
    </QueryCard>
  );
}

function Pools({ filters, allocations }: { filters: Filters; allocations: UseQueryResult<Allocations, Error> }) {
  const period = { from: filters.from, to: filters.to };
  const fleet = { ...period, filters: nodeFilters(filters.filters), metrics: [...FLEET_METRICS] };
  const pools = useApi<{ pools: FleetPool[] }>("/api/v1/pools", { refreshMs: POOLS_EVERY_MS });
  const byPool = useMetricQuery({ ...fleet, groupBy: ["pool"] });
  const byNode = useMetricQuery({ ...fleet, groupBy: ["pool", "node"] });
  const now = useMinute();

  const failed = [pools, byPool, byNode, allocations].find((query) => query.isError && query.data === undefined);
  if (failed) {
    return (
      <Card>
        <ErrorState error={failed.error} title="The pools could not be loaded" onRetry={() => void failed.refetch()} />
      </Card>
    );
  }
  if (!pools.data || !byPool.data || !byNode.data || !allocations.data) {
    return (
      <div aria-busy className="flex flex-col gap-4">
        <span role="status" className="sr-only">
          Loading the pools
        </span>
        <Skeleton className="h-96" />
      </div>
    );
  }
  const views = preparePools({
    pools: pools.data.pools,
    byPool: byPool.data.rows,
    byNode: byNode.data.rows,
    allocations: allocations.data,
    chosen: { pools: filters.values.pool ?? [], nodes: filters.values.node ?? [] },
  });
  if (views.length === 0) {
    return (
      <Card>
        <EmptyState
          title="No GPU pool to show"
          why="A pool appears with the first sample of one of its nodes. People limited to tenants see the pools that served them."
          action={NO_SAMPLES.action}
        />
      </Card>
    );
  }
  return (
    <section aria-label="Pools" className="flex flex-col gap-4">
      <StaleAge query={pools} />
      {views.map((view) => (
        <PoolCard
          key={view.pool.id}
          view={view}
          allocations={allocations.data}
          now={now}
          factHref={(metric) => filters.href(explorePath({ metrics: [metric], by: ["node"] }), { pool: [view.pool.id] })}
          nodeHref={(node) =>
            filters.href(explorePath({ metrics: NODE_METRICS, by: ["node"] }), { pool: [view.pool.id], node: [node] })
          }
          tenantHref={(tenant) => filters.href("/requests", { pool: [view.pool.id], tenant: [tenant] })}
        />
      ))}
    </section>
  );
}
