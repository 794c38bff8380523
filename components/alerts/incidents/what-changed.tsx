"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { driverLabel, prepareWaterfall } from "@/components/explore/waterfall/prepare-waterfall";
import { WaterfallChart } from "@/components/explore/waterfall/waterfall-chart";
import { serializeFilters } from "@/components/filters/filter-state";
import { dimensionLabel, dimensionValueLabel } from "@/components/filters/dimension-label";
import { compareValues, formatMetricValue, formatRelative } from "@/components/format";
import { callApi, useMetricQuery, type ApiError } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Segmented } from "@/components/ui/segmented";
import type { IncidentDetails } from "@/lib/alerts/incidents/schemas";
import { findWatched } from "@/lib/alerts/signals/catalogue";
import type { MetricDefinition } from "@/lib/metrics/catalogue";
import type { Dimension } from "@/lib/metrics/dimensions";
import type { MetricCell, MetricFilter, MetricQuery, MetricRow } from "@/lib/metrics/schemas";
import type { WaterfallResult } from "@/lib/metrics/waterfall/schemas";
import { DAY_MS, MINUTE_MS } from "@/lib/time";

const USAGE_DIMENSIONS = ["modelServed", "endpoint", "provider", "tenant"] as const;
const NODE_DIMENSIONS = ["pool", "node", "region"] as const;

interface Scope {
  from: string;
  to: string;
  /** The same length just before, or a week earlier where the rule compares with that. */
  compare: "previous" | "last_week";
  filters: MetricFilter[];
}

/** What moved between the time before and the incident: for money the exact waterfall, else the values that moved most. */
export function WhatChanged({ incident, now }: { incident: IncidentDetails; now: number }) {
  const watched = findWatched(incident.rule.metric);
  if (watched?.kind !== "metric") return null;
  const scope = scopeOf(incident, now);
  const isSpend = watched.definition.unit === "usd" && watched.definition.domain === "usage";
  return isSpend ? <Spend scope={scope} /> : <Movers metric={watched.definition} scope={scope} />;
}

/** From a window before the breach to its end, whole minutes. */
function scopeOf({ rule, labels, breachedSince, endedAt }: IncidentDetails, now: number): Scope {
  const floor = (at: number) => Math.floor(at / MINUTE_MS) * MINUTE_MS;
  const to = endedAt ? Date.parse(endedAt) : now;
  const from = Math.max(Date.parse(breachedSince) - rule.windowSec * 1_000, to - 30 * DAY_MS);
  return {
    from: new Date(floor(from)).toISOString(),
    to: new Date(floor(to) + MINUTE_MS).toISOString(),
    compare: rule.condition.type === "change" && rule.condition.against === "last_week" ? "last_week" : "previous",
    filters: [
      ...rule.filters,
      ...Object.entries(labels).map(([dimension, value]) => ({ dimension: dimension as Dimension, in: [value] })),
    ],
  };
}

const COMPARED = { previous: "the same time just before", last_week: "the same time a week earlier" } as const;

function Spend({ scope }: { scope: Scope }) {
  const query = useQuery<WaterfallResult, ApiError>({
    queryKey: ["waterfall", scope],
    queryFn: ({ signal }) =>
      callApi<WaterfallResult>("/api/v1/waterfall", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(scope),
        signal,
      }),
  });
  return (
    <QueryCard
      title="What changed"
      description={`Spend in this scope during the incident against ${COMPARED[scope.compare]}. The bars add up exactly.`}
      query={query}
      height={260}
      isEmpty={({ before, after }) => before.requests === "0" && after.requests === "0"}
      empty={{ title: "Nothing to compare", why: "There was no usage in this scope." }}
    >
      {(result) => (
        <WaterfallChart
          title={`Why spend changed: ${Object.keys(result.drivers)
            .map((driver) => driverLabel(driver as keyof typeof result.drivers))
            .join(", ")}`}
          bars={prepareWaterfall(result)}
          hrefOf={() => exploreHref(scope)}
        />
      )}
    </QueryCard>
  );
}

/** The same scope and time under Explore. */
function exploreHref({ from, to, filters }: Scope): string {
  const values = Object.fromEntries(filters.map((filter) => [filter.dimension, filter.in]));
  return serializeFilters("/explore", { ...values, range: "absolute", from: new Date(from), to: new Date(to) });
}

interface Mover {
  value: string;
  now: string | null;
  before: string | null;
}

function Movers({ metric, scope }: { metric: MetricDefinition; scope: Scope }) {
  const offered: readonly Dimension[] = (metric.domain === "node" ? NODE_DIMENSIONS : USAGE_DIMENSIONS).filter((dimension) =>
    scope.filters.every((filter) => filter.dimension !== dimension || filter.in.length > 1),
  );
  const [by, setBy] = useState<Dimension>(offered[0] ?? "modelServed");
  const query = useMetricQuery({ metrics: [metric.id], groupBy: [by], ...scope, limit: 200 } satisfies MetricQuery);
  const columns: DataColumn<Mover>[] = [
    { id: "value", header: dimensionLabel(by), value: (row) => dimensionValueLabel(row.value) },
    { id: "now", header: "During", value: (row) => (row.now === null ? null : Number(row.now)), unit: metric.unit },
    { id: "before", header: "Before", value: (row) => (row.before === null ? null : Number(row.before)), unit: metric.unit },
    {
      id: "change",
      header: "Change",
      align: "right",
      value: difference,
      cell: (row) => {
        const change = compareValues(row.now, row.before, metric.direction);
        return `${formatMetricValue(difference(row), metric.unit)}${change.kind === "moved" && change.relative !== null ? ` (${formatRelative(change.relative)})` : ""}`;
      },
    },
  ];
  return (
    <QueryCard
      title="What changed"
      description={`${metric.label} during the incident against ${COMPARED[scope.compare]}; what moved most stands first.`}
      query={query}
      height={220}
      actions={
        <Segmented
          label="Split by"
          options={offered.map((value) => ({ value, label: dimensionLabel(value) }))}
          value={by}
          onChange={setBy}
        />
      }
    >
      {({ rows }) => (
        <DataTable
          caption={`What changed by ${dimensionLabel(by).toLowerCase()}`}
          rows={moversOf(rows, metric.id, by)}
          columns={columns}
          rowId={(row) => row.value}
          maxHeight={320}
        />
      )}
    </QueryCard>
  );
}

const difference = ({ now, before }: Mover): number | null =>
  now === null && before === null ? null : Number(now ?? 0) - Number(before ?? 0);

function moversOf(rows: readonly MetricRow[], metric: string, by: Dimension): Mover[] {
  return rows
    .map((row) => {
      const cell = row[metric] as MetricCell | undefined;
      return { value: String(row[by] ?? ""), now: cell?.value ?? null, before: cell?.compare?.value ?? null };
    })
    .sort((a, b) => Math.abs(difference(b) ?? 0) - Math.abs(difference(a) ?? 0));
}
