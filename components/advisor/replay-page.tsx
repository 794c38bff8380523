"use client";
import { Play } from "lucide-react";
import Link from "next/link";
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useEffect, useRef, type FormEvent } from "react";
import { formatMetricValue } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { useSave } from "@/components/settings/use-save";
import { Field } from "@/components/settings/field";
import { EmptyState, ErrorState } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import type { ReplayGroup, ReplayInput, ReplayOptions, ReplayResult } from "@/lib/advisor/replay/schemas";
import { formatUsd } from "@/lib/money/format";
import { prepareReplay, type ReplayForm } from "./prepare-replay";

const PATH = "/api/v1/advisor/replay";
const KINDS = ["cache", "routing", "cap", "prices"] as const;
const KIND_LABEL = { cache: "Exact cache", routing: "Another model", cap: "Output cap", prices: "Other prices" } as const;
const ALL = "*";

/** In the address, so that a question can be passed on. `run`: it was asked. */
const parsers = {
  kind: parseAsStringLiteral(KINDS).withDefault("cache"),
  days: parseAsInteger.withDefault(7),
  tenant: parseAsString,
  endpoint: parseAsString,
  ttl: parseAsInteger.withDefault(3_600),
  share: parseAsStringLiteral(["tenant", "public"] as const).withDefault("tenant"),
  model: parseAsString,
  maxInput: parseAsInteger,
  cap: parseAsInteger.withDefault(500),
  input: parseAsString.withDefault("1.00"),
  output: parseAsString.withDefault("4.00"),
  run: parseAsInteger.withDefault(0),
};

/** What last week would have cost under another rule: its own requests, played again. Changes nothing. */
export function ReplayPage() {
  const { user } = useWorkspace();
  const [form, setForm] = useQueryStates(parsers, { history: "replace" });
  const options = useApi<ReplayOptions>(PATH);
  const play = useSave<ReplayResult>();
  const models = options.data?.models ?? [];
  // What the address names is shown while the choices are on their way.
  const choices = (all: readonly string[] | undefined, chosen: string | null) => [
    { value: ALL, label: "All" },
    ...[...new Set([...(all ?? []), ...(chosen === null ? [] : [chosen])])].map((value) => ({ value, label: value })),
  ];
  const asked = prepareReplay(form, models);
  const mutate = play.mutate;
  const run = (input: ReplayInput) => mutate({ method: "POST", path: PATH, body: input });
  // A shared link answers by itself, once.
  const answered = useRef(false);
  const ready = options.data !== undefined;
  useEffect(() => {
    if (answered.current || form.run === 0 || !ready || asked === null) return;
    answered.current = true;
    mutate({ method: "POST", path: PATH, body: asked });
  }, [asked, form.run, mutate, ready]);
  if (user.role === "viewer") {
    return (
      <EmptyState
        title="Replays are for analysts"
        why="They read raw requests. Ask an admin for the role analyst."
        action={{ label: "To the findings", href: "/advisor" }}
      />
    );
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!asked) return;
    answered.current = true;
    void setForm({ run: 1 });
    run(asked);
  };
  return (
    <>
      <Card role="region" aria-label="What if">
        <CardHeader>
          <CardTitle>What if</CardTitle>
          <CardDescription>Recorded requests are played again under another rule. Nothing is changed by it.</CardDescription>
        </CardHeader>
        <CardContent>
          <form onSubmit={onSubmit} className="flex flex-col gap-4" noValidate>
            <Segmented
              label="What changes"
              options={KINDS.map((value) => ({ value, label: KIND_LABEL[value] }))}
              value={form.kind}
              onChange={(kind) => void setForm({ kind })}
            />
            <div className="flex flex-wrap items-start gap-3">
              <Scenario form={form} setForm={(changes) => void setForm(changes)} models={models} />
            </div>
            <div className="flex flex-wrap items-end gap-3">
              <LabelledSelect
                label="Endpoint"
                className="w-52"
                value={form.endpoint ?? ALL}
                options={choices(options.data?.endpoints, form.endpoint)}
                onChange={(value) => void setForm({ endpoint: value === ALL ? null : value })}
              />
              <LabelledSelect
                label="Tenant"
                className="w-44"
                value={form.tenant ?? ALL}
                options={choices(options.data?.tenants, form.tenant)}
                onChange={(value) => void setForm({ tenant: value === ALL ? null : value })}
              />
              <LabelledSelect
                label="Days"
                className="w-24"
                value={String(form.days)}
                options={["1", "3", "7", "14"].map((value) => ({ value, label: value }))}
                onChange={(value) => void setForm({ days: Number(value) })}
              />
              <Button type="submit" disabled={!asked || play.isPending}>
                <Play aria-hidden /> Play
              </Button>
              {asked ? null : <p className="text-[13px] text-muted-foreground">Choose a model first.</p>}
            </div>
          </form>
        </CardContent>
      </Card>
      {play.isPending || (form.run !== 0 && options.isPending) ? (
        <>
          <span className="sr-only" role="status">
            Playing
          </span>
          <Skeleton className="h-64 w-full" />
        </>
      ) : play.isError ? (
        <ErrorState error={play.error} onRetry={asked ? () => run(asked) : undefined} title="It could not be played" />
      ) : play.data ? (
        <Result result={play.data} />
      ) : (
        <EmptyState
          icon={<Play />}
          title="Nothing played yet"
          why="Choose what changes and press Play. It takes a few seconds; the address keeps the question, so it can be passed on."
        />
      )}
    </>
  );
}

