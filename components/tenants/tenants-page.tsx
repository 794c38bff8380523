"use client";
import { useMemo } from "react";
import type { UseQueryResult } from "@tanstack/react-query";
import { cellOf, prepareSeries, Sparkline, TimeChart } from "@/components/charts";
import { stackKind } from "@/components/charts/metric-lines";
import { explorePath } from "@/components/explore/explore-state";
import { compareValues, formatAbsolute, formatMetricValue, formatRelative } from "@/components/format";
import { FilterBar } from "@/components/filters/filter-bar";
import { useFilters, type Filters } from "@/components/filters/use-filters";
import { baselineIncomplete } from "@/components/kpi/baseline";
import { Page } from "@/components/layout/page";
import { useApi, useMetricQuery } from "@/components/query";
import { QueryCard } from "@/components/states";
import { MonthCard } from "@/components/statements/month-card";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { METRICS } from "@/lib/metrics/catalogue";
import type { Dimension, MetricResult } from "@/lib/metrics/schemas";
import type { TenantView } from "@/lib/workspace/schemas";
import { prepareTenants, sumUsd, TENANT_METRICS, type TenantLine } from "./prepare-tenants";

const FILTERS: readonly Dimension[] = ["tenant", "endpoint", "provider", "modelServed"];

/** Who spends what: one line per tenant, with its change, its efficiency and its service. */
export function TenantsPage() {
  const filters = useFilters();
  const totals = useMetricQuery({
    ...filters.base,
    metrics: [...TENANT_METRICS],
    groupBy: ["tenant"],
    orderBy: { metric: "cost_usd", direction: "desc" },
    limit: 1_000,
  });
  const { compare: _, ...now } = filters.base;
  const series = useMetricQuery({ ...now, metrics: ["cost_usd"], groupBy: ["tenant"], grain: filters.grain, limit: 10_000 });
  const whole = useMetricQuery(filters.compareQuery ? { ...filters.base, metrics: ["cost_usd"], grain: filters.grain } : null);
  const compared = filters.compareQuery !== undefined && !baselineIncomplete(whole.data?.rows ?? [], "cost_usd");
  const tenants = useApi<{ tenants: TenantView[] }>("/api/v1/tenants");
  const lines = useMemo(
    () =>
      prepareTenants(
        totals.data?.rows ?? [],
        series.data?.rows ?? [],
        visible(tenants.data?.tenants ?? [], filters.values.tenant),
      ),
    [totals.data, series.data, tenants.data, filters.values.tenant],
  );
  const names = useMemo(() => new Map(lines.map(({ id, name }) => [id, name])), [lines]);
  const exploreHref = (id: string) =>
    filters.href(explorePath({ metrics: ["cost_usd"], by: ["endpoint"] }), id === "" || id === "(other)" ? {} : { tenant: [id] });
  const tenantHref = (id: string) => `/tenants/${encodeURIComponent(id)}`;
  const requestsHref = (id: string) => filters.href("/requests", id === "" || id === "(other)" ? {} : { tenant: [id] });

  return (
    <Page
      title="Tenants"
      description="Spend and service per tenant. Idle GPU dollars belong to no tenant; they are under Utilization."
      filterBar={<FilterBar dimensions={FILTERS} />}
    >
      <SpendOverTime filters={filters} series={series} names={names} />
      <QueryCard
        title={totals.data ? `${lines.length} ${lines.length === 1 ? "tenant" : "tenants"}` : "Tenants"}
        description="A name leads to its statement and unit economics, its spend to Explore, its requests to the requests."
        query={totals}
        height={300}
        isEmpty={() => lines.length === 0}
        empty={{
          title: "No tenant yet",
          why: "A tenant appears with the first event that names it.",
          action: { label: "Connect a source", href: "/welcome" },
        }}
      >
        {(data) => (
          <DataTable
            caption="Tenants"
            rows={lines}
            columns={columns(data, compared, { explore: exploreHref, requests: requestsHref })}
            rowId={(line) => line.id}
            rowHref={(line) => (line.id === "" || line.id === "(other)" ? exploreHref(line.id) : tenantHref(line.id))}
            defaultSort={{ id: "cost_usd", desc: true }}
            csv="tenants"
          />
        )}
      </QueryCard>
      <MonthCard />
    </Page>
  );
}

interface SpendProps {
  filters: Filters;
  series: UseQueryResult<MetricResult, Error>;
  names: ReadonlyMap<string, string>;
}

