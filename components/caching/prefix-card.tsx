"use client";
import type { Filters } from "@/components/filters/use-filters";
import { formatMetricValue } from "@/components/format";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import type { PrefixList, PrefixRow } from "@/lib/telemetry/requests";

const COLUMNS: DataColumn<PrefixRow>[] = [
  {
    id: "prefix",
    header: "Prefix",
    value: (row) => row.prefixHash,
    cell: (row) => <code className="font-mono text-xs">{row.prefixHash.slice(0, 12)}</code>,
  },
  { id: "endpoint", header: "Endpoint", value: (row) => row.endpoint },
  { id: "tenant", header: "Tenant", value: (row) => row.tenant },
  { id: "model", header: "Model", value: (row) => row.model },
  { id: "calls", header: "Calls", unit: "count", value: (row) => row.calls },
  { id: "uncached", header: "Uncached tokens", unit: "tokens", value: (row) => row.uncachedTokens },
  {
    id: "cached",
    header: "Cached share",
    unit: "ratio",
    value: (row) => {
      const all = row.uncachedTokens + row.cachedTokens;
      return all === 0 ? null : row.cachedTokens / all;
    },
  },
  { id: "saved", header: "Saved", unit: "usd", value: (row) => row.savedUsd },
];

/** How often prompts begin alike, and where the repeated part is still read at the full price. */
export function PrefixCard({ filters }: { filters: Filters }) {
  const params = new URLSearchParams({ from: filters.from, to: filters.to });
  for (const dimension of ["tenant", "endpoint"] as const) {
    for (const value of filters.values[dimension] ?? []) params.append(dimension, value);
  }
  const query = useApi<PrefixList>(`/api/v1/prefixes?${params.toString()}`);
  return (
    <QueryCard
      title="Prompts that begin alike"
      description="By the hash of the prefix that senders report. Repeated and uncached: put the fixed part first, and let it be cached."
      query={query}
      height={320}
      isEmpty={({ calls }) => calls === 0}
      empty={{
        title: "No prefix is reported",
        why: "Send `prefixHash` with each event: a hash of the part of the prompt that stays the same.",
      }}
    >
      {({ calls, repeated, prefixes }) => (
        <div className="flex flex-col gap-3">
          <p className="text-[13px]">
            <span className="font-semibold tabular">{formatMetricValue(repeated / calls, "ratio")}</span> of{" "}
            {calls.toLocaleString("en-US")} calls began like one before them in this period.
          </p>
          <DataTable
            caption="Prompts that begin alike"
            rows={prefixes}
            columns={COLUMNS}
            rowId={(row) => [row.prefixHash, row.tenant, row.endpoint, row.model].join(" ")}
            csv="prefixes"
          />
        </div>
      )}
    </QueryCard>
  );
}
