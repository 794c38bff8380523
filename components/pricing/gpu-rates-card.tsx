"use client";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { useApi, type ApiError } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import type { GpuRateView } from "@/lib/pricing/manage/schemas";
import { STANDING_LABEL, STANDING_VARIANT, startOfDay, wordEffective } from "./words";

const COMMITMENTS = ["on-demand", "reserved", "spot", "owned"] as const;

const COLUMNS: DataColumn<GpuRateView>[] = [
  { id: "gpuType", header: "GPU", value: (rate) => rate.gpuType },
  { id: "commitment", header: "Commitment", value: (rate) => rate.commitment },
  {
    id: "usdPerHour",
    header: "USD per GPU-hour",
    value: (rate) => Number(rate.usdPerHour),
    align: "right",
    cell: (rate) => `$${rate.usdPerHour}`,
  },
  { id: "effective", header: "Effective", value: (rate) => rate.effectiveFrom, cell: (rate) => wordEffective(rate) },
  {
    id: "standing",
    header: "Standing",
    value: (rate) => rate.standing,
    cell: (rate) => <Badge variant={STANDING_VARIANT[rate.standing]}>{STANDING_LABEL[rate.standing]}</Badge>,
  },
  {
    id: "source",
    header: "Source",
    value: (rate) => rate.source,
    cell: (rate) => (
      <span className="block max-w-80 truncate" title={rate.source}>
        {rate.source}
      </span>
    ),
  },
];

/** What a GPU of each kind costs an hour; a commitment without an own rate uses the one on demand. */
export function GpuRatesCard({ admin }: { admin: boolean }) {
  const rates = useApi<{ items: GpuRateView[] }>("/api/v1/pricing/gpu-rates");
  const [open, setOpen] = useState(false);
  return (
    <QueryCard
      title="GPU rates"
      description="Readings of nodes are costed by the rate of their own time when they arrive; a commitment without an own rate uses the one on demand."
      actions={
        admin ? (
          <Button size="sm" onClick={() => setOpen(true)}>
            Set a rate
          </Button>
        ) : null
      }
      query={rates}
      isEmpty={({ items }) => items.length === 0}
    >
      {({ items }) => (
        <>
          <DataTable
            caption="Rates per GPU-hour"
            rows={items}
            columns={COLUMNS}
            rowId={(rate) => String(rate.id)}
            csv="gpu-rates"
          />
          {open ? <RateDialog onClose={() => setOpen(false)} /> : null}
        </>
      )}
    </QueryCard>
  );
}

function RateDialog({ onClose }: { onClose: () => void }) {
  const save = useSave("/api/v1/pricing/gpu-rates");
  const [form, setForm] = useState({
    gpuType: "",
    commitment: "on-demand" as (typeof COMMITMENTS)[number],
    usd: "",
    from: "",
    note: "",
  });
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  const set = (changes: Partial<typeof form>) => {
    setForm({ ...form, ...changes });
    setRefusal(null);
  };
  const send = (confirm: boolean) =>
    void save
      .mutateAsync(
        {
          method: "POST",
          path: "/api/v1/pricing/gpu-rates",
          body: {
            gpuType: form.gpuType,
            commitment: form.commitment,
            usdPerHour: form.usd.trim(),
            effectiveFrom: startOfDay(form.from),
            note: form.note,
            confirm,
          },
        },
        {
          onSuccess: () => {
            toast.success(`${form.gpuType} ${form.commitment} costs $${form.usd} an hour.`);
            onClose();
          },
          onError: setRefusal,
        },
      )
      .catch(() => undefined);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    send(false);
  };
  return (
    <Dialog open onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}>
      <DialogContent>
        <form onSubmit={onSubmit} className="contents" noValidate>
          <DialogHeader>
            <DialogTitle>Set a GPU rate</DialogTitle>
            <DialogDescription>
              It takes the place of what was stated from that day on. Readings that are stored keep their cost.
            </DialogDescription>
          </DialogHeader>
          <Field label="GPU" hint="For example H100, or the name that the driver reports.">
            {(control) => <Input {...control} value={form.gpuType} onChange={(event) => set({ gpuType: event.target.value })} />}
          </Field>
          <Segmented
            label="Commitment"
            options={COMMITMENTS.map((value) => ({ value, label: value }))}
            value={form.commitment}
            onChange={(commitment) => set({ commitment })}
          />
          <div className="grid grid-cols-2 gap-3">
            <Field label="USD per GPU-hour">
              {(control) => (
                <Input {...control} inputMode="decimal" value={form.usd} onChange={(event) => set({ usd: event.target.value })} />
              )}
            </Field>
            <Field label="From" hint="UTC day; empty: always was">
              {(control) => (
                <Input {...control} type="date" value={form.from} onChange={(event) => set({ from: event.target.value })} />
              )}
            </Field>
          </div>
          <Field label="Where it comes from">
            {(control) => <Input {...control} value={form.note} onChange={(event) => set({ note: event.target.value })} />}
          </Field>
          {refusal ? (
            <div
              role="alert"
              className="flex flex-col items-start gap-2 rounded-md bg-destructive-muted px-3 py-2 text-[13px] text-destructive"
            >
              <p>{refusal.message}</p>
              {refusal.problem?.field === "confirm" ? (
                <Button type="button" size="sm" variant="outline" onClick={() => send(true)}>
                  It is meant: set it
                </Button>
              ) : null}
            </div>
          ) : null}
          <DialogFooter>
            <Button type="submit" disabled={save.isPending}>
              Set the rate
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
