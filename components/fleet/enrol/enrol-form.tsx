"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { Controller, useForm, useWatch } from "react-hook-form";
import { Field } from "@/components/settings/field";
import { showRefusal, useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { createEnrolmentTokenSchema, type MadeEnrolmentToken, type TargetView } from "@/lib/fleet/schemas";
import { CONNECTORS, type Connector } from "@/lib/protocol/connectors";
import { CONNECTOR_HINT, CONNECTOR_LABEL } from "../words";
import { TOKENS_PATH } from "../use-targets";
import { suggestName } from "./suggest-name";

export interface EnrolChoice {
  connector: Connector;
  /** For the command; with several uses each machine takes its own. */
  name: string;
}

const LIFETIMES = [
  { minutes: 10, label: "10 minutes" },
  { minutes: 30, label: "30 minutes" },
  { minutes: 60, label: "One hour, the longest" },
] as const;

export interface EnrolFormProps {
  connector: Connector;
  targets: readonly TargetView[];
  listening: boolean;
  onMade: (choice: EnrolChoice, made: MadeEnrolmentToken) => void;
  onCancel: () => void;
}

export function EnrolForm({ connector: first, targets, listening, onMade, onCancel }: EnrolFormProps) {
  const save = useSave<MadeEnrolmentToken>(TOKENS_PATH);
  // What was free when the dialog opened: a name must not change under the hand of who types it.
  const [taken] = useState(targets);
  const { register, control, handleSubmit, setError, setValue, getFieldState, formState } = useForm({
    resolver: zodResolver(createEnrolmentTokenSchema),
    defaultValues: {
      connector: first,
      name: suggestName(first, taken),
      environment: mostUsed(taken.map(({ environment }) => environment)) ?? "production",
      pool: null as string | null,
      maxUses: 1,
      minutes: 30,
    },
  });
  const { errors } = formState;
  const [watched, maxUses] = useWatch({ control, name: ["connector", "maxUses"] });
  const connector = watched ?? first;
  const several = Number(maxUses) > 1;
  const submit = handleSubmit(async ({ connector: chosen, name, pool, ...values }) => {
    const kind = chosen ?? first;
    const one = values.maxUses === 1;
    if (one && !name) return setError("name", { message: "Name the machine that will come in." }, { shouldFocus: true });
    const holder = one ? targets.find((target) => target.name === name && target.state !== "revoked") : undefined;
    if (holder) {
      const message = `There is a target ${holder.name} already. Take another name, or revoke that one first.`;
      return setError("name", { message }, { shouldFocus: true });
    }
    const body = { ...values, connector: kind, name: one ? name : null, pool: kind === "engine" ? pool : null };
    await save.mutateAsync(
      { method: "POST", path: TOKENS_PATH, body },
      {
        onSuccess: (made) => onMade({ connector: kind, name: one && name ? name : suggestName(kind, taken) }, made),
        onError: (error) => showRefusal(error, setError, ["name", "connector", "environment", "pool", "maxUses", "minutes"]),
      },
    );
  });
  return (
    <form onSubmit={(event) => void submit(event).catch(() => undefined)} className="contents" noValidate>
      <DialogHeader>
        <DialogTitle>Enrol a gateway or node</DialogTitle>
        <DialogDescription>
          Makes a short-lived token for the machine that comes in. It dials out to this console; nothing has to reach it.
        </DialogDescription>
      </DialogHeader>
      {listening ? null : (
        <p role="alert" className="rounded-md bg-warning-muted px-3 py-2 text-[13px] text-warning">
          The fleet server is away: the token can be made, and works once it is back.
        </p>
      )}
      <Controller
        control={control}
        name="connector"
        render={({ field }) => (
          <Field label="What" hint={CONNECTOR_HINT[connector]} error={errors.connector?.message}>
            {(props) => (
              <Select
                value={field.value ?? first}
                onValueChange={(value: Connector) => {
                  field.onChange(value);
                  if (!getFieldState("name").isDirty) setValue("name", suggestName(value, taken));
                }}
              >
                <SelectTrigger {...props}>
                  <SelectValue />
                </SelectTrigger>
                <SelectContent>
                  {CONNECTORS.map((value) => (
                    <SelectItem key={value} value={value}>
                      {CONNECTOR_LABEL[value]}
                    </SelectItem>
                  ))}
                </SelectContent>
              </Select>
            )}
          </Field>
        )}
      />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Field
          label="Name"
          hint={
            several
              ? "With several machines each takes its own, in its file."
              : connector === "engine"
                ? "Of the node; its samples carry it too."
                : "The token lets in only this one."
          }
          error={errors.name?.message}
        >
          {(props) => (
            <Input
              autoComplete="off"
              disabled={several}
              {...props}
              {...register("name", { setValueAs: (text: string | null) => text?.trim() || null })}
            />
          )}
        </Field>
        <Field label="Environment" hint="Whose policies it gets." error={errors.environment?.message}>
          {(props) => (
            <>
              <Input autoComplete="off" list="fleet-environments" {...props} {...register("environment")} />
              <Suggestions id="fleet-environments" values={["production", ...taken.map(({ environment }) => environment)]} />
            </>
          )}
        </Field>
        {connector === "engine" ? (
          <Field
            label="Pool"
            className="sm:col-span-2"
            hint="Nodes that serve one model interchangeably. Empty: a pool of its own, named like the node."
            error={errors.pool?.message}
          >
            {(props) => (
              <>
                <Input
                  autoComplete="off"
                  list="fleet-pools"
                  {...props}
                  {...register("pool", { setValueAs: (text: string | null) => text?.trim() || null })}
                />
                <Suggestions id="fleet-pools" values={taken.flatMap(({ pool }) => pool ?? [])} />
              </>
            )}
          </Field>
        ) : null}
        <Controller
          control={control}
          name="minutes"
          render={({ field }) => (
            <Field label="Works for" error={errors.minutes?.message}>
              {(props) => (
                <Select value={String(field.value)} onValueChange={(value) => field.onChange(Number(value))}>
                  <SelectTrigger {...props}>
                    <SelectValue />
                  </SelectTrigger>
                  <SelectContent>
                    {LIFETIMES.map(({ minutes, label }) => (
                      <SelectItem key={minutes} value={String(minutes)}>
                        {label}
                      </SelectItem>
                    ))}
                  </SelectContent>
                </Select>
              )}
            </Field>
          )}
        />
        <Field label="Machines" hint="How many may use it." error={errors.maxUses?.message}>
          {(props) => (
            <Input
              type="number"
              inputMode="numeric"
              min={1}
              max={1_000}
              {...props}
              {...register("maxUses", { valueAsNumber: true })}
            />
          )}
        </Field>
      </div>
      <DialogFooter>
        <Button variant="outline" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" disabled={formState.isSubmitting}>
          {formState.isSubmitting ? "Making…" : "Make the command"}
        </Button>
      </DialogFooter>
    </form>
  );
}

function Suggestions({ id, values }: { id: string; values: readonly string[] }) {
  return (
    <datalist id={id}>
      {[...new Set(values)].sort().map((value) => (
        <option key={value} value={value}>
          {value}
        </option>
      ))}
    </datalist>
  );
}

function mostUsed(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
