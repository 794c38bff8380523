"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { cellOf } from "@/components/charts";
import { dimensionLabel, dimensionValueLabel, useFilters } from "@/components/filters";
import { compareValues, formatAbsolute, formatMetricValue } from "@/components/format";
import { ChangeCell } from "@/components/kpi/change-cell";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { METRICS } from "@/lib/metrics/catalogue";
import type { MetricQuery, MetricResult, MetricRow } from "@/lib/metrics/schemas";
import { valuesOf } from "./ranked-bars";
import type { ExploreQuestion } from "./explore-state";
import { useDrillHref } from "./use-drill-href";

type Query = UseQueryResult<MetricResult, Error>;

/** The numbers themselves, with the comparison beside each, in its unit and in percent. */
export function ResultTable({ question, query, overall }: { question: ExploreQuestion; query: Query; overall: Query }) {
  const { by, metrics } = question;
  const { compare, base } = useFilters();
  const drill = useDrillHref(question);
  const compared = compare !== "off";
  // One share bar is enough: of the first metric that adds up.
  const shared = metrics.find((id) => METRICS.get(id)?.kind === "additive");
  const whole = overall.data?.rows[0];

  const columns: DataColumn<MetricRow>[] = [
    ...(by.length > 0
      ? by.map((dimension): DataColumn<MetricRow> => ({
          id: dimension,
          header: dimensionLabel(dimension),
          value: (row) => dimensionValueLabel(valuesOf(row, by)[dimension]),
        }))
      : [{ id: "all", header: "Scope", value: () => "Everything in the filters" }]),
    ...metrics.flatMap((metric): DataColumn<MetricRow>[] => {
      const definition = METRICS.get(metric);
      const label = definition?.label ?? metric;
      const unit = definition?.unit ?? "count";
      const total = cellOf(whole, metric);
      const column: DataColumn<MetricRow> = {
        id: metric,
        header: label,
        unit,
        value: (row) => cellOf(row, metric)?.value,
        href: (row) => drill(valuesOf(row, by), metric),
        total: formatMetricValue(total?.value, unit),
      };
      if (metric === shared && by.length > 0) {
        const all = Number(total?.value ?? 0);
        column.share = (row) => (all > 0 ? Number(cellOf(row, metric)?.value ?? 0) / all : null);
      }
      if (!compared) return [column];
      const changeOf = (row: MetricRow | undefined) => {
        const cell = cellOf(row, metric);
        return compareValues(cell?.value, cell?.compare?.value, definition?.direction);
      };
      return [
        column,
        {
          id: `${metric}.compare`,
          header: "Before",
          unit,
          value: (row) => cellOf(row, metric)?.compare?.value,
          total: formatMetricValue(total?.compare?.value, unit),
          hidden: true,
        },
        {
          id: `${metric}.difference`,
          header: unit === "usd" ? "Δ $" : "Δ",
          align: "right",
          value: (row) => changeOf(row).absolute,
          cell: (row) => <Difference absolute={changeOf(row).absolute} unit={unit} />,
          total: <Difference absolute={changeOf(whole).absolute} unit={unit} />,
        },
        {
          id: `${metric}.change`,
          header: "Δ %",
          align: "right",
          value: (row) => changeOf(row).relative,
          cell: (row) => <ChangeCell cell={cellOf(row, metric)} direction={definition?.direction} label={label} />,
          total: <ChangeCell cell={total} direction={definition?.direction} label={label} />,
        },
      ];
    }),
  ];

  return (
    <QueryCard title="Numbers" query={query} height={200}>
      {(data) => (
        <DataTable
          key={`${by.join()}|${metrics.join()}|${compare}`}
          caption={`${metrics.map((id) => METRICS.get(id)?.label ?? id).join(", ")}${by.length > 0 ? ` by ${by.map(dimensionLabel).join(", ")}` : ""}`}
          rows={data.rows}
          columns={columns}
          rowId={(row) => JSON.stringify(valuesOf(row, by))}
          rowHref={(row) => drill(valuesOf(row, by))}
          defaultSort={{ id: metrics[0]!, desc: true }}
          csv={{ href: exportHref({ ...base, metrics, groupBy: by, orderBy: { metric: metrics[0]! }, limit: 10_000 }) }}
        />
      )}
    </QueryCard>
  );
}

/** The whole answer as a file, not only the rows on screen. */
/** The rows of a query as a CSV file, at once. */
export const exportHref = (query: MetricQuery) =>
  `/api/v1/export?${new URLSearchParams({ format: "csv", query: JSON.stringify(query) })}`;

function Difference({ absolute, unit }: { absolute: number | null; unit: string }) {
  if (absolute === null) return <span className="text-muted-foreground">—</span>;
  return (
    <>
      {absolute > 0 ? "+" : absolute < 0 ? "−" : ""}
      {formatAbsolute(absolute, unit)}
    </>
  );
}
