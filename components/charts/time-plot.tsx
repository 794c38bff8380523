"use client";
/** VISUALISE: draws what preparePlot decided. Loaded on demand, because Recharts is heavy. */
import { useMemo, useState } from "react";
import {
  Area,
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
  type MouseHandlerDataParam,
} from "recharts";
import { dayTicks, formatBucket, formatBucketTick, formatMetricValue } from "@/components/format";
import type { ChartGrain } from "@/components/filters/range";
import { drawMarks } from "./draw-marks";
import { niceTicks } from "./nice-ticks";
import { BAND_OPACITY, COMPARE_TOTAL, type Plot, type PlotRow, type PlotMark } from "./prepare-plot";
import type { TimeChartProps } from "./time-chart";

interface TimePlotProps {
  title: string;
  plot: Plot;
  unit: string;
  kind: NonNullable<TimeChartProps["kind"]>;
  grain: ChartGrain;
  timeZone: string;
  height: number;
  syncId: string;
  marks: readonly PlotMark[];
  threshold: TimeChartProps["threshold"];
  onRangeSelect: TimeChartProps["onRangeSelect"];
}

const axis = { fontSize: 11, fill: "var(--chart-axis)" };

export function TimePlot({
  title,
  plot,
  unit,
  kind,
  grain,
  timeZone,
  height,
  syncId,
  marks,
  threshold,
  onRangeSelect,
}: TimePlotProps) {
  const [hovered, setHovered] = useState(false);
  const [drag, setDrag] = useState<{ start: number; end: number } | null>(null);

  const labelOf = (state: MouseHandlerDataParam): number | undefined =>
    state.activeLabel === undefined ? undefined : Number(state.activeLabel);
  const finish = () => {
    if (drag && onRangeSelect && drag.start !== drag.end) {
      const [from, last] = [Math.min(drag.start, drag.end), Math.max(drag.start, drag.end)];
      onRangeSelect({ from: new Date(from).toISOString(), to: new Date(last + plot.bucketMs).toISOString() });
    }
    setDrag(null);
  };
  const stacked = kind !== "line";
  const days = useMemo(
    () =>
      grain === "hour"
        ? dayTicks(
            plot.rows.map(({ at }) => at),
            timeZone,
          )
        : undefined,
    [grain, plot.rows, timeZone],
  );
  const ticks = niceTicks(Math.max(plot.max, threshold?.value ?? 0), unit);
  // What goes below zero, such as a change, has its lowest point at the bottom.
  const bottom = Math.min(0, plot.min, threshold?.value ?? 0);

  return (
    <ResponsiveContainer width="100%" height={height}>
      <ComposedChart
        data={plot.rows}
        margin={{ top: 6, right: 8, bottom: 0, left: 0 }}
        syncId={syncId}
        syncMethod="value"
        aria-label={`${title}. Arrow keys read the values; a table is behind the button above.`}
        barCategoryGap={plot.rows.length > 60 ? 1 : "18%"}
        onMouseEnter={() => setHovered(true)}
        onMouseLeave={() => {
          setHovered(false);
          setDrag(null);
        }}
        onMouseDown={(state) => {
          const at = labelOf(state);
          if (at !== undefined && onRangeSelect) setDrag({ start: at, end: at });
        }}
        onMouseMove={(state) => {
          setHovered(true);
          const at = labelOf(state);
          if (drag && at !== undefined && at !== drag.end) setDrag({ start: drag.start, end: at });
        }}
        onMouseUp={finish}
        style={{ cursor: onRangeSelect ? "crosshair" : undefined, userSelect: "none" }}
      >
        <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
        <XAxis
          dataKey="at"
          {...(days ? { ticks: days } : {})}
          tickFormatter={(at: number) => formatBucketTick(at, grain, timeZone)}
          tick={axis}
          tickLine={false}
          axisLine={{ stroke: "var(--border-strong)" }}
          minTickGap={44}
          tickMargin={6}
          height={26}
        />
        <YAxis
          tickFormatter={(value: number) => formatMetricValue(value, unit, { compact: true })}
          tick={axis}
          tickLine={false}
          axisLine={false}
          width={56}
          {...(bottom < 0 ? { tickCount: 6 } : { ticks })}
          domain={[bottom, ticks.at(-1) ?? 1]}
          interval={0}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{
            stroke: "var(--muted-foreground)",
            strokeWidth: 1,
            fill: "var(--foreground)",
            fillOpacity: kind === "bar" ? 0.06 : 0,
          }}
          allowEscapeViewBox={{ y: true }}
          wrapperStyle={{ zIndex: 30 }}
          content={
            <PlotTooltip shown={hovered && !drag} plot={plot} unit={unit} grain={grain} timeZone={timeZone} total={stacked} />
          }
        />
        {plot.partialFrom !== null && plot.rows.length > 1 ? (
          <ReferenceArea
            x1={kind === "bar" ? plot.partialFrom : previousBucket(plot)}
            x2={plot.rows.at(-1)?.at}
            fill="var(--muted-foreground)"
            fillOpacity={0.08}
            strokeOpacity={0}
            ifOverflow="extendDomain"
          />
        ) : null}
        {plot.bands.map(({ label, color, low, high }) => (
          <Area
            key={label}
            dataKey={(row: PlotRow) =>
              typeof row[low] === "number" && typeof row[high] === "number" ? [row[low], row[high]] : null
            }
            name={label}
            stroke="none"
            fill={color}
            fillOpacity={BAND_OPACITY}
            dot={false}
            activeDot={false}
            isAnimationActive={false}
            connectNulls={false}
          />
        ))}
        {plot.lines.map((line) => {
          if (line.edge) return null;
          if (line.compare) {
            return (
              <Line
                key={line.key}
                dataKey={line.key}
                name={`${line.label} (comparison)`}
                stroke={line.color}
                strokeOpacity={plot.lines.length > 6 ? 0.35 : 0.6}
                strokeWidth={1.5}
                strokeDasharray="4 3"
                dot={false}
                activeDot={false}
                isAnimationActive={false}
                connectNulls={false}
              />
            );
          }
          const common = { dataKey: line.key, name: line.label, isAnimationActive: false } as const;
          if (kind === "bar") return <Bar key={line.key} {...common} stackId="now" fill={line.color} maxBarSize={36} />;
          if (kind === "area") {
            return (
              <Area
                key={line.key}
                {...common}
                stackId={plot.lines.filter((other) => !other.compare).length > 1 ? "now" : undefined}
                stroke={line.color}
                strokeWidth={1.5}
                fill={line.color}
                fillOpacity={0.18}
                dot={false}
                activeDot={{ r: 3 }}
                connectNulls={false}
              />
            );
          }
          return (
            <Line
              key={line.key}
              {...common}
              stroke={line.color}
              strokeWidth={1.75}
              dot={line.dots ? { r: 2, fill: line.color, strokeWidth: 0 } : false}
              activeDot={{ r: 3.5, strokeWidth: 0 }}
              connectNulls={false}
            />
          );
        })}
        {drawMarks(marks)}
        {threshold ? (
          <ReferenceLine
            y={threshold.value}
            stroke="var(--destructive)"
            strokeWidth={1.5}
            strokeDasharray="6 3"
            label={{ value: threshold.label, position: "insideTopRight", fontSize: 11, fill: "var(--destructive)" }}
          />
        ) : null}
        {drag && drag.start !== drag.end ? (
          <ReferenceArea
            x1={Math.min(drag.start, drag.end)}
            x2={Math.max(drag.start, drag.end)}
            fill="var(--primary)"
            fillOpacity={0.14}
            stroke="var(--primary)"
            strokeOpacity={0.5}
          />
        ) : null}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

const previousBucket = (plot: Plot) =>
  plot.rows.filter((row) => row.at < (plot.partialFrom ?? 0)).at(-1)?.at ?? plot.partialFrom ?? undefined;

function PlotTooltip({
  shown,
  active,
  label,
  plot,
  unit,
  grain,
  timeZone,
  total,
}: {
  /** Synced charts share the crosshair, but only the hovered one speaks. */
  shown: boolean;
  /** Both given by Recharts. */
  active?: boolean;
  label?: number;
  plot: Plot;
  unit: string;
  grain: ChartGrain;
  timeZone: string;
  total: boolean;
}) {
  const row: PlotRow | undefined = plot.rows.find((one) => one.at === Number(label));
  if (!row || !active || !shown) return null;
  const value = (key: string) => row[key] as number | null | undefined;
  const lines = plot.lines
    .filter((line) => !line.compare)
    .map((line) => ({ ...line, value: value(line.key), before: value(line.key.replace("s", "c")) }))
    .sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
  const sum = lines.reduce((all, line) => all + (line.value ?? 0), 0);
  const past = plot.lines.filter((line) => line.compare);
  // One line for the sum of the past: it belongs beside the total, not beside the first series.
  const pastTotal = past[0]?.id === COMPARE_TOTAL ? (value(past[0].key) ?? null) : undefined;
  const compared = past.length > 0;
  return (
    <div className="pointer-events-none min-w-44 rounded-lg border bg-popover px-3 py-2 text-xs text-popover-foreground shadow-pop">
      <p className="mb-1 font-medium whitespace-nowrap">
        {formatBucket(row.at, grain, timeZone)}
        {row.partial ? (
          <span className="font-normal text-muted-foreground">
            {row.at === plot.partialFrom ? " · not over yet" : " · cut by the range"}
          </span>
        ) : null}
      </p>
      <table className="w-full tabular">
        <tbody>
          {lines.map((line) => (
            <tr key={line.key}>
              <td className="py-px pr-3">
                <span className="flex items-center gap-1.5">
                  <span
                    aria-hidden
                    className="size-2 rounded-[2px] border border-foreground/10"
                    style={{ background: line.color }}
                  />
                  {line.label}
                </span>
              </td>
              <td className="text-right font-medium">{formatMetricValue(line.value, unit)}</td>
              {compared ? (
                <td className="pl-3 text-right text-muted-foreground">{formatMetricValue(line.before, unit)}</td>
              ) : null}
            </tr>
          ))}
          {total && lines.length > 1 ? (
            <tr className="border-t">
              <td className="pt-1">Total</td>
              <td className="pt-1 text-right font-medium">{formatMetricValue(sum, unit)}</td>
              {compared ? (
                <td className="pt-1 pl-3 text-right text-muted-foreground">
                  {formatMetricValue(
                    pastTotal === undefined ? lines.reduce((all, line) => all + (line.before ?? 0), 0) : pastTotal,
                    unit,
                  )}
                </td>
              ) : null}
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  );
}
