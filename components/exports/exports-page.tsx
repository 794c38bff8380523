"use client";
import { Download, FileCheck2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { formatMetricValue } from "@/components/format";
import { formatInstant } from "@/components/format/time-label";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { useSave } from "@/components/settings/use-save";
import { EmptyState, QueryCard } from "@/components/states";
import { monthLabel, moveMonth } from "@/components/statements/words";
import { useMonth } from "@/components/statements/use-month";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { LabelledSelect } from "@/components/ui/labelled-select";
import type { ExportView } from "@/lib/exports/schemas";
import { isOpen, STATUS_VARIANT, whatOf } from "./words";

const PATH = "/api/v1/exports";
const MONTHS_SHOWN = 13;

/** Files that were asked for: how far they are, what was checked, and where to get them. */
export function ExportsPage() {
  const { user } = useWorkspace();
  const allowed = user.role !== "viewer";
  const list = useApi<{ items: ExportView[] }>(allowed ? PATH : null, {
    refreshMs: (known) => (known?.items.some(isOpen) ? 1_000 : 30_000),
  });
  if (!allowed) {
    return (
      <Page title="Exports">
        <EmptyState
          title="Exports are for analysts"
          why="Ask an admin for the role analyst if you need files."
          action={{ label: "To the overview", href: "/" }}
        />
      </Page>
    );
  }
  return (
    <Page
      title="Exports"
      description="Files are made in the background: you can leave this page. They hold what you may see, and are kept for 7 days."
    >
      <FocusForm />
      <QueryCard
        title="Your files"
        description="Any view can be exported from Explore and Requests; it appears here when it is made in the background."
        query={list}
        isEmpty={({ items }) => items.length === 0}
        empty={{
          title: "No exports yet",
          why: "Export a month as FOCUS above, or any view on Explore.",
          action: { label: "To Explore", href: "/explore" },
        }}
      >
        {({ items }) => <Files items={items} />}
      </QueryCard>
    </Page>
  );
}

function FocusForm() {
  const { current } = useMonth();
  const save = useSave<ExportView>(PATH);
  const [form, setForm] = useState({ month: "", version: "1.4", format: "csv" });
  const month = form.month || current;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void save
      .mutateAsync(
        { method: "POST", path: PATH, body: { ...form, kind: "focus", month } },
        {
          onSuccess: () => void toast.success("The file is being made."),
          onError: (error) => void toast.error(error.message),
        },
      )
      .catch(() => undefined);
  };
  return (
    <Card role="region" aria-labelledby="focus-export">
      <CardHeader>
        <CardTitle id="focus-export">Export a month as FOCUS</CardTitle>
        <CardDescription>
          One row per token meter, price and day. Every row is checked against the rules of its version; the receipt says whether
          the file passes and whether its totals are those of the statements.
        </CardDescription>
      </CardHeader>
      <CardContent>
        <form onSubmit={onSubmit} className="flex flex-wrap items-end gap-3">
          <LabelledSelect
            label="Month"
            className="w-44"
            value={month}
            options={Array.from({ length: MONTHS_SHOWN }, (_, back) => moveMonth(current, -back)).map((value) => ({
              value,
              label: monthLabel(value),
            }))}
            onChange={(value) => setForm({ ...form, month: value })}
          />
          <LabelledSelect
            label="Version"
            className="w-28"
            value={form.version}
            options={["1.4", "1.2"].map((value) => ({ value, label: `FOCUS ${value}` }))}
            onChange={(version) => setForm({ ...form, version })}
          />
          <LabelledSelect
            label="Format"
            className="w-28"
            value={form.format}
            options={[
              { value: "csv", label: "CSV" },
              { value: "parquet", label: "Parquet" },
            ]}
            onChange={(format) => setForm({ ...form, format })}
          />
          <Button type="submit" size="sm" disabled={save.isPending}>
            Export
          </Button>
        </form>
      </CardContent>
    </Card>
  );
}

function Files({ items }: { items: readonly ExportView[] }) {
  const { timeZone } = useWorkspace();
  const save = useSave<ExportView>(PATH);
  const cancel = (id: string) =>
    void save
      .mutateAsync({ method: "DELETE", path: `${PATH}/${id}` }, { onError: (error) => void toast.error(error.message) })
      .catch(() => undefined);
  const columns: DataColumn<ExportView>[] = [
    { id: "what", header: "What", value: whatOf },
    {
      id: "status",
      header: "State",
      value: (job) => job.status,
      cell: (job) => (
        <span className="flex flex-col gap-1">
          <Badge variant={STATUS_VARIANT[job.status]} className="self-start" title={job.reason ?? undefined}>
            {job.status}
          </Badge>
          {isOpen(job) ? (
            <progress aria-label={`Progress of ${whatOf(job)}`} className="h-1.5 w-28 accent-primary" {...progressOf(job)} />
          ) : null}
          {job.status === "failed" ? <span className="max-w-80 text-xs text-destructive">{job.reason}</span> : null}
        </span>
      ),
    },
    {
      id: "check",
      header: "Check",
      value: (job) => job.failures,
      cell: (job) => <CheckResult job={job} />,
    },
    { id: "bytes", header: "Size", value: (job) => (job.status === "done" ? job.bytes : null), unit: "bytes" },
    {
      id: "createdAt",
      header: "Asked for",
      value: (job) => job.createdAt,
      cell: (job) => `${formatInstant(job.createdAt, timeZone)} by ${job.owner}`,
    },
    {
      id: "get",
      header: "File",
      value: (job) => job.fileName,
      cell: (job) =>
        job.status === "done" ? (
          <span className="flex flex-wrap gap-1.5">
            <Button asChild size="sm" variant="outline">
              <a href={`${PATH}/${job.id}/download`} download aria-label={`Download ${job.fileName}`}>
                <Download /> Download
              </a>
            </Button>
            {job.failures === null ? null : (
              <Button asChild size="sm" variant="ghost">
                <a href={`${PATH}/${job.id}/receipt`} download aria-label={`Receipt of ${job.fileName}`}>
                  <FileCheck2 /> Receipt
                </a>
              </Button>
            )}
          </span>
        ) : isOpen(job) ? (
          <Button size="sm" variant="outline" aria-label={`Cancel ${whatOf(job)}`} onClick={() => cancel(job.id)}>
            Cancel
          </Button>
        ) : (
          "—"
        ),
    },
  ];
  return (
    <DataTable
      caption="Your files"
      rows={items}
      columns={columns}
      rowId={(job) => job.id}
      defaultSort={{ id: "createdAt", desc: true }}
    />
  );
}

/** Unknown how far: the bar has no value and moves by itself. */
const progressOf = ({ done, total }: ExportView) =>
  total === null || total === 0 ? {} : { max: total, value: Math.min(done, total) };

function CheckResult({ job }: { job: ExportView }) {
  if (job.failures === null) return <span className="text-muted-foreground">—</span>;
  return (
    <span className="flex flex-wrap gap-1">
      <Badge variant={job.failures === 0 ? "success" : "destructive"}>
        {job.failures === 0 ? "all rows pass" : `${formatMetricValue(job.failures, "count")} failures`}
      </Badge>
      <Badge variant={job.matchesStatement ? "success" : "warning"}>
        {job.matchesStatement ? "equals statements" : "differs from statements"}
      </Badge>
    </span>
  );
}
