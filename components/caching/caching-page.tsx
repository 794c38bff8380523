"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useMemo } from "react";
import { BarChart, cellOf, TimeChart } from "@/components/charts";
import { prepareMetricLines, stackKind, type MetricLine } from "@/components/charts/metric-lines";
import { dimensionLabel, dimensionValueLabel } from "@/components/filters/dimension-label";
import { FilterBar } from "@/components/filters/filter-bar";
import { useFilters, type Filters } from "@/components/filters/use-filters";
import { baselineIncomplete } from "@/components/kpi/baseline";
import { MetricKpis } from "@/components/kpi/metric-kpis";
import { Page } from "@/components/layout/page";
import { requestsBehind } from "@/components/performance/requests-behind";
import { useMetricQuery } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { keyColumn, keyOf, metricColumn } from "@/components/table/metric-columns";
import { Segmented } from "@/components/ui/segmented";
import type { Dimension, MetricResult } from "@/lib/metrics/schemas";
import { BREAKDOWNS, BREAKDOWN_METRICS, CACHING_KPIS, LAYERS, RATE_LINES, SAVED_LINES, TOTAL_METRICS } from "./definition";
import { EngineCacheCard } from "./engine-cache-card";
import { HitRateDefinitions } from "./hit-rate-definitions";
import { LayerTable } from "./layer-table";
import { PrefixCard } from "./prefix-card";
import { prepareLayers } from "./prepare-layers";

const FILTERS: readonly Dimension[] = ["tenant", "endpoint", "route", "modelServed", "provider"];

const NO_CACHE = {
  title: "No cache was used in this period",
  why: "Nothing in this range looked into a cache, or the senders do not report it. Send `cache` with each event, or let the gateway do it.",
  action: { label: "How to send it", href: "/welcome" },
};

/** What caches answered, by layer and by both definitions, and what that saved. */
export function CachingPage() {
  const filters = useFilters();
  const total = useMetricQuery({ ...filters.base, metrics: [...TOTAL_METRICS] });
  const series = useMetricQuery({ ...filters.base, metrics: [...TOTAL_METRICS], grain: filters.grain });
  return (
    <Page
      title="Caching"
      description="Hit rate per layer, counted in requests and in tokens, and the money that hits avoided."
      filterBar={<FilterBar dimensions={FILTERS} />}
    >
      <MetricKpis
        metrics={CACHING_KPIS}
        total={total}
        series={series}
        volume="saved_usd"
        href={(metric) => filters.href("/requests", metric === "cache_time_saved" ? { cacheOutcome: HITS } : {})}
        noData={{ cache_hit_rate: "no lookups", cache_hit_rate_tokens: "no tokens" }}
      />
      <QueryCard
        title="By layer"
        description="A request that a layer could have answered counts as one lookup of it."
        query={total}
        height={300}
      >
        {({ rows }) => (
          <div className="flex flex-col gap-4">
            <HitRateDefinitions row={rows[0]} />
            <LayerTable layers={prepareLayers(rows[0])} href={(layer) => filters.href("/requests", { cacheOutcome: [layer] })} />
          </div>
        )}
      </QueryCard>
      <div className="grid gap-3 lg:grid-cols-2 xl:grid-cols-3">
        <LinesCard
          title="Hit rate over time"
          description="Requests answered ÷ looked up; the provider prefix in tokens. A gap means no lookups."
          unit="ratio"
          kind="line"
          lines={RATE_LINES}
          series={series}
          filters={filters}
        />
        <LinesCard
          title="Saved over time"
          description="What hits would have cost at the price of the model that would have served them."
          unit="usd"
          kind="bar"
          lines={SAVED_LINES}
          series={series}
          filters={filters}
        />
        <CachedShareByModel filters={filters} />
      </div>
      <BreakdownCard filters={filters} compared={!baselineIncomplete(series.data?.rows ?? [], "saved_usd")} />
      <PrefixCard filters={filters} />
      <EngineCacheCard filters={filters} />
    </Page>
  );
}

/** A cache outcome is the layer that answered, or "miss", or "none". */
const HITS = LAYERS.filter(({ requestRate }) => requestRate).map(({ id }) => id);

interface LinesCardProps {
  title: string;
  description: string;
  unit: string;
  kind: "line" | "bar";
  lines: readonly MetricLine[];
  series: UseQueryResult<MetricResult, Error>;
  filters: Filters;
}

