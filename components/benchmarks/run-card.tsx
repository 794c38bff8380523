"use client";
import { Calculator, Download } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { SweepFigure } from "@/components/calculators/sweep-figure";
import { ChartTableSwitch } from "@/components/charts/chart-table-switch";
import { formatInstant } from "@/components/format";
import { useMayExport, useWorkspace } from "@/components/layout/workspace";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { isOver, TIMES, type BenchmarkDetail, type BenchmarkSummary } from "@/lib/advisor/benchmark/schemas";
import type { Sweep } from "@/lib/advisor/calculators/sweep";
import { formatUsd } from "@/lib/money/format";
import { ms, TimesTable } from "./times-table";
import { BENCHMARKS_PATH, useBenchmark } from "./use-benchmarks";
import { STATUS_LABEL, STATUS_LOOK, TIME_LABEL } from "./words";

/** One benchmark: how far it is, or what it measured. */
export function RunCard({ id, mayAct }: { id: string; mayAct: boolean }) {
  const query = useBenchmark(id);
  const mayExport = useMayExport();
  const { timeZone } = useWorkspace();
  const save = useSave(BENCHMARKS_PATH);
  const run = query.data?.id === id ? query.data : undefined;
  const running = run !== undefined && !isOver(run.status);
  return (
    <QueryCard
      title={run?.name ?? "Benchmark"}
      description={run ? aboutRun(run, timeZone) : undefined}
      query={query}
      height={360}
      isEmpty={() => false}
      actions={
        <>
          {run?.simulated ? <Badge variant="outline">simulated</Badge> : null}
          {run ? <Badge variant={STATUS_LOOK[run.status]}>{STATUS_LABEL[run.status]}</Badge> : null}
          {running && mayAct ? (
            <Button
              size="sm"
              variant="outline"
              disabled={save.isPending}
              onClick={() => save.mutate({ method: "DELETE", path: `${BENCHMARKS_PATH}/${id}` })}
            >
              Cancel
            </Button>
          ) : null}
          {run && !running ? (
            <>
              <CopyButton value={() => window.location.href} label="Copy link to this benchmark" />
              {mayExport ? (
                <Button asChild size="sm" variant="outline">
                  <a href={`${BENCHMARKS_PATH}/${id}?format=csv`} download>
                    <Download aria-hidden /> CSV
                  </a>
                </Button>
              ) : null}
            </>
          ) : null}
        </>
      }
    >
      {(data) => (
        <div className="flex min-w-0 flex-col gap-4">
          {isOver(data.status) ? null : (
            <p role="status" className="flex flex-wrap items-center gap-2 text-[13px] text-muted-foreground">
              <progress aria-label="Requests sent" className="h-2 w-48 accent-primary" max={data.total} value={data.done} />
              <span className="tabular">
                {data.status === "queued" ? "Waiting for a worker" : `${data.done} of ${data.total} requests`}
              </span>
            </p>
          )}
          {data.reason ? (
            <p className="text-[13px] break-words" role={data.status === "failed" ? "alert" : undefined}>
              {data.reason}
            </p>
          ) : null}
          {data.summary ? <Summary run={data} summary={data.summary} /> : null}
          <Curve run={data} />
        </div>
      )}
    </QueryCard>
  );
}

const aboutRun = ({ order, startedBy, createdAt }: BenchmarkDetail, timeZone: string) =>
  `${order.runs} requests after ${order.warmUps} warm-ups, ${order.concurrency} at a time, prompts of about ${order.promptTokens} tokens, answers up to ${order.maxTokens}. Started by ${startedBy}, ${formatInstant(createdAt, timeZone)}.`;

const rate = (value: number | null, unit: string) =>
  value === null ? "—" : `${new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 }).format(value)} ${unit}`;

