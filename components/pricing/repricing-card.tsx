"use client";
import { parseAsString, useQueryState } from "nuqs";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import type { DiffRow, RepricingDetails, RepricingView } from "@/lib/repricing/schemas";
import { STATUS_LABEL, STATUS_VARIANT, startOfDay } from "./words";

const PATH = "/api/v1/repricings";
const LIVE_MS = 1_000;
const isWalking = ({ status }: RepricingView) => status === "counting" || status === "applying";
const inUtcDays = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

/** Dry runs and applications of a period under the prices of now. */
export function RepricingCard({ admin }: { admin: boolean }) {
  const { timeZone } = useWorkspace();
  const [open, setOpen] = useQueryState("repricing", parseAsString.withOptions({ history: "push" }));
  const list = useApi<{ items: RepricingView[] }>(PATH, {
    refreshMs: (known) => (known?.items.some(isWalking) ? LIVE_MS : 15_000),
  });
  const columns: DataColumn<RepricingView>[] = [
    {
      id: "createdAt",
      header: "Started",
      value: (job) => job.createdAt,
      cell: (job) => (
        <button
          type="button"
          className="min-h-6 rounded-sm font-medium text-accent-foreground tabular underline-offset-2 hover:underline"
          onClick={() => void setOpen(job.id)}
        >
          {formatInstant(job.createdAt, timeZone, { seconds: true })}
        </button>
      ),
    },
    {
      id: "status",
      header: "State",
      value: (job) => job.status,
      cell: (job) => <Badge variant={STATUS_VARIANT[job.status]}>{STATUS_LABEL[job.status]}</Badge>,
    },
    { id: "period", header: "Period", value: (job) => `${job.from.slice(0, 10)} – ${job.to.slice(0, 10)}` },
    {
      id: "scope",
      header: "Only",
      value: (job) => [job.tenant, job.provider, job.model].filter(Boolean).join(", ") || "everything",
    },
    { id: "changed", header: "Events that change", value: (job) => job.changed, unit: "count" },
    { id: "moved", header: "Moved", value: (job) => Number(job.movedUsd), align: "right", cell: (job) => `$${job.movedUsd}` },
    { id: "by", header: "By", value: (job) => job.createdBy },
    { id: "note", header: "Why", value: (job) => job.note },
  ];
  return (
    <div className="flex flex-col gap-4">
      {open ? <RepricingDetailsCard key={open} id={open} admin={admin} onClose={() => void setOpen(null)} /> : null}
      <QueryCard
        title="Repricing"
        description="Rate a stored period again with the prices of now: a dry run first, then applied piece by piece. What was known before is kept."
        query={list}
        isEmpty={() => false}
      >
        {({ items }) => (
          <div className="flex flex-col gap-4">
            {admin ? <StartForm onStarted={(id) => void setOpen(id)} /> : null}
            <DataTable
              caption="Repricings"
              rows={items}
              columns={columns}
              rowId={(job) => job.id}
              empty="Nothing was repriced yet. Start a dry run after a price changed: it changes nothing."
            />
          </div>
        )}
      </QueryCard>
    </div>
  );
}

function StartForm({ onStarted }: { onStarted: (id: string) => void }) {
  const save = useSave<RepricingView>(PATH);
  const [form, setForm] = useState(() => ({ from: inUtcDays(-7), to: inUtcDays(1), tenant: "", model: "", note: "" }));
  const set = (changes: Partial<typeof form>) => setForm({ ...form, ...changes });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void save
      .mutateAsync(
        {
          method: "POST",
          path: PATH,
          body: {
            from: startOfDay(form.from),
            to: startOfDay(form.to),
            tenant: form.tenant.trim() || null,
            model: form.model.trim() || null,
            note: form.note.trim() || "Repriced on the pricing page",
          },
        },
        { onSuccess: (job) => onStarted(job.id), onError: (error) => void toast.error(error.message) },
      )
      .catch(() => undefined);
  };
  return (
    <form onSubmit={onSubmit} className="grid grid-cols-2 items-start gap-3 md:grid-cols-3 xl:grid-cols-6" noValidate>
      <Field label="From" hint="UTC day">
        {(control) => (
          <Input {...control} type="date" value={form.from} onChange={(event) => set({ from: event.target.value })} />
        )}
      </Field>
      <Field label="Until" hint="Exclusive">
        {(control) => <Input {...control} type="date" value={form.to} onChange={(event) => set({ to: event.target.value })} />}
      </Field>
      <Field label="Tenant" hint="Empty: all">
        {(control) => <Input {...control} value={form.tenant} onChange={(event) => set({ tenant: event.target.value })} />}
      </Field>
      <Field label="Model" hint="Empty: all">
        {(control) => <Input {...control} value={form.model} onChange={(event) => set({ model: event.target.value })} />}
      </Field>
      <Field label="Why">
        {(control) => <Input {...control} value={form.note} onChange={(event) => set({ note: event.target.value })} />}
      </Field>
      <Button type="submit" className="mt-5.5 justify-self-start" disabled={save.isPending}>
        Start a dry run
      </Button>
    </form>
  );
}

