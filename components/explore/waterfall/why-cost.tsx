"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ChartTableSwitch } from "@/components/charts/chart-table-switch";
import { useFilters } from "@/components/filters";
import { serializeFilters } from "@/components/filters/filter-state";
import { compareValues, formatInstant, formatMetricValue, formatRelative } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { callApi, type ApiError } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { DRIVERS, type Driver } from "@/lib/metrics/waterfall/drivers";
import type { WaterfallQuery, WaterfallResult } from "@/lib/metrics/waterfall/schemas";
import { explorePath } from "../explore-state";
import { driverLabel, mainReasons, prepareWaterfall, type WaterfallBar } from "./prepare-waterfall";
import { WaterfallChart } from "./waterfall-chart";

/** What one looks at to understand a driver, by model. */
const ROWS_OF: Record<Driver, string[]> = {
  volume: ["requests", "cost_usd"],
  mix: ["requests", "cost_per_request"],
  price: ["cost_per_1m_tokens", "cost_usd"],
  tokens: ["tokens_total", "tokens_in_p50", "tokens_out_p50"],
  cache: ["cache_hit_rate", "cache_hit_rate_tokens", "saved_usd"],
  retries: ["retry_rate", "cost_retried_usd"],
  other: ["cost_usd", "attempts", "tokens_total"],
};

type ModelRow = WaterfallResult["models"][number];

/** Why cost changed since the comparison period: a waterfall that adds up exactly, and the same by model. */
export function WhyCost() {
  const { from, to, filters, compare, compareQuery, values, href } = useFilters();
  const { timeZone } = useWorkspace();
  const [asTable, setAsTable] = useState(false);
  const asked: WaterfallQuery = { from, to, filters, compare: compareQuery ?? "previous" };
  const query = useQuery<WaterfallResult, ApiError>({
    queryKey: ["waterfall", asked],
    queryFn: ({ signal }) =>
      callApi<WaterfallResult>("/api/v1/waterfall", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(asked),
        signal,
      }),
    placeholderData: keepPreviousData,
  });

  /** The page `path` over one of the two periods. */
  const during = (
    path: string,
    period: { from: string; to: string },
    extra: { provider?: string[]; modelServed?: string[] } = {},
  ) => serializeFilters(path, { ...values, range: "absolute", from: new Date(period.from), to: new Date(period.to), ...extra });
  const requestsOf = (
    data: WaterfallResult,
    { provider, model }: Pick<ModelRow, "provider" | "model">,
    period: "before" | "after",
  ) => during("/requests", data[period], { provider: [provider], modelServed: [model] });
  const hrefOf = (data: WaterfallResult, { rows }: WaterfallBar): string => {
    if (rows.to === "model") return requestsOf(data, rows, rows.period);
    if (rows.to === "period") return during(explorePath({ by: ["provider", "modelServed"], chart: "bar" }), data[rows.period]);
    return href(explorePath({ metrics: ROWS_OF[rows.driver], by: ["modelServed"], chart: "bar" }));
  };
  const span = ({ from: start, to: end }: { from: string; to: string }) =>
    `${formatInstant(start, timeZone)} to ${formatInstant(end, timeZone)}`;

  return (
    <>
      <QueryCard
        title="Why did cost change?"
        description={
          query.data
            ? `${span(query.data.after)}, against ${span(query.data.before)}${compare === "off" ? " (the period before: comparison is off)" : ""}.`
            : undefined
        }
        query={query}
        height={400}
        isEmpty={(data) => data.models.length === 0}
        actions={<ChartTableSwitch name="why cost changed" asTable={asTable} onChange={setAsTable} word="wide" />}
      >
        {(data) => {
          const bars = prepareWaterfall(data);
          return (
            <div className="flex flex-col gap-3">
              <p className="text-sm">{summaryOf(data, bars)}</p>
              {data.warnings.map((warning) => (
                <p key={warning} className="text-[13px] text-warning">
                  {warning}
                </p>
              ))}
              {asTable ? (
                <DataTable
                  caption="What moved cost"
                  rows={bars}
                  rowId={(bar) => bar.id}
                  csv="why-cost-changed"
                  columns={[
                    { id: "label", header: "What", value: (bar) => bar.label, href: (bar) => hrefOf(data, bar) },
                    { id: "amount", header: "Amount", unit: "usd", value: (bar) => bar.amount },
                    { id: "why", header: "Meaning", value: (bar) => bar.why },
                  ]}
                />
              ) : (
                <WaterfallChart title="Cost before, what moved it, cost after" bars={bars} hrefOf={(bar) => hrefOf(data, bar)} />
              )}
            </div>
          );
        }}
      </QueryCard>
      <QueryCard
        title="By model"
        description="The same change, model by model. A new or a retired model has its whole cost as the change."
        query={query}
        height={200}
        isEmpty={(data) => data.models.length === 0}
      >
        {(data) => (
          <DataTable
            caption="Change of cost by model"
            rows={data.models}
            rowId={(row) => `${row.provider}/${row.model}`}
            columns={columnsOf((row) => requestsOf(data, row, row.state === "retired" ? "before" : "after"))}
            csv="change-by-model"
          />
        )}
      </QueryCard>
    </>
  );
}

function columnsOf(requestsHref: (row: ModelRow) => string): DataColumn<ModelRow>[] {
  const change = (row: ModelRow) => Number(row.afterUsd) - Number(row.beforeUsd);
  return [
    { id: "model", header: "Model", value: (row) => row.model || "(not set)", href: requestsHref },
    { id: "provider", header: "Provider", value: (row) => row.provider || "(not set)" },
    { id: "state", header: "State", value: (row) => (row.state === "continuing" ? "in both" : row.state) },
    { id: "before", header: "Before", unit: "usd", value: (row) => row.beforeUsd },
    { id: "after", header: "After", unit: "usd", value: (row) => row.afterUsd },
    { id: "change", header: "Δ $", align: "right", value: change, cell: (row) => signed(change(row)) },
    ...DRIVERS.map((driver): DataColumn<ModelRow> => ({
      id: driver,
      header: driverLabel(driver),
      align: "right",
      value: (row) => Number(row.drivers[driver]),
      cell: (row) => signed(Number(row.drivers[driver])),
      hidden: driver === "other",
    })),
  ];
}

/** A word joiner keeps the sign with its number at the end of a line. */
function signed(amount: number): string {
  const size = formatMetricValue(Math.abs(amount), "usd");
  return amount === 0 ? size : `${amount > 0 ? "+" : "−"}\u2060${size}`;
}

function summaryOf(data: WaterfallResult, bars: readonly WaterfallBar[]): string {
  const change = compareValues(data.after.costUsd, data.before.costUsd, "lower");
  const moved = Number(data.after.costUsd) - Number(data.before.costUsd);
  const reasons = mainReasons(bars).map(({ label, amount }) => `${label} ${signed(amount)}`);
  if (moved === 0 && reasons.length === 0) return "Cost did not change.";
  const share = change.kind === "moved" && change.relative !== null ? ` (${formatRelative(change.relative)})` : "";
  const verb =
    moved === 0
      ? "Cost stayed the same"
      : `Cost ${moved > 0 ? "rose" : "fell"} by ${formatMetricValue(Math.abs(moved), "usd")}${share}`;
  return reasons.length > 0 ? `${verb}. Most of it: ${reasons.join(", ")}.` : `${verb}.`;
}
