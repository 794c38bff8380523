"use client";
import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { dimensionLabel } from "@/components/filters/dimension-label";
import { useMetricQuery } from "@/components/query";
import { Field } from "@/components/settings/field";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { DIMENSIONS, type Dimension } from "@/lib/metrics/dimensions";
import type { MetricFilter } from "@/lib/metrics/schemas";

const NONE = "none";
/** Single events know the others, rollups do not. */
const OFFERED = DIMENSIONS.filter((dimension) => dimension !== "errorClass" && dimension !== "cacheOutcome");
const OPTIONS = OFFERED.map((dimension) => ({ value: dimension as string, label: dimensionLabel(dimension) }));
const DAY_MS = 86_400_000;

interface ScopeFieldsProps {
  metric: string;
  filters: readonly MetricFilter[];
  groupBy: readonly Dimension[];
  errors: Readonly<Record<string, string>>;
  onChange: (changes: { filters?: MetricFilter[]; groupBy?: Dimension[] }) => void;
}

/** Which part of the traffic, and whether each value is an alert of its own. */
export function ScopeFields({ metric, filters, groupBy, errors, onChange }: ScopeFieldsProps) {
  const setGroup = (index: number, value: string) => {
    const next = [...groupBy];
    if (value === NONE) next.splice(index, 1);
    else next[index] = value as Dimension;
    onChange({ groupBy: [...new Set(next)] });
  };
  return (
    <div className="flex flex-col gap-3">
      {filters.map((filter, index) => (
        <FilterRow
          key={filter.dimension}
          metric={metric}
          filter={filter}
          taken={filters.map(({ dimension }) => dimension)}
          onChange={(changed) => onChange({ filters: filters.map((one, at) => (at === index ? changed : one)) })}
          onRemove={() => onChange({ filters: filters.filter((_, at) => at !== index) })}
        />
      ))}
      <Button
        type="button"
        size="sm"
        variant="outline"
        className="self-start"
        disabled={filters.length >= 10}
        onClick={() => {
          const free = OFFERED.find((dimension) => filters.every((one) => one.dimension !== dimension));
          if (free) onChange({ filters: [...filters, { dimension: free, in: [] }] });
        }}
      >
        <Plus aria-hidden /> Filter
      </Button>
      {errors["filters"] ? (
        <p role="alert" className="text-xs text-destructive">
          {errors["filters"]}
        </p>
      ) : null}
      <div className="grid gap-3 sm:grid-cols-2">
        {[0, 1].slice(0, groupBy.length + 1).map((index) => (
          <LabelledSelect
            key={index}
            label={index === 0 ? "One alert per" : "and"}
            value={groupBy[index] ?? NONE}
            options={[{ value: NONE, label: index === 0 ? "rule" : "nothing else" }, ...OPTIONS]}
            className="w-full"
            onChange={(value) => setGroup(index, value)}
          />
        ))}
      </div>
      {errors["groupBy"] ? (
        <p role="alert" className="text-xs text-destructive">
          {errors["groupBy"]}
        </p>
      ) : null}
    </div>
  );
}

function FilterRow({
  metric,
  filter,
  taken,
  onChange,
  onRemove,
}: {
  metric: string;
  filter: MetricFilter;
  taken: readonly Dimension[];
  onChange: (filter: MetricFilter) => void;
  onRemove: () => void;
}) {
  const listId = useId();
  const [text, setText] = useState(filter.in.join(", "));
  const [now] = useState(() => Math.floor(Date.now() / 3_600_000) * 3_600_000);
  const known = useMetricQuery({
    metrics: [metric],
    groupBy: [filter.dimension],
    from: new Date(now - 30 * DAY_MS).toISOString(),
    to: new Date(now + 3_600_000).toISOString(),
    limit: 200,
  });
  const values = (known.data?.rows ?? []).map((row) => String(row[filter.dimension] ?? "")).filter(Boolean);
  const label = dimensionLabel(filter.dimension);
  return (
    <div className="grid grid-cols-[9rem_1fr_auto] items-end gap-2">
      <LabelledSelect
        label="Only"
        value={filter.dimension}
        options={OPTIONS.filter(({ value }) => value === filter.dimension || !taken.includes(value as Dimension))}
        className="w-full"
        onChange={(dimension) => {
          setText("");
          onChange({ dimension: dimension as Dimension, in: [] });
        }}
      />
      <Field label={`${label} is`}>
        {(control) => (
          <>
            <Input
              {...control}
              className="h-8"
              list={listId}
              placeholder="a, b"
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                const all = event.target.value.split(",").map((one) => one.trim());
                onChange({ ...filter, in: all.filter(Boolean) });
              }}
            />
            <datalist id={listId}>
              {values.map((value) => (
                <option key={value} value={value}>
                  {value}
                </option>
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Button type="button" size="sm" variant="ghost" aria-label={`Remove the filter ${label}`} onClick={onRemove}>
        <X aria-hidden />
      </Button>
    </div>
  );
}
