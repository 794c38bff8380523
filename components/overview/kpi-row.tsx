"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { METRICS } from "@/lib/metrics/catalogue";
import type { MetricResult } from "@/lib/metrics/schemas";
import { cellOf } from "@/components/charts";
import { useFilters } from "@/components/filters";
import { baselineIncomplete } from "@/components/kpi/baseline";
import { KpiCard } from "@/components/kpi/kpi-card";
import { ErrorState, StaleAge, useLastError } from "@/components/states";

interface Kpi {
  metric: string;
  /** Shorter than the catalogue's label, where a card needs it. */
  label: string;
  to: string;
  node?: boolean;
  noData?: string;
}

const KPIS: readonly Kpi[] = [
  { metric: "cost_usd", label: "Cost", to: "/explore?metrics=cost_usd&by=tenant" },
  {
    metric: "cost_per_successful_request",
    label: "Cost per successful request",
    to: "/explore?metrics=cost_per_successful_request&by=tenant",
  },
  { metric: "requests", label: "Requests", to: "/requests" },
  { metric: "tokens_total", label: "Tokens", to: "/explore?metrics=tokens_total&by=modelServed" },
  { metric: "success_rate", label: "Success rate", to: "/performance" },
  { metric: "latency_p95", label: "Latency p95", to: "/performance", noData: "fewer than 20 requests" },
  { metric: "cache_hit_rate", label: "Cache hit rate", to: "/caching", noData: "no lookups" },
  { metric: "gpu_idle_cost_usd", label: "Idle GPU cost", to: "/utilization", node: true, noData: "no GPU nodes" },
];

type Query = UseQueryResult<MetricResult, Error>;

export function KpiRow({ usage, trend, node, nodeTrend }: { usage: Query; trend: Query; node: Query; nodeTrend: Query }) {
  const { href } = useFilters();
  const incomplete = baselineIncomplete(trend.data?.rows ?? [], "cost_usd");
  const nodeIncomplete = baselineIncomplete(nodeTrend.data?.rows ?? [], "gpu_idle_cost_usd");
  const error = useLastError(usage);
  const nodeError = useLastError(node);
  if (error) {
    return (
      <div className="rounded-lg border bg-card">
        <ErrorState error={error} onRetry={() => void usage.refetch()} />
      </div>
    );
  }
  return (
    <section aria-label="Key figures" className="flex flex-col gap-2">
      <div className="grid grid-cols-1 gap-3 min-[22rem]:grid-cols-2 lg:grid-cols-4">
        {KPIS.map(({ metric, label, to, node: fromNode, noData }) => {
          const total = fromNode ? node : usage;
          const cell = cellOf(total.data?.rows[0], metric);
          const definition = METRICS.get(metric);
          const failed = fromNode && nodeError !== null;
          return (
            <KpiCard
              key={metric}
              label={label}
              unit={definition?.unit ?? "count"}
              direction={definition?.direction ?? "neutral"}
              // No row at all is "no data", as long as the answer is there.
              value={total.data ? (cell?.value ?? null) : failed ? null : undefined}
              compare={cell?.compare === undefined ? undefined : cell.compare.value}
              baselineIncomplete={fromNode ? nodeIncomplete : incomplete}
              {...trendOf((fromNode ? nodeTrend : trend).data, metric)}
              href={href(to)}
              noData={failed ? "could not be loaded" : noData}
              hint={definition?.description}
            />
          );
        })}
      </div>
      <StaleAge query={usage} />
    </section>
  );
}

/** The running bucket would make every line end in a fall: it is left out. */
function trendOf(result: MetricResult | undefined, metric: string) {
  const rows = (result?.rows ?? []).filter((row) => row.bucket && !row.partial);
  const cells = rows.map((row) => cellOf(row, metric));
  const number = (value: string | null | undefined) => (value === null || value === undefined ? null : Number(value));
  return {
    trend: cells.map((cell) => number(cell?.value)),
    compareTrend: cells.some((cell) => cell?.compare) ? cells.map((cell) => number(cell?.compare?.value)) : undefined,
  };
}
