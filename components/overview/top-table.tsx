"use client";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { cellOf } from "@/components/charts";
import { dimensionLabel, dimensionValueLabel, useFilters } from "@/components/filters";
import { formatMetricValue } from "@/components/format";
import { ChangeCell } from "@/components/kpi/change-cell";
import { useMetricQuery } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Segmented } from "@/components/ui/segmented";
import { METRICS } from "@/lib/metrics/catalogue";
import type { MetricRow } from "@/lib/metrics/schemas";

const BY = ["tenant", "endpoint"] as const;
const COLUMNS = ["cost_usd", "requests", "cost_per_successful_request", "success_rate", "latency_p95", "cache_hit_rate"];

const MOST = 50;

/** Who spends it. */
export function TopTable() {
  const { base, href, compare } = useFilters();
  const [by, setBy] = useQueryState("top", parseAsStringLiteral(BY).withDefault("tenant"));
  const query = useMetricQuery({ ...base, metrics: COLUMNS, groupBy: [by], orderBy: { metric: "cost_usd" }, limit: MOST });
  return (
    <QueryCard
      title={by === "tenant" ? "Top tenants" : "Top endpoints"}
      query={query}
      height={280}
      actions={
        <Segmented
          label="Rank by"
          value={by}
          onChange={setBy}
          options={BY.map((value) => ({ value, label: dimensionLabel(value) }))}
        />
      }
    >
      {(data) => {
        const sum = data.rows.reduce((all, row) => all + Number(cellOf(row, "cost_usd")?.value ?? 0), 0);
        const requests = data.rows.reduce((all, row) => all + Number(cellOf(row, "requests")?.value ?? 0), 0);
        // Of more spenders than are listed, the sum is not the sum of all: then no total and no shares.
        const complete = data.rows.length < MOST;
        const name = (row: MetricRow) => String(row[by] ?? "");
        const columns: DataColumn<MetricRow>[] = [
          { id: by, header: dimensionLabel(by), value: (row) => dimensionValueLabel(name(row)) },
          ...COLUMNS.flatMap((metric): DataColumn<MetricRow>[] => {
            const definition = METRICS.get(metric);
            const unit = definition?.unit ?? "count";
            const column: DataColumn<MetricRow> = {
              id: metric,
              header: definition?.label ?? metric,
              unit,
              value: (row) => cellOf(row, metric)?.value,
              href: (row) =>
                href(metric === "requests" ? "/requests" : `/explore?metrics=${metric}&by=modelServed`, { [by]: [name(row)] }),
            };
            if (metric === "cost_usd") {
              if (complete) column.total = formatMetricValue(sum, "usd");
              column.share = (row) => (complete && sum > 0 ? Number(cellOf(row, metric)?.value ?? 0) / sum : null);
            }
            if (metric === "requests" && complete) column.total = formatMetricValue(requests, "count");
            const delta: DataColumn<MetricRow> = {
              id: `${metric}_change`,
              header: "Change",
              align: "right",
              hidden: metric !== "cost_usd",
              value: (row) => {
                const cell = cellOf(row, metric);
                return cell?.value && Number(cell.compare?.value) ? Number(cell.value) / Number(cell.compare?.value) - 1 : null;
              },
              cell: (row) => (
                <ChangeCell cell={cellOf(row, metric)} direction={definition?.direction} label={definition?.label ?? metric} />
              ),
            };
            return compare !== "off" && (metric === "cost_usd" || metric === "cost_per_successful_request")
              ? [column, delta]
              : [column];
          }),
        ];
        return (
          <DataTable
            caption={`Top ${by === "tenant" ? "tenants" : "endpoints"} by cost`}
            rows={data.rows}
            columns={columns}
            rowId={name}
            rowHref={(row) => href("/explore?metrics=cost_usd&by=modelServed", { [by]: [name(row)] })}
            defaultSort={{ id: "cost_usd", desc: true }}
            csv={`top-${by}`}
          />
        );
      }}
    </QueryCard>
  );
}