function LinesCard({ title, description, unit, kind, lines, series, filters }: LinesCardProps) {
  const prepared = useMemo(() => (series.data ? prepareMetricLines(series.data, lines).series : []), [series.data, lines]);
  // A layer that nobody used is no line.
  const used = prepared.filter(({ points }) => points.some(({ value }) => value !== null && (unit === "ratio" || value !== 0)));
  return (
    <QueryCard
      title={title}
      description={description}
      query={series}
      height={276}
      isEmpty={() => used.length === 0}
      empty={NO_CACHE}
    >
      {() => (
        <TimeChart
          title={title}
          unit={unit}
          kind={kind === "bar" ? stackKind(used) : kind}
          grain={filters.grain}
          series={used}
          height={228}
          onRangeSelect={filters.setRange}
          syncId="caching"
        />
      )}
    </QueryCard>
  );
}

interface BreakdownProps {
  filters: Filters;
  /** False: the comparison period began without data, so no change is shown. */
  compared: boolean;
}

function BreakdownCard({ filters, compared }: BreakdownProps) {
  const [by, setBy] = useQueryState(
    "by",
    parseAsStringLiteral(BREAKDOWNS).withDefault("endpoint").withOptions({ history: "push" }),
  );
  const query = useMetricQuery({
    ...filters.base,
    metrics: [...BREAKDOWN_METRICS],
    groupBy: [by],
    orderBy: { metric: "saved_usd", direction: "desc" },
    limit: 500,
  });
  const columns = useMemo(
    () => [
      keyColumn(by),
      metricColumn("cache_hit_rate", {
        header: "Hit rate (requests)",
        noData: "no lookups",
        change: compared,
        href: (row) => requestsBehind(filters, "requests", { [by]: keyOf(row, by) }),
      }),
      metricColumn("cache_hits", { header: "Hits" }),
      metricColumn("cache_lookups", { header: "Lookups" }),
      metricColumn("cache_hit_rate_tokens", { header: "Hit rate (tokens)", noData: "no tokens", change: compared }),
      metricColumn("saved_usd", { header: "Saved", change: compared }),
      metricColumn("cache_hit_rate_exact", { header: "Exact", noData: "no lookups", hidden: true }),
      metricColumn("cache_hit_rate_semantic", { header: "Semantic", noData: "no lookups", hidden: true }),
      metricColumn("semantic_false_hit_rate", { header: "Semantic, false", noData: "none checked", hidden: true }),
      metricColumn("cache_hit_rate_retrieval", { header: "Retrieval", noData: "no lookups", hidden: true }),
      metricColumn("cache_hit_rate_embedding", { header: "Embedding", noData: "no lookups", hidden: true }),
      metricColumn("requests", { header: "Requests", hidden: true }),
    ],
    [by, filters, compared],
  );
  return (
    <QueryCard
      title={`By ${dimensionLabel(by).toLowerCase()}`}
      description="More columns hold the rate of each layer."
      query={query}
      height={320}
    >
      {({ rows }) => (
        <DataTable
          caption={`Caching by ${dimensionLabel(by).toLowerCase()}`}
          rows={rows}
          columns={columns}
          rowId={(row) => keyOf(row, by)}
          rowHref={(row) => requestsBehind(filters, "requests", { [by]: keyOf(row, by) })}
          defaultSort={{ id: "saved_usd", desc: true }}
          csv={`caching-by-${by}`}
          toolbar={
            <Segmented
              label="Group by"
              options={BREAKDOWNS.map((value) => ({ value, label: dimensionLabel(value) }))}
              value={by}
              onChange={(value) => void setBy(value)}
            />
          }
        />
      )}
    </QueryCard>
  );
}

const SHOWN_MODELS = 8;

function CachedShareByModel({ filters }: { filters: Filters }) {
  const query = useMetricQuery({
    ...filters.base,
    metrics: ["cache_hit_rate_tokens", "tokens_cache_read"],
    groupBy: ["modelServed"],
    orderBy: { metric: "cache_hit_rate_tokens", direction: "desc" },
    limit: 200,
  });
  return (
    <QueryCard
      title="Cached share of input tokens"
      description="Read ÷ (uncached + read + write), by model. The mark is the comparison."
      query={query}
      height={276}
    >
      {({ rows }) => (
        <BarChart
          title="Cached share of input tokens by model"
          unit="ratio"
          direction="higher"
          items={rows.slice(0, SHOWN_MODELS).map((row) => {
            const cell = cellOf(row, "cache_hit_rate_tokens");
            const model = keyOf(row, "modelServed");
            return {
              id: model,
              label: dimensionValueLabel(model),
              value: cell?.value == null ? null : Number(cell.value),
              ...(cell?.compare ? { compare: cell.compare.value === null ? null : Number(cell.compare.value) } : {}),
              href: requestsBehind(filters, "requests", { modelServed: model }),
            };
          })}
        />
      )}
    </QueryCard>
  );
}
