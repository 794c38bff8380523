"use client";
import { Plus, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { MATCH_OPS, type Matcher, type MatchOp } from "@/lib/notifications/routing/schemas";
import { Field } from "@/components/settings/field";
import { OP_LABEL } from "./words";

const OPS = MATCH_OPS.map((value) => ({ value, label: OP_LABEL[value] }));
export const EMPTY_MATCHER: Matcher = { label: "tenant", op: "is", values: [] };

/** All of them must hold. Several values are separated by commas. */
export function MatcherFields({ value, onChange }: { value: readonly Matcher[]; onChange: (matchers: Matcher[]) => void }) {
  const change = (at: number, more: Partial<Matcher>) => onChange(value.map((one, i) => (i === at ? { ...one, ...more } : one)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-[13px] font-medium">Matches when</legend>
      {value.map((matcher, at) => (
        <div key={at} className="flex flex-wrap items-end gap-2">
          <Field label={`Label ${at + 1}`} className="w-32">
            {(props) => <Input {...props} value={matcher.label} onChange={({ target }) => change(at, { label: target.value })} />}
          </Field>
          <LabelledSelect
            label={`Condition ${at + 1}`}
            className="w-28"
            value={matcher.op}
            options={OPS}
            onChange={(op) => change(at, { op: op as MatchOp })}
          />
          <Field label={`Values ${at + 1}`} className="min-w-32 flex-1">
            {(props) => (
              <Input
                {...props}
                placeholder="acme, orbit"
                value={matcher.values.join(",")}
                onChange={({ target }) =>
                  change(at, { values: target.value === "" ? [] : target.value.split(",").map((one) => one.trimStart()) })
                }
              />
            )}
          </Field>
          {value.length > 1 ? (
            <Button
              type="button"
              variant="ghost"
              size="icon"
              aria-label={`Remove condition ${at + 1}`}
              onClick={() => onChange(value.filter((_, i) => i !== at))}
            >
              <X aria-hidden />
            </Button>
          ) : null}
        </div>
      ))}
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
