"use client";
import { LineChart as LineIcon, Table2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useMemo, useState } from "react";
import { Button } from "@/components/ui/button";
import { Card, CardAction, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import type { Mode } from "@/lib/advisor/calculators/calculate";
import type { Calculator, Inputs } from "@/lib/advisor/calculators/definition";
import { sweep, type Sweep } from "@/lib/advisor/calculators/sweep";
import { formatLine } from "./format";
import { SWEEP_COLORS } from "./sweep-colors";

// Recharts is heavy: it comes after the page, into a frame of the final height.
const SweepPlot = dynamic(() => import("./sweep-plot").then((module) => module.SweepPlot), {
  ssr: false,
  loading: () => <Skeleton className="size-full" />,
});

const HEIGHT = 240;

/** The result as one field runs, with where it stands now. */
export function SweepCard({ calculator, inputs, mode }: { calculator: Calculator; inputs: Inputs; mode: Mode }) {
  const [asTable, setAsTable] = useState(false);
  const data = useMemo(() => sweep(calculator, inputs, mode), [calculator, inputs, mode]);
  const title = `${calculator.title} by ${data.field.label.toLowerCase()}`;
  return (
    <Card role="region" aria-label={title}>
      <CardHeader>
        <CardTitle>By {data.field.label.toLowerCase()}</CardTitle>
        <CardAction>
          <Button
            variant="ghost"
            size="sm"
            className="h-7 px-1.5 text-xs font-normal text-muted-foreground"
            aria-pressed={asTable}
            aria-label={`View ${title} as ${asTable ? "chart" : "table"}`}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? <LineIcon aria-hidden className="size-3.5" /> : <Table2 aria-hidden className="size-3.5" />}
            {asTable ? "Chart" : "Table"}
          </Button>
        </CardAction>
      </CardHeader>
      <CardContent>
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
      </CardContent>
    </Card>
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
