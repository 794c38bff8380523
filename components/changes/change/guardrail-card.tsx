"use client";
import { CircleAlert, CircleCheck, CircleHelp, TriangleAlert } from "lucide-react";
import dynamic from "next/dynamic";
import { useMemo, useState } from "react";
import { ChartTableSwitch } from "@/components/charts/chart-table-switch";
import { prepareMarks } from "@/components/charts/prepare-plot";
import { formatBucket, formatMetricValue } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import type { GuardrailSeries } from "@/lib/changes/schemas";
import type { Annotation } from "@/lib/metrics/annotations";
import { VERDICT_WORDS } from "../words";
import { prepareGuardrail, type PreparedGuardrail } from "./prepare-guardrail";

const GuardrailPlot = dynamic(() => import("./guardrail-plot").then((module) => module.GuardrailPlot), {
  ssr: false,
  loading: () => <Skeleton className="size-full" />,
});

const HEIGHT = 168;
const ICON = { success: CircleCheck, destructive: CircleAlert, warning: TriangleAlert, secondary: CircleHelp } as const;

/** One guardrail: both arms over time, the band that is allowed, and what is certain by now. */
export function GuardrailCard({ series, steps }: { series: GuardrailSeries; steps: readonly Annotation[] }) {
  const { timeZone } = useWorkspace();
  const [asTable, setAsTable] = useState(false);
  const prepared = useMemo(() => prepareGuardrail(series), [series]);
  const marks = useMemo(() => prepareMarks(prepared, steps), [prepared, steps]);
  const { label, tone } = VERDICT_WORDS[series.newest.verdict];
  const Icon = ICON[tone];
  const name = `${prepared.title}, canary against baseline`;
  return (
    <section aria-label={prepared.title} className="rounded-md border p-3">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h3 className="text-[13px] font-semibold">{prepared.title}</h3>
        {series.critical ? <Badge variant="outline">critical</Badge> : null}
        <Badge variant={tone} className="sm:ml-auto">
          <Icon aria-hidden /> {label}
        </Badge>
        <ChartTableSwitch name={name} asTable={asTable} onChange={setAsTable} word="never" className="h-6 max-sm:ml-auto" />
      </div>
      <p className="mt-0.5 text-[13px]">
        {prepared.comparison ?? "Nothing to compare yet"}
        <span className="text-muted-foreground">
          {prepared.bound ? `, ${prepared.bound}` : ""}; {prepared.allowed}
        </span>
      </p>
      <figure aria-label={name} className="m-0 mt-2">
        <div style={{ height: HEIGHT }} className="min-w-0">
          {prepared.rows.length === 0 ? (
            <p className="grid h-full place-items-center rounded-md bg-muted/50 px-4 text-center text-[13px] text-muted-foreground">
              The first minute with requests in it appears here.
            </p>
          ) : asTable ? (
            <ArmTable name={name} prepared={prepared} timeZone={timeZone} />
          ) : (
            <GuardrailPlot title={name} marks={marks} prepared={prepared} timeZone={timeZone} height={HEIGHT} />
          )}
        </div>
      </figure>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted-foreground">
        <Key dashed={false} color="var(--baseline)" word="baseline" />
        <Key dashed color="var(--canary)" word="canary" />
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="h-2.5 w-4 rounded-[2px]" style={{ background: "var(--baseline)", opacity: 0.18 }} />
          allowed
        </span>
        <span className="tabular">{prepared.sample}</span>
        <Evidence share={prepared.evidence} />
      </div>
    </section>
  );
}

function Key({ color, dashed, word }: { color: string; dashed: boolean; word: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <svg aria-hidden width="18" height="8">
        <line x1="0" y1="4" x2="18" y2="4" stroke={color} strokeWidth="2" strokeDasharray={dashed ? "5 3" : undefined} />
      </svg>
      {word}
    </span>
  );
}

function Evidence({ share }: { share: number }) {
  const percent = Math.round(share * 100);
  return (
    <span className="inline-flex items-center gap-1.5 sm:ml-auto" title="At 100 % it is certain enough to roll back.">
      evidence of harm
      <span aria-hidden className="h-1.5 w-14 overflow-hidden rounded-full bg-secondary">
        <span
          className={percent >= 100 ? "block h-full bg-destructive" : "block h-full bg-muted-foreground"}
          style={{ width: `${percent}%` }}
        />
      </span>
      <span className="tabular">{percent} %</span>
    </span>
  );
}

function ArmTable({ name, prepared, timeZone }: { name: string; prepared: PreparedGuardrail; timeZone: string }) {
  return (
    // A region that scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="h-full overflow-auto rounded-md border" tabIndex={0} role="region" aria-label={`${name}, table`}>
      <table className="w-full border-collapse text-xs tabular">
        <caption className="sr-only">{name}</caption>
        <thead className="sticky top-0 bg-muted">
          <tr>
            {["Minute", "Canary", "Baseline", "Allowed up to"].map((head, index) => (
              <th
                key={head}
                scope="col"
                className={index === 0 ? "px-2 py-1.5 text-left font-medium" : "px-2 py-1.5 text-right font-medium"}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {prepared.rows.toReversed().map((row) => (
            <tr key={row.at} className="border-t">
              <th scope="row" className="px-2 py-1 text-left font-normal whitespace-nowrap text-muted-foreground">
                {formatBucket(row.at, "minute", timeZone)}
              </th>
              {[row.canary, row.baseline, row.allowed?.[1] ?? null].map((value, index) => (
                // Always the same three.
                // oxlint-disable-next-line react/no-array-index-key
                <td key={index} className="px-2 py-1 text-right">
                  {formatMetricValue(value, prepared.unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
