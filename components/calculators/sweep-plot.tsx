"use client";
/** VISUALISE: draws what `sweep` worked out. Loaded on demand, because Recharts is heavy. */
import { useState } from "react";
import { CartesianGrid, Line, LineChart, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Sweep } from "@/lib/advisor/calculators/sweep";
import { formatLine } from "./format";
import { SWEEP_COLORS } from "./sweep-colors";

const axis = { fontSize: 11, fill: "var(--chart-axis)" };

export function SweepPlot({ title, data, height }: { title: string; data: Sweep; height: number }) {
  const [hovered, setHovered] = useState(false);
  const rows = data.points.map(({ x, values }) => ({
    x,
    ...Object.fromEntries(values.map((value, index) => [`y${index}`, value])),
  }));
  return (
    <ResponsiveContainer width="100%" height={height}>
      <LineChart
        data={rows}
        margin={{ top: 6, right: 8, bottom: 0, left: 0 }}
        aria-label={`${title}. A table is behind the button above.`}
        onMouseEnter={() => setHovered(true)}
        onMouseLeave={() => setHovered(false)}
      >
        <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
        <XAxis
          dataKey="x"
          type="number"
          domain={["dataMin", "dataMax"]}
          tick={axis}
          tickLine={false}
          axisLine={false}
          tickFormatter={(value: number) => formatLine(value, data.field.unit, true)}
        />
        <YAxis
          width={64}
          tick={axis}
          tickLine={false}
          axisLine={false}
          tickFormatter={(value: number) => formatLine(value, data.unit, true)}
        />
        {hovered ? (
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: "var(--chart-axis)", strokeDasharray: "3 3" }}
            content={({ payload, label }) => (
              <div className="rounded-md border bg-popover px-2.5 py-1.5 text-xs shadow-pop">
                <p className="mb-1 text-muted-foreground">
                  {data.field.label}: {formatLine(Number(label), data.field.unit)}
                </p>
                {payload.map((one, index) => (
                  <p key={String(one.dataKey)} className="flex justify-between gap-4 tabular">
                    <span>{data.series[index]?.label}</span>
                    <span>{formatLine((one.value as number | null) ?? null, data.unit)}</span>
                  </p>
                ))}
              </div>
            )}
          />
        ) : null}
        <ReferenceLine x={data.current} stroke="var(--chart-axis)" strokeDasharray="4 3" />
        {data.series.map(({ id }, index) => (
          <Line
            key={id}
            dataKey={`y${index}`}
            type="linear"
            stroke={SWEEP_COLORS[index]!}
            strokeWidth={1.75}
            strokeDasharray={index === 0 ? undefined : "5 3"}
            dot={false}
            isAnimationActive={false}
          />
        ))}
      </LineChart>
    </ResponsiveContainer>
  );
}