function SpendOverTime({ filters, series, names }: SpendProps) {
  const prepared = useMemo(
    () =>
      (series.data ? prepareSeries(series.data, { metric: "cost_usd", groupBy: "tenant", additive: true }).series : []).map(
        (one) => ({
          ...one,
          label: names.get(one.id) ?? one.label,
        }),
      ),
    [series.data, names],
  );
  return (
    <QueryCard title="Spend over time" query={series} height={236} isEmpty={() => prepared.length === 0}>
      {() => (
        <TimeChart
          title="Spend over time by tenant"
          unit="usd"
          kind={stackKind(prepared)}
          grain={filters.grain}
          series={prepared}
          height={188}
          onRangeSelect={filters.setRange}
          onSeriesClick={(tenant) => filters.setFilter("tenant", [tenant])}
        />
      )}
    </QueryCard>
  );
}

/** A filter by tenant hides the quiet ones that were not chosen. */
const visible = (tenants: readonly TenantView[], chosen: readonly string[] | null) =>
  chosen && chosen.length > 0 ? tenants.filter(({ id }) => chosen.includes(id)) : tenants;

interface Hrefs {
  explore: (id: string) => string;
  requests: (id: string) => string;
}

function columns(data: MetricResult, compared: boolean, hrefs: Hrefs): DataColumn<TenantLine>[] {
  const metric = (id: (typeof TENANT_METRICS)[number], header: string, noData?: string): DataColumn<TenantLine> => ({
    id,
    header,
    unit: METRICS.get(id)!.unit,
    value: (line) => cellOf(line.row, id)?.value,
    ...(noData
      ? {
          cell: (line: TenantLine) => {
            const value = cellOf(line.row, id)?.value;
            return value == null ? (
              <span className="text-muted-foreground">{noData}</span>
            ) : (
              formatMetricValue(value, METRICS.get(id)!.unit)
            );
          },
        }
      : {}),
  });
  return [
    {
      id: "tenant",
      header: "Tenant",
      value: (line) => line.name,
      cell: (line) => (
        <span className="inline-flex items-center gap-2">
          {line.name}
          {line.discovered ? <Badge variant="outline">discovered</Badge> : null}
          {line.archived ? <Badge variant="secondary">archived</Badge> : null}
        </span>
      ),
    },
    {
      ...metric("cost_usd", "Spend"),
      href: (line) => hrefs.explore(line.id),
      share: (line) => line.share,
      total: formatMetricValue(sumUsd(data.rows, "cost_usd"), "usd"),
    },
    ...(compared
      ? [
          {
            id: "change",
            header: "Change",
            unit: "usd",
            value: (line: TenantLine) => changeOf(line).absolute,
            cell: (line: TenantLine) => <ChangeText line={line} />,
          },
        ]
      : []),
    {
      id: "trend",
      header: "Trend",
      value: () => null,
      cell: (line) => <Sparkline values={line.trend} width={84} height={22} />,
    },
    {
      ...metric("requests", "Requests"),
      href: (line) => hrefs.requests(line.id),
      total: formatMetricValue(sumUsd(data.rows, "requests"), "count"),
    },
    metric("cost_per_successful_request", "$ per success", "no success"),
    metric("success_rate", "Success"),
    metric("cache_hit_rate", "Cache hits", "no lookups"),
    metric("latency_p95", "p95 latency", "< 20"),
  ];
}

function changeOf(line: TenantLine) {
  const cell = cellOf(line.row, "cost_usd");
  return compareValues(cell?.value, cell?.compare === undefined ? undefined : cell.compare.value, "lower");
}

function ChangeText({ line }: { line: TenantLine }) {
  const change = changeOf(line);
  if (change.kind !== "moved" || change.relative === null || change.absolute === null) {
    const words = { none: "—", no_data: "—", no_baseline: "new", same: "unchanged", moved: "new" } as const;
    return <span className="text-muted-foreground">{words[change.kind]}</span>;
  }
  const sign = change.trend === "up" ? "+" : "−";
  return (
    <span className={cn(change.verdict === "worse" ? "text-destructive" : "text-success")}>
      {sign}
      {formatRelative(change.relative)}{" "}
      <span className="text-xs">
        {sign}
        {formatAbsolute(change.absolute, "usd")}
      </span>
      <span className="sr-only">, {change.verdict}</span>
    </span>
  );
}
