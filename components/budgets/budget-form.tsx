"use client";
import { useRouter } from "next/navigation";
import { useEffect, useId, useState, type FormEvent } from "react";
import { toast } from "sonner";
import { useWorkspace } from "@/components/layout/workspace";
import type { ApiError } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import type { BudgetInput, BudgetView, DraftTemplate, ScopeFilter } from "@/lib/alerts/budgets/schemas";
import { BUDGETS_PATH } from "./budgets-page";
import { PreviewCard } from "./preview-card";
import { ScopePicker } from "./scope-picker";
import { DRAFT_LABEL, UNIT_LABEL } from "./words";

interface Form {
  name: string;
  scope: ScopeFilter[];
  amount: string;
  /** A calendar unit, or days or months from a date. */
  period: string;
  every: string;
  start: string;
  thresholds: string;
  forecast: string;
  hard: boolean;
  draftAt: string;
  draftTemplate: DraftTemplate;
}

const PERIODS = [
  ...Object.entries(UNIT_LABEL).map(([value, label]) => ({ value, label: `Calendar ${label.toLowerCase()}` })),
  { value: "anchored-day", label: "Days from a date" },
  { value: "anchored-month", label: "Months from a date" },
];
const PREVIEW_AFTER_MS = 400;

function formOf(budget: BudgetView | null, tenant: string | null): Form {
  const period = budget?.period ?? { kind: "calendar" as const, unit: "month" as const };
  const anchored = period.kind === "anchored";
  return {
    name: budget?.name ?? (tenant ? `${tenant} per month` : ""),
    scope: budget?.scope ?? (tenant ? [{ dimension: "tenant", in: [tenant] }] : []),
    amount: budget?.amount ?? "",
    period: anchored ? `anchored-${period.unit}` : period.unit,
    every: anchored ? String(period.every) : "30",
    start: anchored ? period.start : new Date().toISOString().slice(0, 10),
    thresholds: (budget?.thresholds ?? [50, 80, 100]).join(", "),
    forecast: budget ? (budget.forecastPercent === null ? "" : String(budget.forecastPercent)) : "100",
    hard: budget?.hard ?? false,
    draftAt: budget?.draft ? String(budget.draft.at) : "",
    draftTemplate: budget?.draft?.template ?? "cap-outputs",
  };
}

function inputOf(form: Form): BudgetInput {
  const anchored = /^anchored-(day|month)$/.exec(form.period);
  return {
    name: form.name,
    scope: form.scope,
    amount: form.amount.trim().replace(/^\$/, ""),
    period: anchored
      ? { kind: "anchored", start: form.start, every: Number(form.every), unit: anchored[1] as "day" | "month" }
      : { kind: "calendar", unit: form.period as "month" },
    hard: form.hard,
    thresholds: form.thresholds
      .split(/[\s,;%]+/)
      .filter(Boolean)
      .map(Number),
    forecastPercent: form.forecast.trim() === "" ? null : Number(form.forecast),
    draft: form.draftAt.trim() === "" ? null : { at: Number(form.draftAt), template: form.draftTemplate },
  };
}

