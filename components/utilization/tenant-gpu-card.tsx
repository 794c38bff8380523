"use client";
import { explorePath } from "@/components/explore/explore-state";
import type { Filters } from "@/components/filters/use-filters";
import { formatMetricValue } from "@/components/format";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import type { Allocations, PoolAllocation, TenantAllocation } from "@/lib/allocation/schemas";
import { nanoToUsd, toNanoUsd } from "@/lib/money/nano";
import { METHOD_WORDS, perMillion } from "./words";

interface Line {
  pool: PoolAllocation;
  own: TenantAllocation;
}

const tokensOf = ({ uncachedTokens, cachedTokens, decodeTokens }: TenantAllocation): string =>
  (BigInt(uncachedTokens) + BigInt(cachedTokens) + BigInt(decodeTokens)).toString();

const COLUMNS: DataColumn<Line>[] = [
  { id: "pool", header: "Pool", value: ({ pool }) => pool.pool },
  { id: "requests", header: "Requests", unit: "count", value: ({ own }) => own.requests },
  { id: "tokens", header: "Tokens", unit: "tokens", value: ({ own }) => tokensOf(own) },
  { id: "used", header: "Used (busy)", unit: "usd", value: ({ own }) => own.busyUsd },
  { id: "idle", header: "Charged idle", unit: "usd", value: ({ own }) => own.idleUsd },
  { id: "other", header: "Host and others", unit: "usd", value: ({ own }) => own.otherUsd, hidden: true },
  { id: "allocated", header: "Allocated", unit: "usd", value: ({ own }) => own.allocatedUsd },
  { id: "per", header: "Per 1M tokens", unit: "usd", value: ({ own }) => perMillion(own.allocatedUsd, tokensOf(own)) },
  { id: "energy", header: "Energy", unit: "kwh", value: ({ own }) => own.energyKwh },
  {
    id: "method",
    header: "Method",
    value: ({ pool }) => pool.methods.map(({ method, hours }) => `${METHOD_WORDS[method]} ${hours} h`).join(", "),
  },
];

/** What one tenant has of the own GPUs, on the basis of use and of allocation. Nothing where no pool served it. */
export function TenantGpuCard({ tenant, filters }: { tenant: string; filters: Filters }) {
  const query = useApi<Allocations>(
    `/api/v1/allocations?${new URLSearchParams({ from: filters.from, to: filters.to }).toString()}`,
  );
  const linesOf = ({ pools }: Allocations): Line[] =>
    pools.flatMap((pool) => pool.tenants.filter((own) => own.tenant === tenant).map((own) => ({ pool, own })));
  return (
    <QueryCard
      title="Own GPUs"
      description="GPU hours by work. Used is busy time; allocated adds idle by the pool's mode and named lines. Not in the cost above."
      query={query}
      height={180}
      isEmpty={(data) => linesOf(data).length === 0}
      empty={{ title: "No pool served this tenant", why: "Calls to hosted models have no GPU of yours." }}
    >
      {(data) => (
        <DataTable
          caption={`Own GPUs of ${tenant}`}
          rows={linesOf(data)}
          columns={COLUMNS}
          rowId={({ pool }) => pool.pool}
          rowHref={({ pool }) =>
            filters.href(explorePath({ metrics: ["gpu_allocated_usd"], by: ["endpoint"] }), {
              tenant: [tenant],
              pool: [pool.pool],
            })
          }
          csv={`own-gpus-of-${tenant}`}
          {...(data.completeTo ? { toolbar: <AsOf until={data.completeTo} total={linesOf(data)} /> } : {})}
        />
      )}
    </QueryCard>
  );
}

function AsOf({ until, total }: { until: string; total: readonly Line[] }) {
  const usd = nanoToUsd(total.reduce((sum, { own }) => sum + toNanoUsd(own.allocatedUsd), 0n));
  return (
    <p className="text-xs text-muted-foreground">
      {formatMetricValue(usd, "usd")} allocated; hours up to {until.slice(0, 16).replace("T", " ")} UTC.
    </p>
  );
}
