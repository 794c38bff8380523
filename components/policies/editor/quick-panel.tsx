"use client";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { useId, useState } from "react";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import type { QuickControl, QuickGroup } from "./quick-controls";
import { getIn } from "./set-in";

export interface QuickPanelProps {
  groups: readonly QuickGroup[];
  document: Record<string, unknown>;
  /** Of this kind, where the document is edited: shown where the document says nothing. */
  effective: unknown;
  /** undefined: let broader scopes decide. null: unset what they say. */
  onSet: (path: QuickControl["path"], value: unknown) => void;
}

/** The common values as controls. They write into the JSON below them; what they leave empty is inherited. */
export function QuickPanel({ groups, document, effective, onSet }: QuickPanelProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const group = groups.find(({ title }) => title === chosen) ?? groups[0];
  if (!group) return <p className="text-[13px] text-muted-foreground">No route yet. Write the first one in the JSON below.</p>;
  return (
    <div className="flex flex-col gap-3">
      {group.title === null ? null : (
        <LabelledSelect
          className="w-full"
          label="Route"
          value={group.title}
          options={groups.map(({ title }) => ({ value: title!, label: title! }))}
          onChange={(route) => setChosen(route)}
        />
      )}
      <div className="grid grid-cols-1 gap-x-4 gap-y-3 sm:grid-cols-2 xl:grid-cols-3">
        {group.controls.map((control) => (
          <Control
            key={control.path.join("/")}
            control={control}
            said={getIn(document, control.path)}
            inherited={getIn(effective, control.path)}
            onSet={(value) => onSet(control.path, value)}
          />
        ))}
      </div>
    </div>
  );
}

const INHERIT = " inherit";
const UNSET = " unset";

function Control({
  control,
  said,
  inherited,
  onSet,
}: {
  control: QuickControl;
  said: unknown;
  inherited: unknown;
  onSet: (value: unknown) => void;
}) {
  const now = inherited === undefined || inherited === null ? "not set" : wordOf(inherited);
  if (control.type === "number") return <NumberControl control={control} said={said} now={now} onSet={onSet} />;
  const options =
    control.type === "switch"
      ? [
          { value: "true", label: "On" },
          { value: "false", label: "Off" },
        ]
      : control.options.map((value) => ({ value, label: value.replaceAll("_", " ") }));
  return (
    <LabelledSelect
      className="w-full"
      label={control.label}
      value={said === undefined ? INHERIT : said === null ? UNSET : String(said)}
      options={[
        { value: INHERIT, label: said === undefined ? `Inherited: ${now}` : "Inherit" },
        ...options,
        ...(said === null ? [{ value: UNSET, label: "Unset here" }] : []),
      ]}
      onChange={(value) =>
        onSet(value === INHERIT ? undefined : value === UNSET ? null : control.type === "switch" ? value === "true" : value)
      }
    />
  );
}

function NumberControl({
  control,
  said,
  now,
  onSet,
}: {
  control: QuickControl & { type: "number" };
  said: unknown;
  now: string;
  onSet: (value: unknown) => void;
}) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <Label htmlFor={id}>
        {control.label}
        {control.unit ? <span className="font-normal text-muted-foreground"> ({control.unit})</span> : null}
      </Label>
      <Input
        id={id}
        type="number"
        inputMode="decimal"
        className="h-8 text-[13px]"
        min={control.min}
        max={control.max}
        step={control.step}
        placeholder={said === null ? "Unset here" : `Inherited: ${now}`}
        value={typeof said === "number" ? said : ""}
        onChange={({ target }) => {
          if (target.value === "") onSet(undefined);
          else if (Number.isFinite(target.valueAsNumber)) onSet(target.valueAsNumber);
        }}
      />
    </div>
  );
}

const wordOf = (value: unknown) => (typeof value === "boolean" ? (value ? "on" : "off") : String(value));
