"use client";
import dynamic from "next/dynamic";
import { Skeleton } from "@/components/ui/skeleton";
import type { Sweep } from "@/lib/advisor/calculators/sweep";
import { formatLine } from "./format";
import { SWEEP_COLORS } from "./sweep-colors";

// Recharts is heavy: it comes after the page, into a frame of the final height.
const SweepPlot = dynamic(() => import("./sweep-plot").then((module) => module.SweepPlot), {
  ssr: false,
  loading: () => <Skeleton className="size-full" />,
});

const HEIGHT = 240;

/** Lines along a number that is not time, with their legend, or the same numbers as a table. */
export function SweepFigure({ title, data, asTable }: { title: string; data: Sweep; asTable: boolean }) {
  return (
    <figure aria-label={title} className="m-0 flex flex-col gap-2">
      <ul className="flex flex-wrap gap-x-3 text-xs text-muted-foreground">
        {data.series.map(({ id, label }, index) => (
          <li key={id} className="flex min-h-6 items-center gap-1.5">
            <span
              aria-hidden
              className="h-2.5 w-2.5 rounded-[3px] border border-foreground/10"
              style={{ background: SWEEP_COLORS[index] }}
            />
            {label}
          </li>
        ))}
      </ul>
      <div style={{ height: HEIGHT }}>
        {asTable ? <SweepTable title={title} data={data} /> : <SweepPlot title={title} data={data} height={HEIGHT} />}
      </div>
    </figure>
  );
}

function SweepTable({ title, data }: { title: string; data: Sweep }) {
  return (
    // A region that scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="h-full overflow-auto rounded-md border" tabIndex={0} role="region" aria-label={`${title}, table`}>
      <table className="w-full border-collapse text-xs tabular">
        <thead className="sticky top-0 bg-card">
          <tr>
            <th scope="col" className="px-2 py-1.5 text-left font-medium">
              {data.field.label}
            </th>
            {data.series.map(({ id, label }) => (
              <th key={id} scope="col" className="px-2 py-1.5 text-right font-medium">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.points.map(({ x, values }) => (
            <tr key={x} className="border-t">
              <th scope="row" className="px-2 py-1 text-left font-normal">
                {formatLine(x, data.field.unit)}
              </th>
              {values.map((value, index) => (
                <td key={data.series[index]!.id} className="px-2 py-1 text-right">
                  {formatLine(value, data.unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
