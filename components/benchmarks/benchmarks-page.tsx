"use client";
import { Gauge } from "lucide-react";
import { formatInstant } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { useAtLeast } from "@/components/layout/use-at-least";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { LabelledSelect } from "@/components/ui/labelled-select";
import type { BenchmarkView } from "@/lib/advisor/benchmark/schemas";
import { CompareCard } from "./compare-card";
import { RunCard } from "./run-card";
import { StartCard } from "./start-card";
import { useBenchmarks, useChosen } from "./use-benchmarks";
import { STATUS_LABEL, STATUS_LOOK } from "./words";

const NONE = "none";

/** How fast endpoints answer, measured by asking them; two measurements beside each other. */
export function BenchmarksPage() {
  const { timeZone } = useWorkspace();
  const query = useBenchmarks();
  const mayAct = useAtLeast("analyst");
  const [chosen, setChosen] = useChosen();
  const all = query.data?.benchmarks ?? [];
  const comparable = all.filter(({ id, summary }) => id !== chosen.run && summary !== null);
  return (
    <>
      <div>
        <h2 className="text-lg font-semibold tracking-tight">Latency benchmarks</h2>
        <p className="max-w-2xl text-[13px] text-muted-foreground">
          How fast an endpoint answers: warm-ups, then measured requests, sent in the background.
        </p>
      </div>
      {mayAct && query.data ? <StartCard list={query.data} onStarted={(run) => void setChosen({ run, with: null })} /> : null}
      {chosen.run ? <RunCard key={chosen.run} id={chosen.run} mayAct={mayAct} /> : null}
      {chosen.run && comparable.length > 0 ? (
        <LabelledSelect
          label="Compare with"
          className="w-80 max-w-full"
          value={chosen.with ?? NONE}
          options={[
            { value: NONE, label: "Nothing" },
            ...comparable.map(({ id, name, createdAt }) => ({
              value: id,
              label: `${name}, ${formatInstant(createdAt, timeZone)}`,
            })),
          ]}
          onChange={(value) => void setChosen({ with: value === NONE ? null : value })}
        />
      ) : null}
      {chosen.run && chosen.with ? <CompareCard id={chosen.run} other={chosen.with} /> : null}
      <QueryCard
        title="Benchmarks"
        query={query}
        height={200}
        isEmpty={({ benchmarks }) => benchmarks.length === 0}
        empty={{
          icon: <Gauge />,
          title: "Nothing has been measured yet",
          why: mayAct
            ? "Choose where to ask and press Start benchmark above. A hundred requests take a few minutes."
            : "An analyst can measure how fast an endpoint answers. The result appears here.",
        }}
      >
        {({ benchmarks }) => (
          <DataTable
            caption="Benchmarks"
            rows={benchmarks}
            columns={columnsOf(timeZone)}
            rowId={({ id }) => id}
            rowHref={({ id }) => `/advisor/benchmarks?run=${id}`}
            csv="benchmarks"
          />
        )}
      </QueryCard>
    </>
  );
}

const columnsOf = (timeZone: string): DataColumn<BenchmarkView>[] => [
  { id: "name", header: "Benchmark", value: ({ name }) => name },
  {
    id: "status",
    header: "Status",
    value: ({ status }) => STATUS_LABEL[status],
    cell: ({ status }) => <Badge variant={STATUS_LOOK[status]}>{STATUS_LABEL[status]}</Badge>,
  },
  { id: "ttft", header: "First token p50", unit: "ms", value: ({ summary }) => summary?.times.ttft.p50 },
  { id: "p50", header: "Answer p50", unit: "ms", value: ({ summary }) => summary?.times.total.p50 },
  { id: "p95", header: "Answer p95", unit: "ms", value: ({ summary }) => summary?.times.total.p95 },
  { id: "requests", header: "Answered", unit: "count", value: ({ summary }) => summary?.answered },
  { id: "errors", header: "Failed", unit: "count", value: ({ summary }) => summary?.errors },
  {
    id: "at",
    header: "Started",
    value: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => formatInstant(createdAt, timeZone),
  },
  { id: "by", header: "By", value: ({ startedBy }) => startedBy, hidden: true },
];
