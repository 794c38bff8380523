"use client";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useMemo } from "react";
import { MetricLinesCard } from "@/components/charts/metric-lines-card";
import { dimensionLabel } from "@/components/filters/dimension-label";
import { FilterBar } from "@/components/filters/filter-bar";
import { useFilters, type Filters } from "@/components/filters/use-filters";
import { baselineIncomplete } from "@/components/kpi/baseline";
import { MetricKpis } from "@/components/kpi/metric-kpis";
import { Page } from "@/components/layout/page";
import { useMetricQuery } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { keyColumn, keyOf, metricColumn } from "@/components/table/metric-columns";
import { Segmented } from "@/components/ui/segmented";
import { explorePath } from "@/components/explore/explore-state";
import { ActionList } from "./action-list";
import {
  ACTION_CHARTS,
  ACTION_FILTERS,
  ACTION_KPIS,
  BREAKDOWN_METRICS,
  BREAKDOWNS,
  SERIES_METRICS,
  STEP_METRICS,
} from "./definition";

const NO_ACTIONS = {
  title: "No action in this period",
  why: "An action is the chain of requests that share an action id. Send `actionId` with each event, or a trace: OTLP makes it the trace id.",
  action: { label: "How to send it", href: "/welcome" },
};

/** What one user action or agent run costs, how many calls it makes, and what came of it. */
export function ActionsPage() {
  const filters = useFilters();
  const total = useMetricQuery({ ...filters.base, metrics: [...ACTION_KPIS] });
  const series = useMetricQuery({ ...filters.base, metrics: [...SERIES_METRICS], grain: filters.grain });
  return (
    <Page
      title="Actions"
      description="One action is the whole chain of requests behind it: calls, cost, and what was reported of it."
      filterBar={<FilterBar dimensions={ACTION_FILTERS} />}
    >
      <MetricKpis
        metrics={ACTION_KPIS}
        total={total}
        series={series}
        volume="actions"
        href={(metric) => filters.href(explorePath({ metrics: [metric], by: ["endpoint"] }))}
        noData={{
          cost_per_action_p95: "under 20 actions",
          cost_per_outcome: "no good outcome",
          tokens_per_outcome: "no good outcome",
          quality_rate: "no outcomes",
          escalation_rate: "no actions",
        }}
      />
      <div className="grid gap-3 lg:grid-cols-2">
        {ACTION_CHARTS.map((chart) => (
          <MetricLinesCard
            key={chart.id}
            chart={chart}
            query={series}
            filters={filters}
            height={208}
            syncId="actions"
            empty={NO_ACTIONS}
          />
        ))}
      </div>
      <BreakdownCard filters={filters} compared={!baselineIncomplete(series.data?.rows ?? [], "actions")} />
      <StepsCard filters={filters} />
      <ActionList filters={filters} />
    </Page>
  );
}

function BreakdownCard({ filters, compared }: { filters: Filters; compared: boolean }) {
  const [by, setBy] = useQueryState(
    "by",
    parseAsStringLiteral(BREAKDOWNS).withDefault("endpoint").withOptions({ history: "push" }),
  );
  const query = useMetricQuery({
    ...filters.base,
    metrics: [...BREAKDOWN_METRICS],
    groupBy: [by],
    orderBy: { metric: "cost_in_actions_usd", direction: "desc" },
    limit: 500,
  });
  const columns = useMemo(
    () => [
      keyColumn(by),
      metricColumn("actions", { header: "Actions", change: compared }),
      metricColumn("calls_per_action", { header: "Calls", noData: "no actions", change: compared }),
      metricColumn("cost_per_action", { header: "Cost", noData: "no actions", change: compared }),
      metricColumn("cost_per_action_p95", { header: "Cost p95", noData: "< 20" }),
      metricColumn("cost_in_actions_usd", { header: "All actions" }),
      metricColumn("quality_rate", { header: "Quality", noData: "no outcomes", change: compared }),
      metricColumn("cost_per_outcome", { header: "Per good outcome", noData: "none" }),
      metricColumn("escalation_rate", { header: "Escalated", noData: "no actions" }),
      metricColumn("calls_per_action_p95", { header: "Calls p95", noData: "< 20", hidden: true }),
      metricColumn("good_outcomes", { header: "Good outcomes", hidden: true }),
      metricColumn("tokens_per_outcome", { header: "Tokens per good outcome", noData: "none", hidden: true }),
      metricColumn("escalations", { header: "Escalations", hidden: true }),
      metricColumn("retry_rate", { header: "Retries", hidden: true }),
      metricColumn("duplicate_rate", { header: "Duplicates", hidden: true }),
      metricColumn("fallback_rate", { header: "Fallbacks", hidden: true }),
    ],
    [by, compared],
  );
  return (
    <QueryCard
      title={`By ${dimensionLabel(by).toLowerCase()}`}
      description="Cost and calls are of one action. More columns hold retries, duplicates, fallbacks and escalations."
      query={query}
      height={320}
    >
      {({ rows }) => (
        <DataTable
          caption={`Actions by ${dimensionLabel(by).toLowerCase()}`}
          rows={rows}
          columns={columns}
          rowId={(row) => keyOf(row, by)}
          rowHref={(row) => filters.href("/actions", { [by]: [keyOf(row, by)] })}
          defaultSort={{ id: "cost_in_actions_usd", desc: true }}
          csv={`actions-by-${by}`}
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

/** Which step of the chain the money goes to. */
function StepsCard({ filters }: { filters: Filters }) {
  const { compare: _, ...now } = filters.base;
  const query = useMetricQuery({
    ...now,
    metrics: [...STEP_METRICS],
    groupBy: ["endpoint", "actionStep"],
    orderBy: { metric: "cost_in_actions_usd", direction: "desc" },
    limit: 200,
  });
  const columns = useMemo(
    () => [
      keyColumn("actionStep"),
      { id: "endpoint", header: "Endpoint", value: (row: Parameters<typeof keyOf>[0]) => keyOf(row, "endpoint") },
      metricColumn("requests_in_actions", { header: "Requests" }),
      metricColumn("cost_in_actions_usd", { header: "Cost" }),
      metricColumn("cost_per_request", { header: "Per request" }),
      metricColumn("tokens_input", { header: "Input tokens" }),
      metricColumn("tokens_cache_read", { header: "Cached tokens", hidden: true }),
      metricColumn("tokens_output", { header: "Output tokens" }),
      metricColumn("latency_p50", { header: "p50", noData: "< 20" }),
      metricColumn("latency_p95", { header: "p95", noData: "< 20" }),
      metricColumn("error_rate", { header: "Errors" }),
      metricColumn("retry_rate", { header: "Retries" }),
    ],
    [],
  );
  return (
    <QueryCard
      title="Steps"
      description="Where in the chain the calls, the money and the time go."
      query={query}
      height={320}
      isEmpty={({ rows }) => rows.every((row) => keyOf(row, "actionStep") === "")}
      empty={{ title: "No step is named", why: "Send `actionStep` with each event, e.g. plan, search, draft." }}
    >
      {({ rows }) => (
        <DataTable
          caption="Steps of actions"
          rows={rows.filter((row) => keyOf(row, "actionStep") !== "")}
          columns={columns}
          rowId={(row) => `${keyOf(row, "endpoint")} ${keyOf(row, "actionStep")}`}
          rowHref={(row) =>
            filters.href("/requests", { endpoint: [keyOf(row, "endpoint")], actionStep: [keyOf(row, "actionStep")] })
          }
          defaultSort={{ id: "cost_in_actions_usd", desc: true }}
          csv="steps-of-actions"
        />
      )}
    </QueryCard>
  );
}
