"use client";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useMemo, useState, type FormEvent, type ReactNode } from "react";
import { Field } from "@/components/settings/field";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { Textarea } from "@/components/ui/textarea";
import type { ApiError } from "@/components/query";
import { withThreshold } from "@/lib/alerts/rules/compare";
import { INTERVALS_SEC, SEVERITIES, type AlertRule, type ConditionType, type Severity } from "@/lib/alerts/rules/schemas";
import { findWatched, SIGNALS } from "@/lib/alerts/signals/catalogue";
import { METRICS } from "@/lib/metrics/catalogue";
import { SEVERITY_LABEL } from "../words";
import { BacktestCard } from "./backtest-card";
import { ConditionFields } from "./condition-fields";
import { DELAYS_SEC, durationOptions, FOR_SEC, readDraft, WINDOWS_SEC, withConditionType, type Draft } from "./draft";
import { ScopeFields } from "./scope-fields";

const NO_DIVISOR = "none";
const CONDITION_LABEL: Record<ConditionType, string> = {
  threshold: "Threshold",
  change: "Change",
  burn_rate: "Burn rate of a budget",
  anomaly: "Anomaly",
  no_data: "No data",
};

const METRIC_OPTIONS = [
  ...[...METRICS.values()].map(({ id, label }) => ({ value: id, label })),
  ...[...SIGNALS.values()].map(({ id, label }) => ({ value: id, label: `Headroom: ${label}` })),
];
const DIVISOR_OPTIONS = [
  { value: NO_DIVISOR, label: "nothing" },
  ...[...METRICS.values()].filter(({ kind }) => kind === "additive").map(({ id, label }) => ({ value: id, label })),
];

interface RuleFormProps {
  initial: Draft;
  /** Absent: the reader may look and test, not save. */
  onSave?: (rule: AlertRule) => Promise<unknown>;
  saveLabel: string;
  /** Beside the save button. */
  actions?: ReactNode;
}

