"use client";
import Link from "next/link";
import { cellOf } from "@/components/charts";
import { formatMetricValue } from "@/components/format";
import { Badge } from "@/components/ui/badge";
import { Card, CardAction, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import type { PoolShares } from "@/lib/fleet/schemas";
import { METRICS } from "@/lib/metrics/catalogue";
import { NodeTable } from "./node-table";
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
] as const;

export interface PoolCardProps {
  view: PoolView;
  shares: PoolShares | undefined;
  now: number;
  /** A number of the pool over time, by node. */
  factHref: (metric: string) => string;
  nodeHref: (node: string) => string;
  tenantHref: (tenant: string) => string;
}

/** One pool: what it cost, busy and idle, what its nodes did, and whose work it was. */
export function PoolCard({ view, shares, now, factHref, nodeHref, tenantHref }: PoolCardProps) {
  const { pool, metrics, nodes, live } = view;
  const limited = shares?.limited ?? false;
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
        {view.shares && shares ? (
          <PoolTenantShares share={view.shares} weights={shares.weights} limited={limited} href={tenantHref} />
        ) : null}
      </CardContent>
    </Card>
  );
}

function Facts({ metrics, href }: Pick<PoolView, "metrics"> & { href: PoolCardProps["factHref"] }) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-md border bg-border sm:grid-cols-4 xl:grid-cols-8">
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
