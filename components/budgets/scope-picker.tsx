"use client";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { dimensionLabel, dimensionValueLabel } from "@/components/filters/dimension-label";
import { useMetricQuery } from "@/components/query";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/components/ui/cn";
import { Input } from "@/components/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { Skeleton } from "@/components/ui/skeleton";
import type { ScopeFilter } from "@/lib/alerts/budgets/schemas";
import type { Dimension } from "@/lib/metrics/dimensions";

const DIMENSIONS: readonly Dimension[] = ["tenant", "endpoint", "modelServed", "provider", "route", "gateway", "feature", "tags"];
const MONTH_MS = 30 * 86_400_000;

/** What a budget is about: values of some dimensions; none of a dimension means all of it. */
export function ScopePicker({ scope, onChange }: { scope: readonly ScopeFilter[]; onChange: (scope: ScopeFilter[]) => void }) {
  const set = (dimension: Dimension, values: string[]) => {
    const others = scope.filter((filter) => filter.dimension !== dimension);
    onChange(values.length > 0 ? [...others, { dimension, in: values }] : others);
  };
  return (
    <div role="group" aria-label="Scope" className="flex flex-wrap gap-2">
      {DIMENSIONS.map((dimension) => (
        <Values
          key={dimension}
          dimension={dimension}
          chosen={scope.find((filter) => filter.dimension === dimension)?.in ?? []}
          onChange={(values) => set(dimension, values)}
        />
      ))}
    </div>
  );
}

interface ValuesProps {
  dimension: Dimension;
  chosen: readonly string[];
  onChange: (values: string[]) => void;
}

function Values({ dimension, chosen, onChange }: ValuesProps) {
  const [open, setOpen] = useState(false);
  const label = dimensionLabel(dimension);
  const said = chosen.length > 0 ? `${label}: ${chosen.map(dimensionValueLabel).join(", ")}` : `${label}: all`;
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button
          type="button"
          variant="outline"
          size="sm"
          aria-label={said}
          className={cn("max-w-64", chosen.length > 0 && "border-primary bg-accent text-accent-foreground")}
        >
          <span className="truncate">{chosen.length > 0 ? said : label}</span>
          <ChevronDown aria-hidden className="size-3.5 text-muted-foreground" />
        </Button>
      </PopoverTrigger>
      <PopoverContent className="w-72 p-0" aria-label={label}>
        {open ? <List dimension={dimension} chosen={chosen} onChange={onChange} /> : null}
      </PopoverContent>
    </Popover>
  );
}

function List({ dimension, chosen, onChange }: ValuesProps) {
  const [range] = useState(() => ({ from: new Date(Date.now() - MONTH_MS).toISOString(), to: new Date().toISOString() }));
  const [search, setSearch] = useState("");
  const query = useMetricQuery({
    metrics: ["cost_usd"],
    groupBy: [dimension],
    ...range,
    orderBy: { metric: "cost_usd" },
    limit: 200,
  });
  const label = dimensionLabel(dimension).toLowerCase();
  const found = (query.data?.rows ?? []).map((row) => String(row[dimension] ?? "")).filter((value) => value !== "(other)");
  const typed = search.trim();
  const shown = [...new Set([...chosen, ...found])].filter((value) =>
    dimensionValueLabel(value).toLowerCase().includes(typed.toLowerCase()),
  );
  // What is not seen yet may be budgeted all the same.
  const offered = typed !== "" && !shown.includes(typed) ? [...shown, typed] : shown;
  return (
    <>
      <div className="border-b p-2">
        <Input
          aria-label={`Search or type a ${label}`}
          placeholder={`Search or type a ${label}`}
          className="h-8 text-[13px]"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <div className="max-h-64 overflow-y-auto p-1">
        {query.isPending ? <Skeleton className="m-1 h-24" /> : null}
        {query.isError ? (
          <p role="alert" className="p-2 text-[13px] text-destructive">
            {query.error.message}
          </p>
        ) : null}
        <ul>
          {offered.map((value) => (
            <li key={value}>
              <label className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 text-[13px] hover:bg-muted">
                <Checkbox
                  checked={chosen.includes(value)}
                  onCheckedChange={() =>
                    onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value])
                  }
                />
                <span className="truncate">{dimensionValueLabel(value)}</span>
              </label>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
