"use client";
import { Compass } from "lucide-react";
import { FiringAlerts } from "@/components/alerts/incidents/firing-alerts";
import { BudgetsCard } from "@/components/budgets/budgets-card";
import { RunningRollouts } from "@/components/changes/running-rollouts";
import { FilterBar, useFilters } from "@/components/filters";
import { Page } from "@/components/layout/page";
import { useMetricQuery } from "@/components/query";
import { EmptyState } from "@/components/states";
import { CompletenessStrip } from "./completeness-strip";
import { CostTrend } from "./cost-trend";
import { KpiRow } from "./kpi-row";
import { PlaybookProgress } from "./playbook-progress";
import { TopTable } from "./top-table";
import { UnitCostTrend } from "./unit-cost-trend";
import { WasteBreakdown } from "./waste-breakdown";
import { NODE_DIMENSIONS, NODE_METRICS, TREND_METRICS, USAGE_METRICS } from "./overview-metrics";

/** Who sends a first event looks here for it: it shows within two seconds. */
const KEY_FIGURES_MS = 1_500;

/** What it costs, how well it serves, where it leaks; each number leads on. */
export function Overview() {
  const { base, grain, filters } = useFilters();
  const usage = useMetricQuery({ ...base, metrics: USAGE_METRICS }, { fastestMs: KEY_FIGURES_MS });
  const trend = useMetricQuery({ ...base, metrics: TREND_METRICS, grain });
  // GPU nodes know nothing of tenants: only the filters that mean something to a node apply to their bill.
  const nodeBase = { ...base, filters: filters.filter(({ dimension }) => NODE_DIMENSIONS.includes(dimension)) };
  const node = useMetricQuery({ ...nodeBase, metrics: NODE_METRICS });
  const nodeTrend = useMetricQuery({ ...nodeBase, metrics: ["gpu_idle_cost_usd"], grain });

  const nothingEver = usage.data !== undefined && usage.data.completeness.watermark === null;
  return (
    <Page title="Overview" description="Cost and service quality of your AI inference." filterBar={<FilterBar />}>
      {nothingEver ? (
        <div className="rounded-lg border bg-card py-10">
          <EmptyState
            icon={<Compass />}
            title="No usage has been received yet"
            why="Connect a gateway, an SDK or a GPU node in three copy-paste steps. Numbers appear here within seconds."
            action={{ label: "Connect a source", href: "/welcome" }}
          />
        </div>
      ) : (
        <>
          <KpiRow usage={usage} trend={trend} node={node} nodeTrend={nodeTrend} />
          <CompletenessStrip usage={usage} />
          <CostTrend />
          <div className="grid gap-4 xl:grid-cols-2">
            <UnitCostTrend trend={trend} />
            <WasteBreakdown usage={usage} node={node} trend={trend} nodeTrend={nodeTrend} />
          </div>
          <FiringAlerts />
          <div className="grid gap-4 xl:grid-cols-2">
            <RunningRollouts />
            <PlaybookProgress />
          </div>
          <BudgetsCard />
          <TopTable />
        </>
      )}
    </Page>
  );
}