function Scenario({
  form,
  setForm,
  models,
}: {
  form: ReplayForm;
  setForm: (changes: Partial<ReplayForm>) => void;
  models: ReplayOptions["models"];
}) {
  const modelSelect = (label: string) => (
    <LabelledSelect
      label={label}
      className="w-72"
      value={form.model ?? ""}
      placeholder="Choose"
      options={models.map(({ provider, model }) => ({ value: `${provider}/${model}`, label: `${model} (${provider})` }))}
      onChange={(model) => setForm({ model })}
    />
  );
  switch (form.kind) {
    case "cache":
      return (
        <>
          <Num label="Time to live" hint="Seconds" value={form.ttl} onChange={(ttl) => setForm({ ttl: ttl ?? 3_600 })} />
          <LabelledSelect
            label="Who shares answers"
            className="w-56"
            value={form.share}
            options={[
              { value: "tenant", label: "Each tenant for itself" },
              { value: "public", label: "Everybody with everybody" },
            ]}
            onChange={(share) => setForm({ share: share as ReplayForm["share"] })}
          />
        </>
      );
    case "routing":
      return (
        <>
          {modelSelect("Answered by")}
          <Num
            label="Only prompts up to"
            hint="Tokens. Empty: all"
            value={form.maxInput}
            onChange={(maxInput) => setForm({ maxInput })}
          />
        </>
      );
    case "cap":
      return <Num label="Longest answer" hint="Tokens" value={form.cap} onChange={(cap) => setForm({ cap: cap ?? 500 })} />;
    case "prices":
      return (
        <>
          {modelSelect("Price of")}
          <Usd label="Input" value={form.input} onChange={(input) => setForm({ input })} />
          <Usd label="Output" value={form.output} onChange={(output) => setForm({ output })} />
        </>
      );
  }
}

function Num({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint: string;
  value: number | null;
  onChange: (value: number | null) => void;
}) {
  return (
    <Field label={label} hint={hint} className="w-36">
      {(control) => (
        <Input
          {...control}
          type="number"
          min={1}
          className="h-8"
          value={value ?? ""}
          onChange={(event) => onChange(event.target.value === "" ? null : Math.max(1, Math.round(Number(event.target.value))))}
        />
      )}
    </Field>
  );
}

