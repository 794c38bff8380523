"use client";
import Link from "next/link";
import { cellOf } from "@/components/charts";
import { formatMetricValue } from "@/components/format";
import { Badge } from "@/components/ui/badge";
import { Card, CardAction, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import type { Allocations } from "@/lib/allocation/schemas";
import { METRICS } from "@/lib/metrics/catalogue";
import { NodeTable } from "./node-table";
import { AllocationFacts } from "./allocation-facts";
import { PoolTenantShares } from "./pool-shares";
import type { PoolView } from "./prepare-pools";

const FACTS = [
  ["gpu_utilization", "Utilization"],
  ["gpu_busy_hours", "Busy GPU hours"],
  ["gpu_idle_hours", "Idle GPU hours"],
  ["gpu_busy_cost_usd", "Busy dollars"],
  ["gpu_idle_cost_usd", "Idle dollars"],
  ["gpu_tokens_per_second", "Tokens/s per node"],
  ["gpu_tokens_per_watt", "Tokens/s per watt"],
  ["energy_kwh", "Energy"],
  ["facility_kwh", "With the building"],
  ["energy_cost_usd", "Electricity"],
  ["carbon_kg", "Carbon"],
  ["preemptions", "Preemptions"],
] as const;

export interface PoolCardProps {
  view: PoolView;
  allocations: Allocations | undefined;
  now: number;
  /** A number of the pool over time, by node. */
  factHref: (metric: string) => string;
  nodeHref: (node: string) => string;
  tenantHref: (tenant: string) => string;
}

/** One pool: what it cost, busy and idle, what its nodes did, and whose work it was. */
export function PoolCard({ view, allocations, now, factHref, nodeHref, tenantHref }: PoolCardProps) {
  const { pool, metrics, nodes, live } = view;
  const limited = allocations?.limited ?? false;
  const titleId = `pool-${pool.id}`;
  return (
    <Card role="region" aria-labelledby={titleId}>
      <CardHeader>
        <CardTitle id={titleId}>{pool.name}</CardTitle>
        <CardDescription>
          {[pool.model, pool.engine].filter(Boolean).join(" · ") || "Not registered: known from its samples"}
        </CardDescription>
        <CardAction>
          {pool.simulated ? <Badge variant="outline">simulated</Badge> : null}
          <Badge variant={nodes.length > 0 && live === nodes.length ? "success" : "warning"}>
            {live} of {nodes.length} live
          </Badge>
        </CardAction>
      </CardHeader>
      <CardContent className="flex flex-col gap-5">
        {limited ? null : <Facts metrics={metrics} href={factHref} />}
        <NodeTable pool={pool.name} simulatedPool={pool.simulated} nodes={nodes} now={now} limited={limited} href={nodeHref} />
        {view.allocation ? (
          <>
            <AllocationFacts allocation={view.allocation} />
            <PoolTenantShares allocation={view.allocation} limited={limited} href={tenantHref} />
          </>
        ) : (
          <p className="text-[13px] text-muted-foreground">
            No hour of this period is allocated yet. An hour is closed five minutes after its end.
          </p>
        )}
      </CardContent>
    </Card>
  );
}

function Facts({ metrics, href }: Pick<PoolView, "metrics"> & { href: PoolCardProps["factHref"] }) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-md border bg-border sm:grid-cols-4 lg:grid-cols-6">
      {FACTS.map(([metric, label]) => (
        <div key={metric} className="bg-card px-3 py-2">
          <dt className="truncate text-xs text-muted-foreground">{label}</dt>
          <dd className="truncate text-[15px] font-semibold tabular">
            <Link href={href(metric)} className="rounded-sm underline-offset-2 hover:underline">
              {formatMetricValue(cellOf(metrics, metric)?.value, METRICS.get(metric)!.unit)}
            </Link>
          </dd>
        </div>
      ))}
    </dl>
  );
}
