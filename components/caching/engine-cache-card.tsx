"use client";
import { useMemo } from "react";
import { explorePath } from "@/components/explore/explore-state";
import type { Filters } from "@/components/filters/use-filters";
import { useMetricQuery } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { keyColumn, keyOf, metricColumn } from "@/components/table/metric-columns";

/** The KV caches of own engines: how full, how often they helped, and how often a request was thrown back for lack of room. */
export function EngineCacheCard({ filters }: { filters: Filters }) {
  const { compare: _, filters: __, ...now } = filters.base;
  const query = useMetricQuery({
    ...now,
    metrics: ["engine_prefix_hit_rate", "kv_cache_usage", "preemptions", "gpu_tokens_per_second"],
    groupBy: ["pool"],
    orderBy: { metric: "preemptions", direction: "desc" },
  });
  const columns = useMemo(
    () => [
      keyColumn("pool"),
      metricColumn("engine_prefix_hit_rate", { header: "Prefix hits (tokens)", noData: "not reported" }),
      metricColumn("kv_cache_usage", { header: "KV cache use", noData: "not reported" }),
      metricColumn("preemptions", { header: "Evictions" }),
      metricColumn("gpu_tokens_per_second", { header: "Tokens/s per node" }),
    ],
    [],
  );
  return (
    <QueryCard
      title="KV cache of own engines"
      description="An eviction throws a running request back, and its prompt is read again. Filters by tenant and model do not apply to a node."
      query={query}
      height={200}
      isEmpty={({ rows }) => rows.every((row) => keyOf(row, "pool") === "")}
      empty={{
        title: "No engine reports here",
        why: "GPU nodes report through the agent or POST /api/v1/samples. People limited to tenants do not see numbers of whole nodes.",
      }}
    >
      {({ rows }) => (
        <DataTable
          caption="KV cache of own engines"
          rows={rows}
          columns={columns}
          rowId={(row) => keyOf(row, "pool")}
          rowHref={(row) =>
            filters.href(explorePath({ metrics: ["preemptions", "kv_cache_usage"], by: ["node"] }), {
              pool: [keyOf(row, "pool")],
            })
          }
          csv="engine-caches"
        />
      )}
    </QueryCard>
  );
}
