"use client";
import { Check, ChevronDown, GitCompareArrows } from "lucide-react";
import { useState } from "react";
import { formatInstant } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { COMPARE_LABELS } from "./filter-state";
import { AbsoluteRange } from "./time-range-picker";
import { useFilters } from "./use-filters";

/** What the numbers are held against. */
export function ComparePicker() {
  const { compare, values, from, to, setCompare } = useFilters();
  const { timeZone } = useWorkspace();
  const [open, setOpen] = useState(false);
  const label =
    compare === "custom" && values.compareFrom && values.compareTo
      ? `${formatInstant(values.compareFrom, timeZone)} – ${formatInstant(values.compareTo, timeZone)}`
      : COMPARE_LABELS[compare];
  const length = Date.parse(to) - Date.parse(from);
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button variant="outline" size="sm" aria-label={`Compare with: ${label}`} className="max-w-full">
          <GitCompareArrows aria-hidden className="text-muted-foreground" />
          <span className="truncate tabular">{label}</span>
          <ChevronDown aria-hidden className="size-3.5 text-muted-foreground" />
        </Button>
      </PopoverTrigger>
      <PopoverContent className="w-[19rem] p-0" aria-label="Comparison">
        <ul className="p-1">
          {(["off", "previous", "last_week"] as const).map((mode) => (
            <li key={mode}>
              <button
                type="button"
                aria-pressed={mode === compare}
                onClick={() => {
                  setCompare(mode);
                  setOpen(false);
                }}
                className={cn(
                  "flex min-h-8 w-full items-center justify-between rounded-md px-2 text-left text-[13px] hover:bg-muted",
                  mode === compare && "font-medium",
                )}
              >
                {COMPARE_LABELS[mode]}
                {mode === compare ? <Check aria-hidden className="size-4" /> : null}
              </button>
            </li>
          ))}
        </ul>
        <AbsoluteRange
          key={`${from}${to}${open}`}
          from={values.compareFrom?.toISOString() ?? new Date(Date.parse(from) - length).toISOString()}
          to={values.compareTo?.toISOString() ?? from}
          timeZone={timeZone}
          submit="Compare"
          onApply={(range) => {
            setCompare(range);
            setOpen(false);
          }}
        />
      </PopoverContent>
    </Popover>
  );
}
