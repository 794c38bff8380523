"use client";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { callApi, type ApiError } from "@/components/query";
import { Field } from "@/components/settings/field";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import type { MatchResult, TriedRule } from "@/lib/pricing/manage/schemas";
import { METER_LABEL } from "@/components/requests/words";
import { BOOK_LABEL, startOfDay, wordEffective, wordPrices } from "./words";

const TRIED: DataColumn<TriedRule>[] = [
  {
    id: "rule",
    header: "Rule",
    value: ({ rule }) => rule.id,
    cell: ({ rule, chosen }) => (
      <span className="flex items-center gap-1.5">
        {rule.id} <Badge variant={chosen ? "success" : "outline"}>{BOOK_LABEL[rule.book]}</Badge>
      </span>
    ),
  },
  { id: "model", header: "Model", value: ({ rule }) => `${rule.model} (${rule.provider})` },
  { id: "effective", header: "Effective", value: ({ rule }) => wordEffective(rule) },
  { id: "prices", header: "USD per 1M", value: ({ rule }) => wordPrices(rule) },
  { id: "why", header: "Why", value: ({ why }) => why },
];

type Line = MatchResult["lines"][number];
const LINES: DataColumn<Line>[] = [
  { id: "meter", header: "Meter", value: (line) => METER_LABEL[line.meter] },
  { id: "quantity", header: "Quantity", value: (line) => line.quantity, unit: "count" },
  { id: "unit", header: "USD per 1M", value: (line) => line.unitPriceUsd, align: "right" },
  {
    id: "factors",
    header: "Factors",
    value: (line) => line.modifiers.map(({ reason, factor }) => `${reason} ×${factor}`).join(", ") || "—",
  },
  { id: "amount", header: "USD", value: (line) => Number(line.amountUsd), align: "right", cell: (line) => `$${line.amountUsd}` },
];

/** Ask which price a call would meet, and what a sample usage would cost. Changes nothing. */
export function MatchCard() {
  const [form, setForm] = useState({
    provider: "openai",
    model: "o3",
    tenant: "",
    date: "",
    input: "1000000",
    output: "1000000",
    batch: false,
  });
  const set = (changes: Partial<typeof form>) => setForm({ ...form, ...changes });
  const test = useMutation<MatchResult, ApiError>({
    mutationFn: () =>
      callApi<MatchResult>("/api/v1/pricing/match", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          provider: form.provider,
          model: form.model,
          tenant: form.tenant,
          ...(form.date ? { at: startOfDay(form.date) } : {}),
          batch: form.batch,
          meters: { input: Number(form.input || 0), output: Number(form.output || 0) },
        }),
      }),
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    test.mutate();
  };
  const text = (name: "provider" | "model" | "tenant" | "input" | "output", label: string, hint?: string) => (
    <Field label={label} {...(hint ? { hint } : {})}>
      {(control) => (
        <Input
          {...control}
          {...(name === "input" || name === "output" ? { inputMode: "numeric" as const } : {})}
          value={form[name]}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  const result = test.data;
  return (
    <Card role="region" aria-label="Test a match">
      <CardHeader>
        <CardTitle>Test a match</CardTitle>
        <CardDescription>Which price such a call would meet, why, and what it would cost.</CardDescription>
      </CardHeader>
      <CardContent className="flex flex-col gap-4">
        <form onSubmit={onSubmit} className="grid grid-cols-2 items-start gap-3 lg:grid-cols-4" noValidate>
          {text("provider", "Provider", "As a sender writes it")}
          {text("model", "Model")}
          {text("tenant", "Tenant", "Empty: any")}
          <Field label="Date" hint="UTC; empty: now">
            {(control) => (
              <Input {...control} type="date" value={form.date} onChange={(event) => set({ date: event.target.value })} />
            )}
          </Field>
          {text("input", "Input tokens")}
          {text("output", "Output tokens")}
          <label htmlFor="match-batch" className="flex min-h-9 items-center gap-2 self-center text-[13px]">
            <Checkbox id="match-batch" checked={form.batch} onCheckedChange={(checked) => set({ batch: checked === true })} />{" "}
            Batch call
          </label>
          <Button type="submit" className="self-center justify-self-start" disabled={test.isPending}>
            Test
          </Button>
        </form>
        {test.error ? (
          <p role="alert" className="rounded-md bg-destructive-muted px-3 py-2 text-[13px] text-destructive">
            {test.error.message}
          </p>
        ) : null}
        {result ? (
          <div className="flex flex-col gap-3" role="status">
            <p className="flex flex-wrap items-center gap-2 text-sm">
              <Badge variant={result.state === "unpriced" ? "warning" : "success"}>{result.state}</Badge>
              <strong className="tabular">${result.costUsd}</strong>
              <span>{result.why}</span>
            </p>
            {result.lines.length > 0 ? (
              <DataTable caption="What it would cost" rows={result.lines} columns={LINES} rowId={(line) => line.meter} />
            ) : null}
            {result.tried.length > 0 ? (
              <DataTable
                caption="Rules in order of preference"
                rows={result.tried}
                columns={TRIED}
                rowId={({ rule }) => String(rule.id)}
              />
            ) : null}
          </div>
        ) : null}
      </CardContent>
    </Card>
  );
}
