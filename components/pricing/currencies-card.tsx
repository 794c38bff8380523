"use client";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { UploadButton } from "@/components/uploads/upload-button";
import { useApi } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { ProblemList } from "@/components/uploads/problem-list";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import type { FxImport, FxRateView } from "@/lib/currency/schemas";

const PATH = "/api/v1/pricing/fx-rates";

const COLUMNS: DataColumn<FxRateView>[] = [
  { id: "day", header: "From day", value: (rate) => rate.day },
  { id: "currency", header: "Currency", value: (rate) => rate.currency },
  { id: "rate", header: "Units for $1", value: (rate) => Number(rate.rate), align: "right", cell: (rate) => rate.rate },
  { id: "source", header: "Source", value: (rate) => rate.source },
  { id: "by", header: "By", value: (rate) => rate.createdBy },
];

/** Dated rates of exchange. Statements, invoices and exports in another currency use the one of their date. */
export function CurrenciesCard({ admin }: { admin: boolean }) {
  const rates = useApi<{ items: FxRateView[] }>(PATH);
  const [problems, setProblems] = useState<FxImport["problems"]>([]);
  return (
    <QueryCard
      title="Exchange rates"
      description="Costs are kept in US dollars. A rate holds from its day until the next one; a new rate for the same day supersedes the old one. The currency of statements is set under Settings → Workspace."
      query={rates}
      isEmpty={() => false}
      actions={
        admin ? (
          <UploadButton<FxImport>
            label="Upload a CSV"
            path={(name) => `${PATH}/import?name=${encodeURIComponent(name)}`}
            refreshes={PATH}
            onDone={({ stored, unchanged, problems: found }) => {
              setProblems(found);
              toast.success(
                `${stored} rates stored, ${unchanged} known already${found.length > 0 ? `, ${found.length} lines left out` : ""}.`,
              );
            }}
          />
        ) : null
      }
    >
      {({ items }) => (
        <div className="flex flex-col gap-4">
          {admin ? <RateForm /> : null}
          <ProblemList problems={problems} />
          <DataTable
            caption="Exchange rates"
            rows={items}
            columns={COLUMNS}
            rowId={(rate) => String(rate.id)}
            csv="exchange-rates"
            empty="No rates yet: everything is in US dollars. A CSV has the columns day, currency and rate."
          />
        </div>
      )}
    </QueryCard>
  );
}

function RateForm() {
  const save = useSave<FxImport>(PATH);
  const [form, setForm] = useState(() => ({ currency: "", day: new Date().toISOString().slice(0, 10), rate: "", source: "" }));
  const [refusal, setRefusal] = useState<string | null>(null);
  const set = (changes: Partial<typeof form>) => {
    setForm({ ...form, ...changes });
    setRefusal(null);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const { source, ...rate } = form;
    void save
      .mutateAsync(
        { method: "POST", path: PATH, body: { rates: [{ ...rate, ...(source.trim() ? { source } : {}) }] } },
        {
          onSuccess: () => {
            toast.success(`$1 is ${form.rate} ${form.currency.toUpperCase()} from ${form.day} on.`);
            set({ rate: "" });
          },
          onError: (error) => setRefusal(error.message.replace("rates.0.", "")),
        },
      )
      .catch(() => undefined);
  };
  return (
    <form onSubmit={onSubmit} className="grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-5" noValidate>
      <Field label="Currency" hint="ISO 4217, like EUR" error={refusal ?? undefined}>
        {(control) => (
          <Input
            {...control}
            maxLength={3}
            className="uppercase"
            value={form.currency}
            onChange={(event) => set({ currency: event.target.value })}
          />
        )}
      </Field>
      <Field label="From day">
        {(control) => <Input {...control} type="date" value={form.day} onChange={(event) => set({ day: event.target.value })} />}
      </Field>
      <Field label="Units for $1" hint="Like 0.9213">
        {(control) => (
          <Input {...control} inputMode="decimal" value={form.rate} onChange={(event) => set({ rate: event.target.value })} />
        )}
      </Field>
      <Field label="Source" hint="Empty: entered by hand">
        {(control) => <Input {...control} value={form.source} onChange={(event) => set({ source: event.target.value })} />}
      </Field>
      <Button type="submit" className="mt-5.5 justify-self-start" disabled={save.isPending}>
        Add the rate
      </Button>
    </form>
  );
}
