"use client";
import { Field } from "@/components/settings/field";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import type { OwnNumbers } from "@/lib/advisor/calculators/own-numbers";
import type { Calculator, NumberField } from "@/lib/advisor/calculators/definition";
import { UNIT_MARK } from "./format";
import type { CalculatorState } from "./use-calculator";

/** The fields of a calculator; a percentage has a slider as well. */
export function InputForm({
  calculator,
  state,
  own,
}: {
  calculator: Calculator;
  state: CalculatorState;
  /** Values that came from own telemetry: said below their field while they stand there. */
  own: OwnNumbers["values"];
}) {
  return (
    <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2 xl:grid-cols-1">
      {Object.entries(calculator.fields).map(([id, field]) =>
        field.kind === "choice" ? (
          <LabelledSelect
            key={id}
            label={field.label}
            value={state.inputs[id]!}
            options={field.options}
            className="w-full"
            onChange={(value) => state.setInput(id, value)}
          />
        ) : (
          <NumberInput
            key={id}
            field={field}
            value={state.inputs[id]!}
            error={state.errors[id]}
            from={own[id]?.value === state.inputs[id] ? own[id]?.from : undefined}
            onChange={(value) => state.setInput(id, value)}
          />
        ),
      )}
    </div>
  );
}

function NumberInput({
  field,
  value,
  error,
  from,
  onChange,
}: {
  field: NumberField;
  value: string;
  error: string | undefined;
  from: string | undefined;
  onChange: (value: string) => void;
}) {
  const mark = UNIT_MARK[field.unit];
  const hint = from ? `Own numbers: ${from}.` : field.hint;
  return (
    <Field label={field.label} {...(hint ? { hint } : {})} {...(error ? { error } : {})}>
      {(control) => (
        <span className="flex items-center gap-3">
          <span className="relative min-w-0 flex-1">
            {mark === "$" ? <Mark side="left">$</Mark> : null}
            <Input
              {...control}
              inputMode="decimal"
              autoComplete="off"
              value={value}
              className={`tabular ${mark === "$" ? "pl-6" : mark ? "pr-10" : ""}`}
              onChange={(event) => onChange(event.target.value)}
            />
            {mark && mark !== "$" ? <Mark side="right">{mark}</Mark> : null}
          </span>
          {field.unit === "percent" ? (
            <input
              type="range"
              min={field.min}
              max={field.max}
              step={1}
              value={Number(value) || 0}
              aria-label={`${field.label}, slider`}
              className="h-6 w-24 shrink-0 accent-primary"
              onChange={(event) => onChange(event.target.value)}
            />
          ) : null}
        </span>
      )}
    </Field>
  );
}

function Mark({ side, children }: { side: "left" | "right"; children: string }) {
  return (
    <span
      aria-hidden
      className={`pointer-events-none absolute inset-y-0 flex items-center text-sm text-muted-foreground ${side === "left" ? "left-3" : "right-3"}`}
    >
      {children}
    </span>
  );
}
