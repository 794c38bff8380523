"use client";
import dynamic from "next/dynamic";
import { useMemo, useState, type ReactNode } from "react";
import { formatBucket, formatInstant, formatMetricValue } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/skeleton";
import type { ChartGrain } from "@/components/filters/range";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/time";
import { ChartTableSwitch } from "./chart-table-switch";
import { BAND_OPACITY, prepareMarks, preparePlot, type Plot } from "./prepare-plot";
import type { ChartSeries } from "./series";
import { useAnnotations } from "./use-annotations";

// Recharts is heavy: it comes after the page, into a frame of the final height.
const TimePlot = dynamic(() => import("./time-plot").then((module) => module.TimePlot), {
  ssr: false,
  loading: () => <Skeleton className="size-full" />,
});

export interface TimeChartProps {
  /** The accessible name. */
  title: string;
  unit: string;
  series: readonly ChartSeries[];
  compareSeries?: readonly ChartSeries[];
  kind?: "line" | "area" | "bar";
  grain: ChartGrain;
  height?: number;
  /** Drag over the chart. */
  onRangeSelect?: (range: { from: string; to: string }) => void;
  /** Click on a series in the legend: drill down. */
  onSeriesClick?: (seriesId: string) => void;
  /** Whether prices of tokens move what it shows: then their changes are marked too. By default those of money. */
  priced?: boolean;
  /** A level that the values are held against, drawn across; its label says what it is. */
  threshold?: { value: number; label: string };
  /** Beside the legend, e.g. "3 more series are not drawn". */
  note?: ReactNode;
  /** Charts with one id share the crosshair. */
  syncId?: string;
}

