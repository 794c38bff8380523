"use client";
import { useMemo, useState } from "react";
import { ChartTableSwitch } from "@/components/charts/chart-table-switch";
import { Card, CardAction, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import type { Mode } from "@/lib/advisor/calculators/calculate";
import type { Calculator, Inputs } from "@/lib/advisor/calculators/definition";
import { sweep } from "@/lib/advisor/calculators/sweep";
import { SweepFigure } from "./sweep-figure";

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
          <ChartTableSwitch name={title} asTable={asTable} onChange={setAsTable} />
        </CardAction>
      </CardHeader>
      <CardContent>
        <SweepFigure title={title} data={data} asTable={asTable} />
      </CardContent>
    </Card>
  );
}
