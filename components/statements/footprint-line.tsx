"use client";
import { cellOf } from "@/components/charts";
import { formatMetricValue } from "@/components/format";
import { useMetricQuery } from "@/components/query";

/** Beside the amounts: the electricity of own GPUs behind the tenant's work in the same period, and its carbon. Nothing where no GPU served it. */
export function FootprintLine({ tenant, from, to }: { tenant: string; from: string; to: string }) {
  const query = useMetricQuery({
    metrics: ["gpu_allocated_kwh", "gpu_allocated_carbon_kg"],
    filters: [{ dimension: "tenant", in: [tenant] }],
    from,
    to,
  });
  const row = query.data?.rows[0];
  const kwh = cellOf(row, "gpu_allocated_kwh")?.value;
  const carbon = cellOf(row, "gpu_allocated_carbon_kg")?.value;
  if (!kwh || Number(kwh) === 0) return null;
  return (
    <p className="text-[13px] text-muted-foreground">
      Own GPUs drew {formatMetricValue(kwh, "kwh")} for its work in this period
      {carbon ? `, ${formatMetricValue(carbon, "kg")} of CO₂ at the grid factor of each region` : ""}. Shared out like the GPU
      hours; no part of the amounts.
    </p>
  );
}