function Summary({ run, summary }: { run: BenchmarkDetail; summary: BenchmarkSummary }) {
  const facts: [string, string][] = [
    ["Requests a second", rate(summary.requestsPerSecond, "/s")],
    ["As published, 1,000 ÷ mean ms", rate(summary.requestsPerSecondPublished, "/s")],
    ["Tokens a second, one stream", rate(summary.tokensPerSecond, "/s")],
    ["Tokens a second, all streams", rate(summary.tokensPerSecondAll, "/s")],
    ["Answered", `${summary.answered} of ${summary.sent}`],
    ["Opening a connection, mean", ms(summary.connect.mean)],
    ["Tokens in and out, mean", `${Math.round(summary.tokensInMean ?? 0)} and ${Math.round(summary.tokensOutMean ?? 0)}`],
    ...(summary.costUsd === null ? [] : ([["Cost, at most", formatUsd(summary.costUsd)]] as [string, string][])),
    ...(summary.models.length === 0 ? [] : ([["Answered by", summary.models.join(", ")]] as [string, string][])),
  ];
  const { mean, p50, p95, p99 } = summary.times.total;
  const inputs = Object.entries({ meanMs: mean, p50Ms: p50, p95Ms: p95, p99Ms: p99 }).flatMap(([field, value]) =>
    value === null ? [] : [[field, value.toFixed(1)] as [string, string]],
  );
  const calculator = new URLSearchParams([...inputs, ["concurrency", String(run.order.concurrency)]]).toString();
  return (
    <>
      <TimesTable caption="Measured times" columns={["p50", "p95", "p99", "Mean"]} className="min-w-80">
        {TIMES.map((time) => {
          const spread = summary.times[time];
          return (
            <tr key={time} className="border-t">
              <th scope="row" className="py-1.5 pr-2 text-left font-normal">
                {TIME_LABEL[time]}
              </th>
              <td className="py-1.5 text-right font-medium">{ms(spread.p50)}</td>
              <td className="py-1.5 text-right font-medium">{ms(spread.p95)}</td>
              <td className="py-1.5 text-right">{ms(spread.p99)}</td>
              <td className="py-1.5 text-right text-muted-foreground">{ms(spread.mean)}</td>
            </tr>
          );
        })}
      </TimesTable>
      <dl className="grid gap-x-8 gap-y-2 text-[13px] sm:grid-cols-2 xl:grid-cols-3">
        {facts.map(([label, value]) => (
          <div key={label} className="min-w-0">
            <dt className="text-muted-foreground">{label}</dt>
            <dd className="font-medium break-words tabular">{value}</dd>
          </div>
        ))}
      </dl>
      {summary.errorKinds.length > 0 ? (
        <ul className="flex flex-col gap-1 text-[13px]">
          {summary.errorKinds.map(({ error, count }) => (
            <li key={error} className="break-words">
              <span className="text-destructive tabular">{count} ×</span> {error}
            </li>
          ))}
        </ul>
      ) : null}
      {summary.fromCache > 0 ? (
        <p className="text-[13px] text-muted-foreground">
          {summary.fromCache} answers came from a cache of the gateway: this is not the speed of the model alone.
        </p>
      ) : null}
      <Link
        href={`/advisor/calculators/latency-benchmark?${calculator}`}
        className="inline-flex min-h-6 w-fit items-center gap-1.5 text-[13px] text-accent-foreground underline-offset-2 hover:underline"
      >
        <Calculator aria-hidden className="size-3.5" /> Open in the calculator
      </Link>
    </>
  );
}

/** Latency at each percentile: the whole answer, and its first token. */
function Curve({ run }: { run: BenchmarkDetail }) {
  const [asTable, setAsTable] = useState(false);
  if (run.curve.length === 0) return null;
  const title = "Latency by percentile";
  const data: Sweep = {
    field: { kind: "number", label: "Percentile", unit: "count", initial: "50", min: 1, max: 99 },
    unit: "ms",
    series: [
      { id: "total", label: TIME_LABEL.total },
      { id: "ttft", label: TIME_LABEL.ttft },
    ],
    points: run.curve.map(({ percentile, totalMs, ttftMs }) => ({ x: percentile, values: [totalMs, ttftMs] })),
    current: 50,
  };
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center justify-between gap-2">
        <h3 className="text-[13px] font-semibold">{title}</h3>
        <ChartTableSwitch name={title} asTable={asTable} onChange={setAsTable} />
      </div>
      <SweepFigure title={title} data={data} asTable={asTable} />
    </div>
  );
}
