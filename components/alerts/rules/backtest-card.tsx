"use client";
import { useMemo } from "react";
import { TimeChart } from "@/components/charts";
import { formatInstant, formatMetricValue, formatMs } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { Field } from "@/components/settings/field";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { runBacktest, type BacktestIncident } from "@/lib/alerts/backtest/run-backtest";
import type { BacktestSeries } from "@/lib/alerts/backtest/schemas";
import { formatMeasured } from "@/lib/alerts/incidents/format-measured";
import { measuredOf } from "@/lib/alerts/incidents/measured";
import { thresholdOf } from "@/lib/alerts/rules/compare";
import type { AlertRule } from "@/lib/alerts/rules/schemas";
import { labelText } from "../words";
import { decimalText, prepareLines, sliderRange } from "./prepare-backtest";
import { useBacktest } from "./use-rules";

const DAYS = ["7", "14", "30", "90"] as const;
export type Days = (typeof DAYS)[number];

interface BacktestCardProps {
  /** Null while the form holds no rule yet. */
  rule: AlertRule | null;
  days: Days;
  onDays: (days: Days) => void;
  /** Decimal text. */
  onThreshold: (threshold: string) => void;
}

/** The series with the threshold in it, and what the rule would have done. Moving the threshold runs it again, here. */
export function BacktestCard({ rule, days, onDays, onThreshold }: BacktestCardProps) {
  const query = useBacktest(rule, Number(days));
  return (
    <QueryCard
      title="Backtest"
      description="What this rule would have done, decided by the same code that decides live."
      query={query}
      height={520}
      isEmpty={(data) =>
        data.groups.every(({ seen }) => seen.every((one) => typeof one !== "string")) && rule?.condition.type !== "no_data"
      }
      empty={{ title: "Nothing to judge", why: "This number had no data in the period, or too little to judge by." }}
      actions={
        <Segmented
          label="Days to test"
          options={DAYS.map((value) => ({ value, label: `${value} days` }))}
          value={days}
          onChange={onDays}
        />
      }
    >
      {(series) =>
        rule ? (
          <Tested rule={rule} series={series} onThreshold={onThreshold} />
        ) : (
          <p className="text-[13px] text-muted-foreground">Complete the rule to see what it would have done.</p>
        )
      }
    </QueryCard>
  );
}

function Tested({
  rule,
  series,
  onThreshold,
}: {
  rule: AlertRule;
  series: BacktestSeries;
  onThreshold: (threshold: string) => void;
}) {
  const { timeZone } = useWorkspace();
  const measured = measuredOf(rule);
  const threshold = Number(thresholdOf(rule.condition));
  const result = useMemo(() => runBacktest(rule, series), [rule, series]);
  const { lines, hidden } = useMemo(() => prepareLines(series, measured.side), [series, measured.side]);
  const range = useMemo(
    () => sliderRange(series, threshold, rule.condition.type === "threshold" ? "any" : measured.side),
    [series, threshold, rule.condition.type, measured.side],
  );
  const text = formatMeasured(thresholdOf(rule.condition), measured.unit);
  const watchesSilence = rule.condition.type === "no_data";
  return (
    <div className="flex flex-col gap-4">
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-5" aria-live="polite" aria-label="Result of the backtest">
        <Figure label="Fires" value={result.fires.toLocaleString("en-US")} />
        <Figure
          label="Time in alert"
          value={formatMs(result.alertSec * 1_000)}
          note={result.testedSec > 0 ? `${((100 * result.alertSec) / result.testedSec).toFixed(1)} % of the time` : undefined}
        />
        <Figure
          label="Lead time"
          value={result.medianLeadSec === null ? "—" : formatMs(result.medianLeadSec * 1_000)}
          note="Median, from firing to the worst moment"
        />
        <Figure label="Spent in alert" value={formatMetricValue(result.spentUsd, "usd")} note="In its scope while open" />
        <Figure label="Above usual" value={formatMetricValue(result.excessUsd, "usd")} note="Against the same time while quiet" />
      </dl>
      {watchesSilence ? null : (
        <>
          <TimeChart
            title={measured.label}
            unit={measured.unit}
            series={lines}
            grain="hour"
            height={240}
            syncId="backtest"
            threshold={{ value: threshold, label: `${measured.side === "above" ? "≥" : "≤"} ${text}` }}
            note={hidden > 0 ? `${hidden} more are tested, not drawn` : undefined}
          />
          <div className="grid items-end gap-3 sm:grid-cols-[1fr_10rem]">
            <Field
              label="Threshold"
              hint={`${measured.side === "above" ? "Fires from here up" : "Fires from here down"}: ${text}`}
            >
              {(control) => (
                <input
                  {...control}
                  type="range"
                  className="h-6 w-full cursor-pointer accent-primary"
                  min={range.min}
                  max={range.max}
                  step={range.step}
                  value={threshold}
                  aria-valuetext={text}
                  onChange={(event) => onThreshold(decimalText(Number(event.target.value)))}
                />
              )}
            </Field>
            <Field label="Exact threshold">
              {(control) => (
                <Input
                  {...control}
                  inputMode="decimal"
                  value={thresholdOf(rule.condition)}
                  onChange={(event) => {
                    if (/^-?\d+(\.\d+)?$/.test(event.target.value)) onThreshold(event.target.value);
                  }}
                />
              )}
            </Field>
          </div>
        </>
      )}
      <DataTable
        caption="Incidents that it would have opened"
        rows={result.incidents}
        columns={columnsOf(timeZone, rule)}
        rowId={(row) => `${row.openedAt}${JSON.stringify(row.labels)}`}
        maxHeight={320}
        csv="backtest"
        toolbar={<p className="text-[13px] font-medium">Incidents that it would have opened</p>}
        empty="It would not have fired."
      />
      <ul className="list-disc space-y-0.5 pl-4 text-xs text-muted-foreground" aria-label="What is not as it was known then">
        {[...series.approximations, ...series.warnings].map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}

function Figure({ label, value, note }: { label: string; value: string; note?: string | undefined }) {
  return (
    <div className="min-w-0 rounded-md border px-3 py-2">
      <dt className="text-xs text-muted-foreground">{label}</dt>
      <dd className="text-lg font-semibold tabular">{value}</dd>
      {note ? <dd className="text-xs text-muted-foreground">{note}</dd> : null}
    </div>
  );
}

function columnsOf(timeZone: string, rule: AlertRule): DataColumn<BacktestIncident>[] {
  const { unit } = measuredOf(rule);
  return [
    {
      id: "openedAt",
      header: "Fired",
      value: (row) => row.openedAt,
      cell: (row) => <span className="tabular">{formatInstant(row.openedAt, timeZone)}</span>,
    },
    ...(rule.groupBy.length > 0 ? [{ id: "labels", header: "Of", value: (row: BacktestIncident) => labelText(row.labels) }] : []),
    {
      id: "lasted",
      header: "Lasted",
      align: "right",
      value: (row) => (row.endedAt === null ? null : row.endedAt - row.openedAt),
      cell: (row) => (row.endedAt === null ? "until now" : formatMs(row.endedAt - row.openedAt)),
    },
    {
      id: "worst",
      header: "Worst",
      align: "right",
      value: (row) => (row.worst === null ? null : Number(row.worst)),
      cell: (row) => formatMeasured(row.worst, unit),
    },
    {
      id: "lead",
      header: "Lead time",
      align: "right",
      value: (row) => row.leadSec,
      cell: (row) => formatMs(row.leadSec * 1_000),
    },
    { id: "spent", header: "Spent in alert", value: (row) => Number(row.spentUsd), unit: "usd" },
  ];
}
