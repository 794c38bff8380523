"use client";
import Link from "next/link";
import { useMemo } from "react";
import { MetricLinesCard, type LinesChart } from "@/components/charts/metric-lines-card";
import { BudgetsCard } from "@/components/budgets/budgets-card";
import { explorePath } from "@/components/explore/explore-state";
import { useFilters } from "@/components/filters/use-filters";
import { MetricKpis } from "@/components/kpi/metric-kpis";
import { Page } from "@/components/layout/page";
import { TimeRangePicker } from "@/components/filters/time-range-picker";
import { useApi, useMetricQuery } from "@/components/query";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { TenantGpuCard } from "@/components/utilization/tenant-gpu-card";
import type { TenantView } from "@/lib/workspace/schemas";
import { MonthPicker } from "./month-picker";
import { StatementCard } from "./statement-card";
import { useMonth } from "./use-month";

const UNIT_METRICS = [
  "cost_usd",
  "cost_per_successful_request",
  "cost_per_1m_tokens",
  "cost_per_action",
  "calls_per_action",
  "waste_share",
  "cache_hit_rate_tokens",
  "success_rate",
] as const;

const TRENDS: readonly LinesChart[] = [
  {
    id: "spend",
    title: "Spend over time",
    description: "Requests at providers and at internal rates, with the part that bought nothing new.",
    unit: "usd",
    kind: "line",
    lines: [
      { metric: "cost_usd", label: "Cost", id: "cost" },
      { metric: "waste_usd", label: "Waste", id: "waste" },
    ],
  },
  {
    id: "unit",
    title: "Cost per successful request",
    description: "Gross counts failures and retries; the gap to net is waste.",
    unit: "usd",
    kind: "line",
    lines: [
      { metric: "cost_per_successful_request", label: "Gross", id: "gross" },
      { metric: "cost_per_successful_request_net", label: "Net", id: "net" },
    ],
  },
];
const SERIES_METRICS = [...new Set([...UNIT_METRICS, ...TRENDS.flatMap(({ lines }) => lines.map(({ metric }) => metric))])];

/** One tenant: the statement of a month, then what a unit of its work costs and where that goes. */
export function TenantPage({ id }: { id: string }) {
  const filters = useFilters();
  const chosen = useMonth();
  const tenants = useApi<{ tenants: TenantView[] }>("/api/v1/tenants");
  const tenant = tenants.data?.tenants.find((one) => one.id === id);
  const base = useMemo(() => ({ ...filters.base, filters: [{ dimension: "tenant" as const, in: [id] }] }), [filters.base, id]);
  const total = useMetricQuery({ ...base, metrics: [...UNIT_METRICS] });
  const series = useMetricQuery({ ...base, metrics: SERIES_METRICS, grain: filters.grain });
  const explore = (metric: string) => filters.href(explorePath({ metrics: [metric], by: ["endpoint"] }), { tenant: [id] });
  return (
    <Page
      title={
        <span className="inline-flex flex-wrap items-center gap-2 wrap-anywhere">
          {tenant?.name ?? (id || "(not set)")}
          {tenant?.discovered ? <Badge variant="outline">discovered</Badge> : null}
          {tenant?.archivedAt ? <Badge variant="secondary">archived</Badge> : null}
        </span>
      }
      description={
        <span data-print="hidden">
          What it owes, what a unit of its work costs, and where that goes. Tenant id: {id || "(empty)"}.
        </span>
      }
      actions={
        <>
          <MonthPicker {...chosen} />
          <Button asChild size="sm" variant="outline" data-print="hidden">
            <Link href={filters.href("/requests", { tenant: [id] })}>Requests</Link>
          </Button>
        </>
      }
    >
      <StatementCard tenant={id} month={chosen.month} />
      <div data-print="hidden">
        <BudgetsCard tenant={id} />
      </div>
      <section aria-labelledby="unit-economics" className="flex flex-col gap-3" data-print="hidden">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <h2 id="unit-economics" className="text-base font-semibold">
            Unit economics
          </h2>
          <TimeRangePicker />
        </div>
        <MetricKpis
          metrics={UNIT_METRICS}
          total={total}
          series={series}
          volume="cost_usd"
          href={explore}
          noData={{ cost_per_action: "no actions", calls_per_action: "no actions", cache_hit_rate_tokens: "no prompts" }}
        />
        <div className="grid gap-3 lg:grid-cols-2">
          {TRENDS.map((chart) => (
            <MetricLinesCard key={chart.id} chart={chart} query={series} filters={filters} height={208} syncId="tenant" />
          ))}
        </div>
        <TenantGpuCard tenant={id} filters={filters} />
      </section>
    </Page>
  );
}