/** A rule with its backtest beside it: every change is tested on the days before now. */
export function RuleForm({ initial, onSave, saveLabel, actions }: RuleFormProps) {
  const [draft, setDraft] = useState(initial);
  const [days, setDays] = useQueryState("days", parseAsStringLiteral(["7", "14", "30", "90"] as const).withDefault("7"));
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const read = useMemo(() => readDraft(draft), [draft]);
  const change = (changes: Partial<Draft>) => {
    setRefusal(null);
    setDraft((before) => ({ ...before, ...changes }));
  };
  const refused = refusal?.problem?.field?.split(".")[0];
  const errors = refused ? { ...read.errors, [refused]: refusal!.message } : read.errors;
  const watched = findWatched(draft.metric);
  const additive = watched?.kind === "metric" && watched.definition.kind === "additive";
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!read.rule || !onSave) return;
    setBusy(true);
    void onSave(read.rule)
      .catch((error: unknown) => setRefusal(error as ApiError))
      .finally(() => setBusy(false));
  };
  const duration = (
    label: string,
    field: "windowSec" | "forSec" | "keepFiringSec" | "delaySec" | "everySec",
    known: readonly number[],
  ) => (
    <div className="flex min-w-0 flex-col gap-1">
      <LabelledSelect
        label={label}
        value={String(draft[field])}
        options={durationOptions(known, draft[field])}
        className="w-full"
        onChange={(value) => change({ [field]: Number(value) })}
      />
      {errors[field] ? (
        <p role="alert" className="text-xs text-destructive">
          {errors[field]}
        </p>
      ) : null}
    </div>
  );
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(22rem,28rem)_1fr]">
      <Card>
        <CardHeader>
          <CardTitle>Rule</CardTitle>
        </CardHeader>
        <CardContent>
          <form onSubmit={onSubmit} className="flex flex-col gap-5" noValidate aria-label="Rule">
            <div className="grid gap-3 sm:grid-cols-[1fr_8rem]">
              <Field label="Name" error={errors["name"]}>
                {(control) => (
                  <Input {...control} value={draft.name} onChange={(event) => change({ name: event.target.value })} />
                )}
              </Field>
              <LabelledSelect
                label="Severity"
                value={draft.severity}
                options={SEVERITIES.map((value) => ({ value, label: SEVERITY_LABEL[value] }))}
                className="h-9 w-full"
                onChange={(severity) => change({ severity: severity as Severity })}
              />
            </div>
            <Group title="What is watched">
              <LabelledSelect
                label="Metric"
                value={draft.metric}
                options={METRIC_OPTIONS}
                className="w-full"
                onChange={(metric) => change({ metric, per: null })}
              />
              {watched ? <p className="text-xs text-muted-foreground">{watched.definition.description}</p> : null}
              {errors["metric"] ? (
                <p role="alert" className="text-xs text-destructive">
                  {errors["metric"]}
                </p>
              ) : null}
              {additive ? (
                <LabelledSelect
                  label="Divided by"
                  value={draft.per ?? NO_DIVISOR}
                  options={DIVISOR_OPTIONS}
                  className="w-full"
                  onChange={(per) => change({ per: per === NO_DIVISOR ? null : per })}
                />
              ) : null}
              {watched?.kind === "signal" ? null : (
                <ScopeFields
                  metric={draft.metric}
                  filters={draft.filters}
                  groupBy={draft.groupBy}
                  errors={errors}
                  onChange={change}
                />
              )}
            </Group>
            <Group title="When it fires">
              <div className="grid gap-3 sm:grid-cols-2">
                <LabelledSelect
                  label="Condition"
                  value={draft.condition.type}
                  options={(Object.keys(CONDITION_LABEL) as ConditionType[]).map((value) => ({
                    value,
                    label: CONDITION_LABEL[value],
                  }))}
                  className="w-full"
                  onChange={(type) => {
                    setRefusal(null);
                    setDraft((before) => withConditionType(before, type as ConditionType));
                  }}
                />
                <ConditionFields
                  condition={draft.condition}
                  unit={watched?.definition.unit ?? ""}
                  errors={errors}
                  onChange={(condition) => change({ condition })}
                />
              </div>
              {errors["condition"] ? (
                <p role="alert" className="text-xs text-destructive">
                  {errors["condition"]}
                </p>
              ) : null}
              <div className="grid grid-cols-2 gap-3">
                {duration("Over the last", "windowSec", WINDOWS_SEC)}
                {duration("Evaluated every", "everySec", INTERVALS_SEC)}
                {duration("For at least", "forSec", FOR_SEC)}
                {duration("Clear for at least", "keepFiringSec", FOR_SEC)}
                {duration("Wait for late data", "delaySec", DELAYS_SEC)}
                <Field label="Judge from" hint="Requests or observations" error={errors["minVolume"]}>
                  {(control) => (
                    <Input
                      {...control}
                      className="h-8"
                      inputMode="decimal"
                      value={draft.minVolume}
                      onChange={(event) => change({ minVolume: event.target.value })}
                    />
                  )}
                </Field>
                <LabelledSelect
                  label="Without data"
                  value={draft.onNoData}
                  options={[
                    { value: "ok", label: "it is clear" },
                    { value: "keep", label: "it stays as it was" },
                    { value: "alert", label: "it fires" },
                  ]}
                  className="w-full"
                  onChange={(value) => change({ onNoData: value as Draft["onNoData"] })}
                />
                <LabelledSelect
                  label="On an error"
                  value={draft.onError}
                  options={[
                    { value: "keep", label: "it stays as it was" },
                    { value: "alert", label: "it fires" },
                  ]}
                  className="w-full"
                  onChange={(value) => change({ onError: value as Draft["onError"] })}
                />
              </div>
            </Group>
            <Group title="What to do then">
              <Field label="Owner" error={errors["owner"]}>
                {(control) => (
                  <Input {...control} value={draft.owner} onChange={(event) => change({ owner: event.target.value })} />
                )}
              </Field>
              <Field label="Runbook" hint="Shown on the incident and sent along" error={errors["runbook"]}>
                {(control) => (
                  <Textarea
                    {...control}
                    rows={4}
                    value={draft.runbook}
                    onChange={(event) => change({ runbook: event.target.value })}
                  />
                )}
              </Field>
              <Field label="Runbook link" error={errors["runbookUrl"]}>
                {(control) => (
                  <Input
                    {...control}
                    type="url"
                    value={draft.runbookUrl}
                    onChange={(event) => change({ runbookUrl: event.target.value })}
                  />
                )}
              </Field>
            </Group>
            {refusal && !refused ? (
              <p role="alert" className="text-[13px] text-destructive">
                {refusal.message}
              </p>
            ) : null}
            <div className="flex flex-wrap items-center gap-2">
              {onSave ? (
                <Button type="submit" disabled={busy || !read.rule}>
                  {saveLabel}
                </Button>
              ) : (
                <p className="text-[13px] text-muted-foreground">
                  Rules are saved by admins of the whole workspace. You can test here.
                </p>
              )}
              {actions}
            </div>
          </form>
        </CardContent>
      </Card>
      <BacktestCard
        rule={read.rule}
        days={days}
        onDays={(next) => void setDays(next)}
        onThreshold={(threshold) => change({ condition: withThreshold(draft.condition, threshold) })}
      />
    </div>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-2 text-[13px] font-semibold">{title}</legend>
      {children}
    </fieldset>
  );
}
