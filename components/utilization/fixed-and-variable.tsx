"use client";
import { cellOf } from "@/components/charts";
import { formatMetricValue } from "@/components/format";
import { useMetricQuery } from "@/components/query";
import { Card } from "@/components/ui/card";
import { formatUsd } from "@/lib/money/format";
import type { MetricResult } from "@/lib/metrics/schemas";

/**
 * What is paid whatever runs, beside what falls with every call that is saved. Of the whole workspace: an API call knows no
 * pool that it could be filtered by.
 */
export function FixedAndVariable({ from, to }: { from: string; to: string }) {
  const gpus = useMetricQuery({ from, to, metrics: ["gpu_cost_usd"] });
  const calls = useMetricQuery({ from, to, metrics: ["cost_usd"], filters: [{ dimension: "pool", in: [""] }] });
  const [fixed, variable] = [usdOf(gpus.data, "gpu_cost_usd"), usdOf(calls.data, "cost_usd")];
  if (fixed === null || variable === null || fixed + variable === 0) return null;
  const share = fixed / (fixed + variable);
  return (
    <Card role="region" aria-label="Fixed and variable cost" className="flex flex-col gap-2 p-4">
      <p className="flex flex-wrap gap-x-6 gap-y-1 text-[13px]">
        <span>
          <span className="font-medium tabular">{formatUsd(fixed)}</span> fixed: GPUs cost the same per hour, busy or idle.
        </span>
        <span>
          <span className="font-medium tabular">{formatUsd(variable)}</span> variable: API calls, less with each one saved.
        </span>
        <span className="text-muted-foreground tabular">
          {formatMetricValue(share, "ratio")} is fixed, all pools and endpoints together.
        </span>
      </p>
      <div aria-hidden className="flex h-2 overflow-hidden rounded-full bg-muted">
        <span className="bg-primary" style={{ width: `${share * 100}%` }} />
      </div>
    </Card>
  );
}

/** Null while it is not known; nothing spent is nothing. */
const usdOf = (result: MetricResult | undefined, metric: string): number | null =>
  result === undefined ? null : Number(cellOf(result.rows[0], metric)?.value ?? 0);
