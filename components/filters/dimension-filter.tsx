"use client";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import type { Dimension } from "@/lib/metrics/schemas";
import { useMetricQuery } from "@/components/query/use-metric-query";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/components/ui/cn";
import { Input } from "@/components/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { Skeleton } from "@/components/ui/skeleton";
import { dimensionLabel, dimensionValueLabel } from "./dimension-label";
import { useFilters } from "./use-filters";

/** Choose values of one dimension: those that occur in the period, the busiest first. */
export function DimensionFilter({ dimension }: { dimension: Dimension }) {
  const { values } = useFilters();
  const [open, setOpen] = useState(false);
  const chosen = values[dimension] ?? [];
  const label = dimensionLabel(dimension);
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button
          variant="outline"
          size="sm"
          aria-label={
            chosen.length > 0 ? `${label}: ${chosen.map(dimensionValueLabel).join(", ")}` : `Filter by ${label.toLowerCase()}`
          }
          className={cn("max-w-56", chosen.length > 0 && "border-primary bg-accent text-accent-foreground hover:bg-accent/70")}
        >
          <span className="truncate">
            {label}
            {chosen.length > 0 ? `: ${dimensionValueLabel(chosen[0])}${chosen.length > 1 ? ` +${chosen.length - 1}` : ""}` : ""}
          </span>
          <ChevronDown aria-hidden className="size-3.5 text-muted-foreground" />
        </Button>
      </PopoverTrigger>
      <PopoverContent className="w-72 p-0" aria-label={`Filter by ${label.toLowerCase()}`}>
        {open ? <ValueList dimension={dimension} label={label} chosen={chosen} /> : null}
      </PopoverContent>
    </Popover>
  );
}

function ValueList({ dimension, label, chosen }: { dimension: Dimension; label: string; chosen: readonly string[] }) {
  const { from, to, filters, setFilter } = useFilters();
  const [search, setSearch] = useState("");
  const query = useMetricQuery({
    metrics: ["requests"],
    groupBy: [dimension],
    filters: filters.filter((filter) => filter.dimension !== dimension),
    from,
    to,
    orderBy: { metric: "requests" },
    limit: 200,
  });
  const found = (query.data?.rows ?? []).map((row) => String(row[dimension] ?? ""));
  const all = [...new Set([...chosen, ...found])];
  const shown = all.filter((value) => dimensionValueLabel(value).toLowerCase().includes(search.trim().toLowerCase()));
  const toggle = (value: string) =>
    setFilter(dimension, chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  return (
    <>
      <div className="border-b p-2">
        <Input
          aria-label={`Search ${label.toLowerCase()}`}
          placeholder={`Search ${label.toLowerCase()}`}
          className="h-8 text-[13px]"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <div className="max-h-72 overflow-y-auto p-1">
        {query.isPending ? <Skeleton className="m-1 h-24" /> : null}
        {query.isError && !query.data ? (
          <p role="alert" className="p-2 text-[13px] text-destructive">
            {query.error.message}
          </p>
        ) : null}
        {!query.isPending && shown.length === 0 ? (
          <p className="p-2 text-[13px] text-muted-foreground">{search ? "No value matches." : "No values in this period."}</p>
        ) : null}
        <ul>
          {shown.map((value) => (
            <li key={value}>
              <label className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 text-[13px] hover:bg-muted">
                <Checkbox checked={chosen.includes(value)} onCheckedChange={() => toggle(value)} />
                <span className="truncate">{dimensionValueLabel(value)}</span>
              </label>
            </li>
          ))}
        </ul>
      </div>
      {chosen.length > 0 ? (
        <div className="border-t p-1">
          <Button variant="ghost" size="sm" className="w-full" onClick={() => setFilter(dimension, [])}>
            Clear {label.toLowerCase()}
          </Button>
        </div>
      ) : null}
    </>
  );
}