/** Make or change a budget; what it would have said stands beside it while it is written. */
export function BudgetForm({ budget, tenant }: { budget: BudgetView | null; tenant: string | null }) {
  const router = useRouter();
  const hardId = useId();
  const { user, timeZone } = useWorkspace();
  const save = useSave<BudgetView>(BUDGETS_PATH);
  const [form, setForm] = useState(() => formOf(budget, tenant));
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  const set = (changes: Partial<Form>) => {
    setForm((before) => ({ ...before, ...changes }));
    setRefusal(null);
  };
  const previewed = useSettled(inputOf({ ...form, name: form.name.trim() || "Preview" }), PREVIEW_AFTER_MS);
  const mayBeHard = user.role === "lead" || user.role === "admin";
  const errorOf = (field: string): { error?: string } => {
    const at = refusal?.problem?.field;
    return at === field || at?.startsWith(`${field}.`) ? { error: refusal!.message.replace(`${at}: `, "") } : {};
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const body = inputOf(form);
    const request = budget
      ? { method: "PUT" as const, path: `${BUDGETS_PATH}/${budget.id}`, body: { ...body, version: budget.version } }
      : { method: "POST" as const, path: BUDGETS_PATH, body };
    void save
      .mutateAsync(request, {
        onSuccess: ({ id, name }) => {
          toast.success(`${name} is ${budget ? "saved" : "watched from now on"}.`);
          router.push(`/budgets/${id}`);
        },
        onError: setRefusal,
      })
      .catch(() => undefined);
  };
  const shown = ["name", "scope", "amount", "period", "thresholds", "forecastPercent", "hard", "draft"];
  const elsewhere = refusal && !shown.some((field) => errorOf(field).error) ? refusal.message : null;
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,30rem)_minmax(0,1fr)]">
      <Card>
        <CardHeader>
          <CardTitle>{budget ? "What it watches" : "What to watch"}</CardTitle>
        </CardHeader>
        <CardContent>
          <form onSubmit={onSubmit} className="flex flex-col gap-4" noValidate>
            <Field label="Name" {...errorOf("name")}>
              {(control) => <Input {...control} value={form.name} onChange={(event) => set({ name: event.target.value })} />}
            </Field>
            <Field label="Scope" hint="Nothing chosen: everything you may see." {...errorOf("scope")}>
              {() => <ScopePicker scope={form.scope} onChange={(scope) => set({ scope })} />}
            </Field>
            <div className="grid grid-cols-2 gap-3">
              <Field label="Amount (USD)" {...errorOf("amount")}>
                {(control) => (
                  <Input
                    {...control}
                    inputMode="decimal"
                    placeholder="1500"
                    value={form.amount}
                    onChange={(event) => set({ amount: event.target.value })}
                  />
                )}
              </Field>
              <LabelledSelect
                label="Period"
                value={form.period}
                options={PERIODS}
                className="w-full"
                onChange={(period) => set({ period })}
              />
              {form.period.startsWith("anchored") ? (
                <>
                  <Field label={form.period === "anchored-day" ? "Days" : "Months"} {...errorOf("period.every")}>
                    {(control) => (
                      <Input
                        {...control}
                        type="number"
                        min={1}
                        max={400}
                        value={form.every}
                        onChange={(event) => set({ every: event.target.value })}
                      />
                    )}
                  </Field>
                  <Field label="From" hint={`In ${timeZone}`} {...errorOf("period.start")}>
                    {(control) => (
                      <Input
                        {...control}
                        type="date"
                        value={form.start}
                        onChange={(event) => set({ start: event.target.value })}
                      />
                    )}
                  </Field>
                </>
              ) : null}
              <Field label="Say so at (%)" hint="Of what is spent, once a period each" {...errorOf("thresholds")}>
                {(control) => (
                  <Input {...control} value={form.thresholds} onChange={(event) => set({ thresholds: event.target.value })} />
                )}
              </Field>
              <Field label="And at a forecast of (%)" hint="Empty: never" {...errorOf("forecastPercent")}>
                {(control) => (
                  <Input
                    {...control}
                    inputMode="numeric"
                    value={form.forecast}
                    onChange={(event) => set({ forecast: event.target.value })}
                  />
                )}
              </Field>
              <Field label="Draft a change at (%)" hint="Empty: none. People approve it" {...errorOf("draft")}>
                {(control) => (
                  <Input
                    {...control}
                    inputMode="numeric"
                    value={form.draftAt}
                    onChange={(event) => set({ draftAt: event.target.value })}
                  />
                )}
              </Field>
              <LabelledSelect
                label="Which change"
                value={form.draftTemplate}
                options={Object.entries(DRAFT_LABEL).map(([value, label]) => ({ value, label }))}
                className="w-full"
                onChange={(template) => set({ draftTemplate: template as DraftTemplate })}
              />
            </div>
            <div className="flex flex-col gap-1">
              <label htmlFor={hardId} className="flex min-h-6 items-center gap-2 text-sm">
                <Checkbox
                  id={hardId}
                  checked={form.hard}
                  disabled={!mayBeHard && !form.hard}
                  onCheckedChange={(hard) => set({ hard: hard === true })}
                />
                Hard: gateways refuse what is in scope when it is used up
              </label>
              <p className="text-xs text-muted-foreground">
                {mayBeHard
                  ? "Clients get 429 with scope, spend, limit and reset time, until the period ends or the budget is raised."
                  : "This needs the role lead: it stops traffic."}
              </p>
              {errorOf("hard").error ? (
                <p role="alert" className="text-xs text-destructive">
                  {errorOf("hard").error}
                </p>
              ) : null}
            </div>
            {elsewhere ? (
              <p role="alert" className="text-[13px] text-destructive">
                {elsewhere}
              </p>
            ) : null}
            <div className="flex gap-2">
              <Button type="submit" disabled={save.isPending}>
                {budget ? "Save" : "Make the budget"}
              </Button>
              <Button type="button" variant="ghost" onClick={() => router.push(budget ? `/budgets/${budget.id}` : "/budgets")}>
                Cancel
              </Button>
            </div>
          </form>
        </CardContent>
      </Card>
      <PreviewCard input={previewed} />
    </div>
  );
}

/** The value once it has not changed for a while. */
function useSettled<T>(value: T, ms: number): T {
  const key = JSON.stringify(value);
  const [settled, setSettled] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key), ms);
    return () => clearTimeout(timer);
  }, [key, ms]);
  return JSON.parse(settled) as T;
}