function Usd({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <Field label={label} hint="$ per 1M tokens" className="w-32">
      {(control) => (
        <Input
          {...control}
          inputMode="decimal"
          className="h-8"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

const GROUP_COLUMNS = (name: string): DataColumn<ReplayGroup>[] => [
  { id: "key", header: name, value: (row) => row.key },
  { id: "requests", header: "Requests", value: (row) => row.requests, unit: "count" },
  { id: "affected", header: "Affected", value: (row) => row.affected, unit: "count" },
  {
    id: "before",
    header: "Cost",
    value: (row) => Number(row.beforeUsd),
    align: "right",
    cell: (row) => formatUsd(row.beforeUsd),
  },
  {
    id: "after",
    header: "Would cost",
    value: (row) => Number(row.afterUsd),
    align: "right",
    cell: (row) => formatUsd(row.afterUsd),
  },
  {
    id: "saved",
    header: "Difference",
    value: (row) => Number(row.afterUsd) - Number(row.beforeUsd),
    align: "right",
    cell: (row) => formatUsd(Number(row.afterUsd) - Number(row.beforeUsd)),
  },
];

function Result({ result }: { result: ReplayResult }) {
  const dearer = Number(result.savedUsd) < 0;
  const share = Number(result.beforeUsd) === 0 ? 0 : Math.abs(Number(result.savedUsd)) / Number(result.beforeUsd);
  const facts: [string, string][] = [
    ["Cost", formatUsd(result.beforeUsd)],
    ["Would have cost", formatUsd(result.afterUsd)],
    ["Requests", formatMetricValue(result.requests, "count")],
    ["Affected", formatMetricValue(result.affected, "count")],
    ...(result.hitRate === null ? [] : ([["Hit rate", formatMetricValue(result.hitRate, "ratio")]] as [string, string][])),
    ...(result.secondsSpared === null
      ? []
      : ([["Waiting spared", formatMetricValue(result.secondsSpared, "s")]] as [string, string][])),
    ...(result.unknown === 0 ? [] : ([["Cannot be said", formatMetricValue(result.unknown, "count")]] as [string, string][])),
  ];
  return (
    <>
      <Card role="region" aria-label="Result">
        <CardHeader>
          <CardTitle>{dearer ? "It would have cost more" : "It would have saved"}</CardTitle>
        </CardHeader>
        <CardContent className="flex flex-col gap-4">
          <p className="flex flex-wrap items-baseline gap-x-3">
            <span className="text-2xl font-semibold tracking-tight tabular">{formatUsd(Math.abs(Number(result.savedUsd)))}</span>
            <span className="text-[13px] text-muted-foreground tabular">
              {formatMetricValue(share, "ratio")} of the cost
              {result.days > 1
                ? `; 95 % interval over ${result.days} days: ${formatUsd(result.savedLowUsd)} to ${formatUsd(result.savedHighUsd)} saved`
                : ""}
            </span>
          </p>
          <dl className="flex flex-wrap gap-x-8 gap-y-2 text-[13px]">
            {facts.map(([label, value]) => (
              <div key={label}>
                <dt className="text-muted-foreground">{label}</dt>
                <dd className="font-medium tabular">{value}</dd>
              </div>
            ))}
          </dl>
          <div>
            <h3 className="text-[13px] font-medium">What is assumed</h3>
            <ul className="mt-1 flex list-disc flex-col gap-1 pl-4 text-[13px] text-muted-foreground">
              {result.assumptions.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </div>
        </CardContent>
      </Card>
      <div className="grid gap-4">
        <Groups title="By tenant" name="Tenant" rows={result.byTenant} />
        <Groups title="By endpoint" name="Endpoint" rows={result.byEndpoint} />
      </div>
      {result.examples.length > 0 ? (
        <Card role="region" aria-label="Some of the affected">
          <CardHeader>
            <CardTitle>Some of the affected</CardTitle>
            <CardDescription>Those whose cost changes most.</CardDescription>
          </CardHeader>
          <CardContent>
            <ul className="flex flex-col gap-1 text-[13px]">
              {result.examples.map(({ requestId, tenant, endpoint, beforeUsd, afterUsd }) => (
                <li key={requestId} className="flex flex-wrap items-center gap-x-3">
                  <Link
                    className="inline-flex min-h-6 items-center font-mono text-xs text-accent-foreground underline-offset-2 hover:underline"
                    href={`/requests/${encodeURIComponent(requestId)}`}
                  >
                    {requestId}
                  </Link>
                  <span className="text-muted-foreground">
                    {endpoint}, {tenant}
                  </span>
                  <span className="tabular">
                    {formatUsd(beforeUsd)} → {formatUsd(afterUsd)}
                  </span>
                </li>
              ))}
            </ul>
          </CardContent>
        </Card>
      ) : null}
    </>
  );
}

function Groups({ title, name, rows }: { title: string; name: string; rows: ReplayGroup[] }) {
  return (
    <Card role="region" aria-label={title}>
      <CardHeader>
        <CardTitle>{title}</CardTitle>
      </CardHeader>
      <CardContent>
        <DataTable
          caption={`${title}, before and after`}
          rows={rows}
          columns={GROUP_COLUMNS(name)}
          rowId={(row) => row.key}
          csv={`replay-${name.toLowerCase()}`}
          empty="Nothing was played."
        />
      </CardContent>
    </Card>
  );
}
