"use client";
/** VISUALISE: draws what prepareGuardrail decided. Loaded on demand, because Recharts is heavy. */
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { drawMarks } from "@/components/charts/draw-marks";
import { niceTicks } from "@/components/charts/nice-ticks";
import type { PlotMark } from "@/components/charts/prepare-plot";
import { formatBucket, formatBucketTick, formatMetricValue } from "@/components/format";
import type { GuardrailRow, PreparedGuardrail } from "./prepare-guardrail";

const axis = { fontSize: 11, fill: "var(--chart-axis)" };

export function GuardrailPlot({
  title,
  prepared,
  timeZone,
  height,
  marks,
}: {
  title: string;
  prepared: PreparedGuardrail;
  marks: readonly PlotMark[];
  timeZone: string;
  height: number;
}) {
  const { rows, unit, max } = prepared;
  const ticks = niceTicks(max, unit);
  const common = {
    isAnimationActive: false,
    strokeWidth: 1.75,
    dot: rows.length < 3 ? { r: 2.5 } : false,
    connectNulls: false,
  } as const;
  return (
    <ResponsiveContainer width="100%" height={height}>
      <ComposedChart
        data={rows}
        margin={{ top: 6, right: 8, bottom: 0, left: 0 }}
        syncId="rollout"
        syncMethod="value"
        aria-label={`${title}. Arrow keys read the values; a table is behind the button above.`}
      >
        <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
        <XAxis
          dataKey="at"
          tickFormatter={(at: number) => formatBucketTick(at, "minute", timeZone)}
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
          ticks={ticks}
          domain={[0, ticks.at(-1) ?? 1]}
          interval={0}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: "var(--muted-foreground)", strokeWidth: 1 }}
          wrapperStyle={{ zIndex: 30 }}
          content={({ active, label }) => (
            <ArmTooltip row={active ? rows.find(({ at }) => at === Number(label)) : undefined} unit={unit} timeZone={timeZone} />
          )}
        />
        <Area
          dataKey="allowed"
          name="allowed"
          stroke="none"
          fill="var(--baseline)"
          fillOpacity={0.1}
          isAnimationActive={false}
          activeDot={false}
          connectNulls={false}
        />
        <Line dataKey="baseline" name="baseline" stroke="var(--baseline)" {...common} />
        <Line dataKey="canary" name="canary" stroke="var(--canary)" strokeDasharray="5 3" {...common} />
        {drawMarks(marks)}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function ArmTooltip({ row, unit, timeZone }: { row: GuardrailRow | undefined; unit: string; timeZone: string }) {
  if (!row) return null;
  const values: [string, number | null][] = [
    ["Canary", row.canary],
    ["Baseline", row.baseline],
    ["Allowed up to", row.allowed?.[1] ?? null],
  ];
  return (
    <div className="pointer-events-none rounded-lg border bg-popover px-3 py-2 text-xs text-popover-foreground shadow-pop">
      <p className="mb-1 font-medium whitespace-nowrap">{formatBucket(row.at, "minute", timeZone)}</p>
      <table className="tabular">
        <tbody>
          {values.map(([name, value]) => (
            <tr key={name}>
              <td className="py-px pr-4">{name}</td>
              <td className="text-right font-medium">{formatMetricValue(value, unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
