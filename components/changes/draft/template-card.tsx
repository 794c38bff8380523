"use client";
import { ArrowLeft, Plus } from "lucide-react";
import { useState } from "react";
import { Field } from "@/components/settings/field";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { CHANGE_TEMPLATES, valuesOf, type ChangeTemplate, type TemplateField, type TemplatePlace } from "@/lib/changes/templates";
import type { PolicyList } from "@/lib/policies/store";
import type { AnyScope } from "@/lib/policies/schemas";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { SideCard } from "../change/side-card";
import { textOf, type EditDraft } from "./draft-state";
import { firstOf, levelsOf, Pick, ScopePicker } from "./scope-picker";
import { usePlaceDocuments, type PlaceDocuments } from "./use-place-documents";

type Taken = { title: string; rationale: string; edits: EditDraft[] };

/** Begin with what is changed most often, or with an empty edit. */
export function TemplateGallery({ onChoose, onEmpty }: { onChoose: (id: string) => void; onEmpty: () => void }) {
  return (
    <SideCard title="Begin with a template">
      <ul className="grid gap-2.5 sm:grid-cols-2 2xl:grid-cols-3">
        {CHANGE_TEMPLATES.map(({ id, name, gain, risk, of }) => (
          <li key={id}>
            <button
              type="button"
              onClick={() => onChoose(id)}
              className="flex h-full w-full flex-col gap-1 rounded-md border border-border-strong bg-card px-3 py-2.5 text-left text-[13px] shadow-card hover:bg-muted"
            >
              <span className="flex w-full items-baseline justify-between gap-2">
                <span className="font-semibold">{name}</span>
                <span className="text-xs text-muted-foreground">{of}</span>
              </span>
              <span>{gain}</span>
              <span className="text-xs text-muted-foreground">{risk}</span>
            </button>
          </li>
        ))}
      </ul>
      <div>
        <Button size="sm" variant="outline" onClick={onEmpty}>
          <Plus aria-hidden /> Edit a policy by hand
        </Button>
      </div>
    </SideCard>
  );
}

/** One template: for whom, with which values, and what it does in words. */
export function TemplateForm({
  template,
  list,
  onTake,
  onBack,
}: {
  template: ChangeTemplate;
  list: PolicyList;
  onTake: (taken: Taken) => void;
  onBack: () => void;
}) {
  const { choices, limited } = list;
  const first =
    levelsOf(template.of, limited)
      .map((level) => firstOf(level, choices))
      .find((scope) => scope !== null) ?? null;
  const [scope, setScope] = useState<AnyScope | null>(first);
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const { data, error } = usePlaceDocuments(scope);
  return (
    <SideCard
      title={template.name}
      actions={
        <Button size="sm" variant="ghost" onClick={onBack}>
          <ArrowLeft aria-hidden /> Templates
        </Button>
      }
    >
      <p className="text-[13px]">
        {template.gain} <span className="text-muted-foreground">{template.risk}</span>
      </p>
      {scope === null ? (
        <p className="text-[13px] text-muted-foreground">
          {limited
            ? "Engines serve every tenant, and you are limited to some."
            : "No pool of engines is known yet: enrol one under Fleet."}
        </p>
      ) : (
        <>
          <ScopePicker of={template.of} choices={choices} limited={limited} scope={scope} onChange={setScope} />
          {data ? (
            <Values
              template={template}
              data={data}
              chosen={chosen}
              onChoose={(id, value) => setChosen((before) => ({ ...before, [id]: value }))}
              onTake={onTake}
            />
          ) : error ? (
            <p role="alert" className="text-[13px] text-destructive">
              {error.message}
            </p>
          ) : scope.value === "" ? (
            <p className="text-[13px] text-muted-foreground">Name the endpoint first.</p>
          ) : (
            <Skeleton className="h-24 w-full" />
          )}
        </>
      )}
    </SideCard>
  );
}

function Values({
  template,
  data,
  chosen,
  onChoose,
  onTake,
}: {
  template: ChangeTemplate;
  data: PlaceDocuments;
  chosen: Record<string, string>;
  onChoose: (id: string, value: string) => void;
  onTake: (taken: Taken) => void;
}) {
  const place: TemplatePlace = {
    scope: data.scope,
    effective: data.effective,
    documents: Object.fromEntries(Object.entries(data.documents).map(([kind, { document }]) => [kind, document])),
  };
  const missing = template.missing?.(place) ?? null;
  if (missing) return <p className="text-[13px] text-muted-foreground">{missing}</p>;
  const values = valuesOf(template, place, chosen);
  const fields = template.fields(place, values);
  const take = () =>
    onTake({
      title: template.title(place, values),
      rationale: template.gain,
      edits: template.edits(place, values).map(({ kind, scope, document }): EditDraft => {
        const base = data.documents[kind];
        return {
          ref: { kind, scope } as PolicyRef,
          baseVersion: base?.current?.version ?? 0,
          baseText: textOf(base?.document ?? {}),
          text: textOf(document),
        };
      }),
    });
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        {fields.map((field) => (
          <TemplateControl
            key={field.id}
            field={field}
            value={values[field.id] ?? ""}
            onChange={(value) => onChoose(field.id, value)}
          />
        ))}
      </div>
      <p className="text-[13px] text-muted-foreground">
        “{template.title(place, values)}”. You can still change every value of it.
      </p>
      <Button type="submit" className="self-start">
        <Plus aria-hidden /> Use this
      </Button>
    </form>
  );
}

function TemplateControl({ field, value, onChange }: { field: TemplateField; value: string; onChange: (value: string) => void }) {
  if (field.type === "choice") {
    return (
      <div className="flex flex-col gap-1">
        <Pick
          label={field.label}
          value={value}
          options={(field.options ?? []).map((option) => ({ value: option, label: option }))}
          onChange={onChange}
        />
        {field.hint ? <p className="text-xs text-muted-foreground">{field.hint}</p> : null}
      </div>
    );
  }
  return (
    <Field label={field.unit ? `${field.label} (${field.unit})` : field.label} hint={field.hint}>
      {(control) => (
        <Input
          {...control}
          className="h-8 text-[13px]"
          type={field.type === "number" ? "number" : "text"}
          min={field.min}
          max={field.max}
          step={field.step}
          required={field.type === "number"}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
