"use client";
import { Plus, X } from "lucide-react";
import { useId } from "react";
import { Field } from "@/components/settings/field";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { MATCH_OPS, type Matcher, type MatchOp } from "@/lib/notifications/routing/schemas";
import type { FieldErrors } from "./read-fields";
import { OP_LABEL } from "./words";

const OPS = MATCH_OPS.map((value) => ({ value, label: OP_LABEL[value] }));
export const EMPTY_MATCHER: Matcher = { label: "tenant", op: "is", values: [] };
/** What most notifications have; a rule's own labels are further ones. */
const KNOWN_LABELS = ["tenant", "severity", "source", "kind", "rule", "metric", "endpoint", "channel"];

interface MatcherFieldsProps {
  value: readonly Matcher[];
  onChange: (matchers: Matcher[]) => void;
  legend?: string;
  /** By path below the form: "matchers.0.values". */
  errors?: FieldErrors;
  /** Where the matchers are in the form. */
  field?: string;
}

/** All of them must hold. Several values are separated by commas. */
export function MatcherFields({ value, onChange, legend = "Matches when", errors = {}, field = "matchers" }: MatcherFieldsProps) {
  const listId = useId();
  const change = (at: number, more: Partial<Matcher>) => onChange(value.map((one, i) => (i === at ? { ...one, ...more } : one)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-[13px] font-medium">{legend}</legend>
      <datalist id={listId}>
        {KNOWN_LABELS.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </datalist>
      {value.map((matcher, at) => (
        <div key={at} className="flex flex-wrap items-start gap-2">
          <Field label={`Label ${at + 1}`} className="w-28" error={errors[`${field}.${at}.label`]}>
            {(props) => (
              <Input
                {...props}
                list={listId}
                autoComplete="off"
                value={matcher.label}
                onChange={({ target }) => change(at, { label: target.value })}
              />
            )}
          </Field>
          <LabelledSelect
            label={`Condition ${at + 1}`}
            className="h-9 w-28"
            value={matcher.op}
            options={OPS}
            onChange={(op) => change(at, { op: op as MatchOp })}
          />
          <Field label={`Values ${at + 1}`} className="min-w-32 flex-1" error={errors[`${field}.${at}.values`]}>
            {(props) => (
              <Input
                {...props}
                placeholder="acme, orbit"
                autoComplete="off"
                value={matcher.values.join(",")}
                onChange={({ target }) =>
                  change(at, { values: target.value === "" ? [] : target.value.split(",").map((one) => one.trimStart()) })
                }
              />
            )}
          </Field>
          <Button
            type="button"
            variant="ghost"
            size="icon"
            className="mt-5"
            aria-label={`Remove condition ${at + 1}`}
            disabled={value.length === 1}
            onClick={() => onChange(value.filter((_, i) => i !== at))}
          >
            <X aria-hidden />
          </Button>
        </div>
      ))}
      {errors[field] ? (
        <p role="alert" className="text-xs text-destructive">
          {errors[field]}
        </p>
      ) : null}
      <Button
        type="button"
        variant="outline"
        size="sm"
        className="self-start"
        onClick={() => onChange([...value, EMPTY_MATCHER])}
      >
        <Plus aria-hidden /> And
      </Button>
    </fieldset>
  );
}