const DIFF_LABEL = { tenant: "By tenant", model: "By model", day: "By day" } as const;
type DiffKey = keyof typeof DIFF_LABEL;

const DIFF_COLUMNS: DataColumn<DiffRow>[] = [
  { id: "key", header: "Of", value: (row) => row.key },
  { id: "changed", header: "Events that change", value: (row) => row.changed, unit: "count" },
  { id: "priced", header: "Newly priced", value: (row) => row.newlyPriced, unit: "count" },
  { id: "unpriced", header: "Newly unpriced", value: (row) => row.newlyUnpriced, unit: "count" },
  { id: "old", header: "Old USD", value: (row) => Number(row.oldUsd), align: "right", cell: (row) => row.oldUsd },
  { id: "new", header: "New USD", value: (row) => Number(row.newUsd), align: "right", cell: (row) => row.newUsd },
  { id: "delta", header: "Difference", value: (row) => Number(row.deltaUsd), align: "right", cell: (row) => row.deltaUsd },
];

function RepricingDetailsCard({ id, admin, onClose }: { id: string; admin: boolean; onClose: () => void }) {
  const job = useApi<RepricingDetails>(`${PATH}/${encodeURIComponent(id)}`, {
    refreshMs: (known) => (known && isWalking(known) ? LIVE_MS : false),
  });
  const save = useSave<RepricingView>(PATH);
  const [by, setBy] = useState<DiffKey>("tenant");
  const move = (action: "apply" | "cancel") =>
    save.mutateAsync(
      { method: "POST", path: `${PATH}/${id}`, body: { action } },
      { onError: (error) => void toast.error(error.message) },
    );
  return (
    <QueryCard
      title="Dry run"
      query={job}
      isEmpty={() => false}
      actions={
        <Button size="sm" variant="ghost" onClick={onClose}>
          Close
        </Button>
      }
    >
      {(known) => (
        <div className="flex flex-col gap-3">
          <div className="flex flex-wrap items-center gap-2 text-sm" role="status">
            <Badge variant={STATUS_VARIANT[known.status]}>{STATUS_LABEL[known.status]}</Badge>
            <span className="tabular">
              {known.changed.toLocaleString("en-US")} of {(known.events ?? 0).toLocaleString("en-US")} events change: $
              {known.oldUsd} → ${known.newUsd}
            </span>
            {known.applied > 0 ? (
              <span className="text-muted-foreground tabular">
                {known.applied.toLocaleString("en-US")} repriced, {known.appliedDeltaUsd} USD
              </span>
            ) : null}
            {known.statusReason ? <span className="text-muted-foreground">{known.statusReason}</span> : null}
            {known.status === "awaiting_approval" ? (
              <span className="text-muted-foreground">
                It moves ${known.movedUsd}, at least ${known.thresholdUsd}: another admin than {known.requestedBy} has to approve
                it.
              </span>
            ) : null}
          </div>
          {isWalking(known) ? (
            <progress
              aria-label={known.status === "counting" ? "Dry run" : "Application"}
              className="h-2 w-full accent-primary"
              max={Math.max(1, known.events ?? 1)}
              value={known.scanned}
            />
          ) : null}
          {admin ? (
            <div className="flex flex-wrap gap-2">
              {known.status === "ready" && known.changed > 0 ? (
                <ConfirmDialog
                  trigger={<Button>Apply</Button>}
                  title={`Reprice ${known.changed.toLocaleString("en-US")} events?`}
                  consequence={`Their cost goes from $${known.oldUsd} to $${known.newUsd}, in the events and in every total. The old costs are kept, as known until now.`}
                  confirm="Reprice"
                  variant="default"
                  onConfirm={() => move("apply")}
                />
              ) : null}
              {known.status === "awaiting_approval" ? (
                <Button onClick={() => void move("apply").catch(() => undefined)}>Approve and apply</Button>
              ) : null}
              {["counting", "ready", "awaiting_approval", "applying"].includes(known.status) ? (
                <Button variant="outline" onClick={() => void move("cancel").catch(() => undefined)}>
                  Cancel
                </Button>
              ) : null}
            </div>
          ) : null}
          <Segmented
            label="Difference by"
            className="self-start"
            options={(Object.keys(DIFF_LABEL) as DiffKey[]).map((value) => ({ value, label: DIFF_LABEL[value] }))}
            value={by}
            onChange={setBy}
          />
          <DataTable
            caption={`Difference ${DIFF_LABEL[by].toLowerCase()}`}
            rows={known.diff[by]}
            columns={DIFF_COLUMNS}
            rowId={(row) => row.key}
            csv={`repricing-by-${by}`}
            empty={known.status === "counting" ? "Being counted." : "No event changes: the prices of now are what was charged."}
          />
        </div>
      )}
    </QueryCard>
  );
}
