"use client";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import type { ApiError } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { METER_LABEL } from "@/components/requests/words";
import { PRICED_METERS, startOfDay, type PriceDraft, type PricedMeter } from "./words";

interface PriceDialogProps {
  draft: PriceDraft;
  onClose: () => void;
  onWritten: () => void;
}

/** Shown first; the others when they are asked for or known. */
const COMMON: readonly PricedMeter[] = ["input", "cacheRead", "output"];

/** Write a price. What the server refuses is said here: an overlap can give way, a price 10 times off be confirmed. */
export function PriceDialog({ draft, onClose, onWritten }: PriceDialogProps) {
  const save = useSave("/api/v1/pricing");
  const [form, setForm] = useState(() => ({
    ...draft,
    state: "priced" as "priced" | "free",
    from: "",
    to: "",
    batch: draft.prices.modifiers?.batch ?? "",
    priority: draft.prices.modifiers?.serviceTier?.["priority"] ?? "",
    discount: "",
    all: PRICED_METERS.some((meter) => !COMMON.includes(meter) && draft.prices[meter]),
  }));
  const [usd, setUsd] = useState<Partial<Record<PricedMeter, string>>>(() =>
    Object.fromEntries(PRICED_METERS.map((meter) => [meter, draft.prices[meter]?.base ?? ""])),
  );
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  /** What the person agreed to so far: one refusal may follow another. */
  const [agreed, setAgreed] = useState<{ supersedes?: number[]; confirm?: boolean }>({});
  const begin = () => {
    setRefusal(null);
    setAgreed({});
  };
  const set = (changes: Partial<typeof form>) => {
    setForm({ ...form, ...changes });
    begin();
  };
  const overlaps = (refusal?.problem as { overlaps?: number[] } | undefined)?.overlaps ?? [];
  const leaps = refusal?.problem?.field === "confirm";

  async function submit(more: typeof agreed) {
    const stated = PRICED_METERS.filter((meter) => (usd[meter] ?? "").trim() !== "");
    const discount = Object.fromEntries(stated.map((meter) => [meter, form.discount.trim()]));
    const modifiers = {
      ...(form.batch.trim() ? { batch: form.batch.trim() } : {}),
      ...(form.priority.trim() ? { serviceTier: { priority: form.priority.trim() } } : {}),
      ...(form.discount.trim() ? { discount } : {}),
    };
    const prices = Object.fromEntries(
      stated.map((meter) => [meter, { base: usd[meter]!.trim(), tiers: draft.prices[meter]?.tiers ?? [] }]),
    );
    await save.mutateAsync(
      {
        method: "POST",
        path: "/api/v1/pricing/rules",
        body: {
          book: form.book,
          tenantId: form.book === "tenant" ? form.tenantId.trim() : null,
          provider: form.provider,
          model: form.model,
          state: form.state,
          prices: form.state === "free" ? {} : { ...prices, ...(Object.keys(modifiers).length > 0 ? { modifiers } : {}) },
          effectiveFrom: startOfDay(form.from),
          effectiveTo: startOfDay(form.to),
          note: form.note,
          ...more,
        },
      },
      {
        onSuccess: () => {
          toast.success(`${form.model} has a price. New requests meet it within seconds; reprice a period for older ones.`);
          onWritten();
        },
        onError: setRefusal,
      },
    );
  }
  const send = (more: typeof agreed = {}) => {
    setAgreed({ ...agreed, ...more });
    void submit({ ...agreed, ...more }).catch(() => undefined);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const shown = form.all ? PRICED_METERS : COMMON;
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())}>
      <DialogContent className="max-w-xl">
        <form onSubmit={onSubmit} className="contents" noValidate>
          <DialogHeader>
            <DialogTitle>{draft.model ? `Price ${draft.model}` : "Add a price"}</DialogTitle>
            <DialogDescription>
              It holds for requests within its dates. Stored costs stay as they are until you reprice a period.
            </DialogDescription>
          </DialogHeader>
          <div className="flex flex-wrap gap-3">
            <Segmented
              label="For whom"
              options={[
                { value: "workspace", label: "Every tenant" },
                { value: "tenant", label: "One tenant" },
              ]}
              value={form.book}
              onChange={(book) => set({ book })}
            />
            <Segmented
              label="State"
              options={[
                { value: "priced", label: "Priced" },
                { value: "free", label: "Free" },
              ]}
              value={form.state}
              onChange={(state) => set({ state })}
            />
          </div>
          {form.book === "tenant" ? (
            <Field label="Tenant" hint="Its id, as telemetry sends it.">
              {(control) => (
                <Input {...control} value={form.tenantId} onChange={(event) => set({ tenantId: event.target.value })} />
              )}
            </Field>
          ) : null}
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label="Provider" hint="As senders write it; self-hosted for own GPUs.">
              {(control) => (
                <Input {...control} value={form.provider} onChange={(event) => set({ provider: event.target.value })} />
              )}
            </Field>
            <Field label="Model">
              {(control) => <Input {...control} value={form.model} onChange={(event) => set({ model: event.target.value })} />}
            </Field>
          </div>
          {form.state === "priced" ? (
            <fieldset className="flex flex-col gap-2">
              <legend className="mb-2 text-sm font-medium">USD per 1M units; per request in dollars</legend>
              <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
                {shown.map((meter) => (
                  <Field key={meter} label={METER_LABEL[meter]}>
                    {(control) => (
                      <Input
                        {...control}
                        inputMode="decimal"
                        placeholder="—"
                        value={usd[meter] ?? ""}
                        onChange={(event) => {
                          setUsd({ ...usd, [meter]: event.target.value });
                          begin();
                        }}
                      />
                    )}
                  </Field>
                ))}
              </div>
              <label htmlFor="price-all" className="flex min-h-6 items-center gap-2 text-[13px]">
                <Checkbox id="price-all" checked={form.all} onCheckedChange={(checked) => set({ all: checked === true })} /> All
                meters and factors
              </label>
              {form.all ? (
                <div className="grid grid-cols-3 gap-3">
                  <Field label="Batch ×" hint="0.5 if empty">
                    {(control) => (
                      <Input
                        {...control}
                        inputMode="decimal"
                        value={form.batch}
                        onChange={(event) => set({ batch: event.target.value })}
                      />
                    )}
                  </Field>
                  <Field label="Priority ×">
                    {(control) => (
                      <Input
                        {...control}
                        inputMode="decimal"
                        value={form.priority}
                        onChange={(event) => set({ priority: event.target.value })}
                      />
                    )}
                  </Field>
                  <Field label="Negotiated ×" hint="Of every meter">
                    {(control) => (
                      <Input
                        {...control}
                        inputMode="decimal"
                        value={form.discount}
                        onChange={(event) => set({ discount: event.target.value })}
                      />
                    )}
                  </Field>
                </div>
              ) : null}
            </fieldset>
          ) : null}
          <div className="grid grid-cols-2 gap-3">
            <Field label="From" hint="UTC day; empty: always was">
              {(control) => (
                <Input {...control} type="date" value={form.from} onChange={(event) => set({ from: event.target.value })} />
              )}
            </Field>
            <Field label="Until" hint="Exclusive; empty: open">
              {(control) => (
                <Input {...control} type="date" value={form.to} onChange={(event) => set({ to: event.target.value })} />
              )}
            </Field>
          </div>
          <Field label="Where it comes from" hint="A contract, a link, a person: shown with every cost that it explains.">
            {(control) => <Input {...control} value={form.note} onChange={(event) => set({ note: event.target.value })} />}
          </Field>
          {refusal ? (
            <div
              role="alert"
              className="flex flex-col items-start gap-2 rounded-md bg-destructive-muted px-3 py-2 text-[13px] text-destructive"
            >
              <p>{refusal.message}</p>
              {overlaps.length > 0 ? (
                <Button type="button" size="sm" variant="outline" onClick={() => send({ supersedes: overlaps })}>
                  Supersede {overlaps.length === 1 ? `rule ${overlaps[0]}` : `${overlaps.length} rules`}
                </Button>
              ) : null}
              {leaps ? (
                <Button type="button" size="sm" variant="outline" onClick={() => send({ confirm: true })}>
                  It is meant: write it
                </Button>
              ) : null}
            </div>
          ) : null}
          <DialogFooter>
            <Button type="submit" disabled={save.isPending}>
              Write the price
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
