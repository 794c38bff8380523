"use client";
import { Gauge } from "lucide-react";
import { useDeferredValue, useState, type FormEvent } from "react";
import { useApi } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import {
  LIMITS,
  type BenchmarkEstimate,
  type BenchmarkList,
  type BenchmarkOrderInput,
  type BenchmarkView,
  type LimitedField,
} from "@/lib/advisor/benchmark/schemas";
import { formatUsd } from "@/lib/money/format";
import { BENCHMARKS_PATH } from "./use-benchmarks";

const OTHER = "other";
const FIELDS: readonly { id: LimitedField; label: string; hint: string }[] = [
  { id: "warmUps", label: "Warm-ups", hint: "Not counted" },
  { id: "runs", label: "Requests", hint: "Measured" },
  { id: "concurrency", label: "At a time", hint: "In the air together" },
  { id: "promptTokens", label: "Prompt", hint: "Tokens, about" },
  { id: "maxTokens", label: "Longest answer", hint: "Tokens" },
];
const initial = Object.fromEntries(FIELDS.map(({ id }) => [id, String(LIMITS[id].initial)])) as Record<LimitedField, string>;

const wrong = (field: LimitedField, text: string): string | undefined => {
  const { min, max } = LIMITS[field];
  const value = Number(text);
  return text !== "" && Number.isInteger(value) && value >= min && value <= max ? undefined : `${min} to ${max}.`;
};

/** Where, what and how much; what it may cost is shown before it starts, and agreed to by starting it. */
export function StartCard({ list, onStarted }: { list: BenchmarkList; onStarted: (id: string) => void }) {
  const places = [
    ...list.gateways.map((name) => ({ value: `gateway:${name}`, label: `${name} (simulated)` })),
    ...list.hosts.map((host) => ({ value: `http://${host}/v1`, label: host })),
    { value: OTHER, label: "Another address" },
  ];
  const [chosen, setPlace] = useState<string | null>(null);
  const [address, setAddress] = useState("");
  const [model, setModel] = useState(list.models[0] ?? "");
  const [numbers, setNumbers] = useState(initial);
  const save = useSave<BenchmarkView>(BENCHMARKS_PATH);
  const place = chosen ?? places[0]!.value;
  const url = place === OTHER ? address : place;
  const errors = Object.fromEntries(FIELDS.map(({ id }) => [id, wrong(id, numbers[id])]));
  const sized = model.trim() !== "" && FIELDS.every(({ id }) => errors[id] === undefined);
  const { concurrency, ...size } = numbers;
  const asked = useDeferredValue(sized ? new URLSearchParams({ model: model.trim(), ...size }).toString() : null);
  const estimate = useApi<BenchmarkEstimate>(asked === null ? null : `${BENCHMARKS_PATH}/estimate?${asked}`);
  const known = estimate.data && !estimate.isPlaceholderData && sized ? estimate.data : null;
  const ready = known !== null && url !== "";
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    const endpoint: BenchmarkOrderInput["endpoint"] = url.startsWith("gateway:")
      ? { kind: "gateway", name: url.slice("gateway:".length) }
      : { kind: "url", baseUrl: url };
    const body = { endpoint, model: model.trim(), ...size, concurrency, capUsd: known.mostUsd };
    save.mutate({ method: "POST", path: BENCHMARKS_PATH, body }, { onSuccess: ({ id }) => onStarted(id) });
  };
  return (
    <Card role="region" aria-label="New benchmark" data-print="hidden">
      <CardHeader>
        <CardTitle>New benchmark</CardTitle>
        <CardDescription>
          Real requests are sent, each with a prompt of its own, and timed. They cost what requests cost and appear in usage as
          the endpoint headroom.benchmark.
        </CardDescription>
      </CardHeader>
      <CardContent>
        <form className="flex flex-col gap-4" noValidate onSubmit={onSubmit}>
          <div className="flex flex-wrap items-start gap-3">
            <LabelledSelect label="Where" className="w-64 max-w-full" value={place} options={places} onChange={setPlace} />
            {place === OTHER ? (
              <Field label="Base URL" hint="Up to and with /v1. An operator allows its host." className="w-72 max-w-full">
                {(control) => (
                  <Input
                    {...control}
                    type="url"
                    className="h-8"
                    placeholder="http://gateway:8080/v1"
                    value={address}
                    onChange={({ target }) => setAddress(target.value)}
                  />
                )}
              </Field>
            ) : null}
            <Field label="Model or route" className="w-64 max-w-full">
              {(control) => (
                <>
                  <Input
                    {...control}
                    className="h-8"
                    list="benchmark-models"
                    value={model}
                    onChange={({ target }) => setModel(target.value)}
                  />
                  <datalist id="benchmark-models">
                    {list.models.map((name) => (
                      <option key={name} value={name}>
                        {name}
                      </option>
                    ))}
                  </datalist>
                </>
              )}
            </Field>
          </div>
          <div className="flex flex-wrap items-start gap-3">
            {FIELDS.map(({ id, label, hint }) => (
              <Field key={id} label={label} hint={hint} className="w-28" {...(errors[id] ? { error: errors[id] } : {})}>
                {(control) => (
                  <Input
                    {...control}
                    inputMode="numeric"
                    className="h-8 tabular"
                    value={numbers[id]}
                    onChange={({ target }) => setNumbers({ ...numbers, [id]: target.value })}
                  />
                )}
              </Field>
            ))}
          </div>
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
            <Button type="submit" disabled={!ready || save.isPending}>
              <Gauge aria-hidden /> Start benchmark
            </Button>
            <p className="min-w-0 flex-1 basis-72 text-[13px] text-muted-foreground" role="status">
              {estimate.error
                ? estimate.error.message
                : known
                  ? costWords(known)
                  : sized
                    ? "Working out what it may cost"
                    : "Say what to ask and how much."}
            </p>
          </div>
          {save.error ? (
            <p role="alert" className="text-[13px] break-words text-destructive">
              {save.error.message}
            </p>
          ) : null}
        </form>
      </CardContent>
    </Card>
  );
}

const costWords = ({ mostUsd, requests, basis }: BenchmarkEstimate) =>
  mostUsd === null
    ? `${requests} requests. ${basis}`
    : `${requests} requests, at most ${formatUsd(mostUsd)}. ${basis} It stops there.`;
