"use client";
import { ClipboardList } from "lucide-react";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { LabelledSelect } from "@/components/ui/labelled-select";
import type { WorkloadAudit } from "@/lib/advisor/audit/get-audit";
import type { AuditRow, Score } from "@/lib/advisor/audit/score-endpoint";
import { LookNow, RunStatus } from "./run-status";

const EVERYBODY = "";

/** Every endpoint scored on what decides which lever fits it, with the numbers that the score is made of. */
export function AuditPage() {
  const { user } = useWorkspace();
  const [tenant, setTenant] = useQueryState("tenant", parseAsString.withOptions({ history: "push" }));
  const query = useApi<WorkloadAudit>("/api/v1/advisor/audit", {
    refreshMs: (known) => (known?.currentRun ? 1_000 : 60_000),
  });
  const rows = query.data?.rows ?? [];
  const tenants = [...new Set(rows.flatMap((row) => (row.tenant === null ? [] : [row.tenant])))].sort();
  const forAll = rows.some((row) => row.tenant === null);
  const chosen = tenant ?? (forAll ? EVERYBODY : (tenants[0] ?? EVERYBODY));
  return (
    <QueryCard
      title="Workload audit"
      description="Repetition says what a cache is worth, complexity how small a model may be, latency sensitivity whether anybody waits. 0 is little, 100 is much."
      query={query}
      height={320}
      isEmpty={(data) => data.rows.length === 0}
      empty={{
        icon: <ClipboardList />,
        title: query.data?.currentRun ? "Looking at your requests" : "Not scored yet",
        why: "Endpoints are scored by the daily look at the last seven days. Look now under Findings, or come back tomorrow.",
        action: { label: "To the findings", href: "/advisor" },
      }}
      actions={user.role !== "viewer" ? <LookNow busy={query.data?.currentRun != null} /> : null}
    >
      {(data) => {
        const shown = data.rows.filter((row) => (row.tenant ?? EVERYBODY) === chosen);
        return (
          <div className="flex flex-col gap-4">
            <div className="flex flex-wrap items-end justify-between gap-3">
              <LabelledSelect
                label="Tenant"
                className="w-52"
                value={chosen === EVERYBODY ? "*" : chosen}
                options={[
                  ...(forAll ? [{ value: "*", label: "All together" }] : []),
                  ...tenants.map((value) => ({ value, label: value })),
                ]}
                onChange={(value) => void setTenant(value === "*" ? null : value)}
              />
              <RunStatus lastRun={data.lastRun} currentRun={data.currentRun} window={data.window} at={query.dataUpdatedAt} />
            </div>
            <DataTable
              caption="Endpoints and their scores"
              rows={shown}
              columns={COLUMNS}
              rowId={(row) => row.endpoint}
              csv="workload-audit"
              empty="This tenant sent no requests in the window."
            />
            <ul aria-label="What the scores are made of" className="grid gap-3 lg:grid-cols-2">
              {shown.map((row) => (
                <Because key={row.endpoint} row={row} />
              ))}
            </ul>
          </div>
        );
      }}
    </QueryCard>
  );
}

const score = (id: "repetition" | "complexity" | "latencySensitivity", header: string): DataColumn<AuditRow> => ({
  id,
  header,
  align: "right",
  value: (row) => row[id].value,
  cell: (row) => <ScoreBar score={row[id]} />,
});

const COLUMNS: DataColumn<AuditRow>[] = [
  {
    id: "endpoint",
    header: "Endpoint",
    value: (row) => row.endpoint,
    cell: (row) => (
      <Link
        href={`/requests?endpoint=${encodeURIComponent(row.endpoint)}${row.tenant ? `&tenant=${encodeURIComponent(row.tenant)}` : ""}&range=7d`}
        className="font-medium text-accent-foreground underline-offset-2 hover:underline"
      >
        {row.endpoint}
      </Link>
    ),
  },
  { id: "requests", header: "Requests", value: (row) => row.requests, unit: "count" },
  { id: "model", header: "Mostly served by", value: (row) => row.model },
  score("repetition", "Repetition"),
  score("complexity", "Complexity"),
  score("latencySensitivity", "Latency sensitivity"),
  { id: "suggests", header: "Suggests", value: (row) => row.suggests.join(" ") },
];

function ScoreBar({ score: { value, because } }: { score: Score }) {
  if (value === null) return <span title={because.join("; ")}>—</span>;
  return (
    <span className="inline-flex items-center gap-2" title={because.join("; ")}>
      <span aria-hidden className="h-1.5 w-14 overflow-hidden rounded-full bg-muted">
        <span className="block h-full rounded-full bg-primary" style={{ width: `${value}%` }} />
      </span>
      <span className="w-7 text-right tabular">{value}</span>
    </span>
  );
}

const SCORES = [
  ["Repetition", "repetition"],
  ["Complexity", "complexity"],
  ["Latency sensitivity", "latencySensitivity"],
] as const;

function Because({ row }: { row: AuditRow }) {
  return (
    <li className="rounded-md border p-3 text-[13px]">
      <h3 className="font-medium break-words">{row.endpoint}</h3>
      <dl className="mt-1 flex flex-col gap-1">
        {SCORES.map(([label, key]) => (
          <div key={key}>
            <dt className="inline text-muted-foreground">
              {label} <span className="tabular">{row[key].value ?? "—"}</span>:{" "}
            </dt>
            <dd className="inline">{row[key].because.join("; ")}.</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}