/** A chart over time with legend, what happened meanwhile, and a table with the same numbers. */
export function TimeChart({
  title,
  unit,
  series,
  compareSeries,
  kind = "line",
  grain,
  height = 240,
  onRangeSelect,
  onSeriesClick,
  priced = unit === "usd",
  threshold,
  note,
  syncId = "page",
}: TimeChartProps) {
  const { timeZone } = useWorkspace();
  const [asTable, setAsTable] = useState(false);
  const plot = useMemo(() => preparePlot(series, compareSeries, { stacked: kind !== "line" }), [series, compareSeries, kind]);
  const happened = useAnnotations(spanOf(plot, grain));
  const annotations = useMemo(() => happened.filter((one) => priced || one.kind !== "price"), [happened, priced]);
  const marks = useMemo(() => prepareMarks(plot, annotations), [plot, annotations]);
  return (
    <figure aria-label={title} className="m-0 flex min-w-0 flex-col gap-2">
      <div className="flex min-h-7 items-start justify-between gap-2">
        <Legend plot={plot} onSeriesClick={onSeriesClick} note={note} />
        <ChartTableSwitch name={title} asTable={asTable} onChange={setAsTable} word="wide" />
      </div>
      <div style={{ height }} className="min-w-0">
        {asTable ? (
          <PlotTable title={title} plot={plot} unit={unit} grain={grain} timeZone={timeZone} />
        ) : (
          <TimePlot
            title={title}
            plot={plot}
            unit={unit}
            kind={kind}
            grain={grain}
            timeZone={timeZone}
            height={height}
            syncId={syncId}
            marks={marks}
            threshold={threshold}
            onRangeSelect={onRangeSelect}
          />
        )}
      </div>
      {annotations.length > 0 ? (
        <details className="text-xs text-muted-foreground">
          <summary className="min-h-6 w-fit cursor-pointer rounded-sm">
            {annotations.length} {annotations.length === 1 ? "event" : "events"} in this period
          </summary>
          <ul className="mt-1 space-y-1 pl-4">
            {annotations.map((annotation) => (
              <li key={`${annotation.at}${annotation.label}`} className="tabular">
                {formatInstant(annotation.at, timeZone)}{" "}
                {annotation.href ? (
                  <a className="text-accent-foreground underline underline-offset-2" href={annotation.href}>
                    {annotation.label}
                  </a>
                ) : (
                  annotation.label
                )}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </figure>
  );
}

/** Of one bucket that stands alone: about, for weeks and months. */
const GRAIN_MS: Record<ChartGrain, number> = {
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 31 * DAY_MS,
};

/** From its first bucket to the end of its last one; null when it is empty. Charts of one page ask for the same, so they ask once. */
function spanOf({ rows, bucketMs }: Plot, grain: ChartGrain): { from: string; to: string } | null {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return null;
  const end = last.at + (rows.length > 1 ? bucketMs : GRAIN_MS[grain]);
  return { from: new Date(first.at).toISOString(), to: new Date(end).toISOString() };
}

function Legend({
  plot,
  onSeriesClick,
  note,
}: {
  plot: Plot;
  onSeriesClick?: TimeChartProps["onSeriesClick"];
  note?: ReactNode;
}) {
  const lines = plot.lines.filter((line) => !line.compare && !line.edge);
  const compared = plot.lines.some((line) => line.compare);
  if (lines.length === 1 && plot.bands.length === 0 && !compared && !note && !onSeriesClick) return <span />;
  return (
    <ul className="flex min-w-0 flex-wrap items-center gap-x-1 gap-y-0.5 text-xs text-muted-foreground">
      {lines.map((line) => {
        const swatch = (
          <span
            aria-hidden
            className="h-2.5 w-2.5 shrink-0 rounded-[3px] border border-foreground/10"
            style={{ background: line.color }}
          />
        );
        const clickable = onSeriesClick && line.id !== "(other)";
        return (
          <li key={line.key} className="max-w-full">
            {clickable ? (
              <button
                type="button"
                aria-label={`Filter by ${line.label}`}
                onClick={() => onSeriesClick(line.id)}
                className="flex min-h-6 max-w-full items-center gap-1.5 rounded-md px-1.5 hover:bg-muted hover:text-foreground"
              >
                {swatch}
                <span className="truncate">{line.label}</span>
              </button>
            ) : (
              <span className="flex min-h-6 items-center gap-1.5 px-1.5">
                {swatch}
                <span className="truncate">{line.label}</span>
              </span>
            )}
          </li>
        );
      })}
      {plot.bands.map((band, below) => (
        <li key={band.label} className="flex min-h-6 items-center gap-1.5 px-1.5">
          <svg aria-hidden width="16" height="10">
            <rect
              width="16"
              height="10"
              rx="2"
              fill={band.color}
              fillOpacity={1 - (1 - BAND_OPACITY) ** (below + 1)}
              stroke={band.color}
              strokeOpacity="0.4"
            />
          </svg>
          {band.label}
        </li>
      ))}
      {compared ? (
        <li className="flex min-h-6 items-center gap-1.5 px-1.5">
          <svg aria-hidden width="16" height="8">
            <line x1="0" y1="4" x2="16" y2="4" stroke="currentColor" strokeWidth="1.5" strokeDasharray="3 2.5" opacity="0.8" />
          </svg>
          comparison
        </li>
      ) : null}
      {note ? <li className="px-1.5">{note}</li> : null}
    </ul>
  );
}

function PlotTable({
  title,
  plot,
  unit,
  grain,
  timeZone,
}: {
  title: string;
  plot: Plot;
  unit: string;
  grain: ChartGrain;
  timeZone: string;
}) {
  const lines = [...plot.lines].sort((a, b) => Number(a.compare) - Number(b.compare));
  return (
    // A region that scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="h-full overflow-auto rounded-md border" tabIndex={0} role="region" aria-label={`${title}, table`}>
      <table className="w-full border-collapse text-xs tabular">
        <caption className="sr-only">{title}</caption>
        <thead className="sticky top-0 bg-muted">
          <tr>
            <th scope="col" className="px-2 py-1.5 text-left font-medium">
              Time
            </th>
            {lines.map((line) => (
              <th key={line.key} scope="col" className="px-2 py-1.5 text-right font-medium whitespace-nowrap">
                {line.label}
                {line.compare ? " (comparison)" : ""}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {plot.rows.map((row) => (
            <tr key={row.at} className="border-t">
              <th scope="row" className="px-2 py-1 text-left font-normal whitespace-nowrap text-muted-foreground">
                {formatBucket(row.at, grain, timeZone)}
                {row.partial ? (row.at === plot.partialFrom ? " (not over yet)" : " (cut by the range)") : ""}
              </th>
              {lines.map((line) => (
                <td key={line.key} className={cn("px-2 py-1 text-right", line.compare && "text-muted-foreground")}>
                  {formatMetricValue(row[line.key] as number | null | undefined, unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
