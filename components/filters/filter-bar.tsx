"use client";
import { X } from "lucide-react";
import type { Dimension } from "@/lib/metrics/dimensions";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { ComparePicker } from "./compare-picker";
import { dimensionLabel, dimensionValueLabel } from "./dimension-label";
import { DimensionFilter } from "./dimension-filter";
import { SavedViews } from "./saved-views";
import { TimeRangePicker } from "./time-range-picker";
import { useFilters } from "./use-filters";

const DEFAULT_DIMENSIONS: readonly Dimension[] = ["tenant", "endpoint", "provider", "modelServed"];

/** Time, comparison and filters. All of it lives in the address, so that a link shows the same. */
export function FilterBar({
  dimensions = DEFAULT_DIMENSIONS,
  compare = true,
}: {
  dimensions?: readonly Dimension[];
  /** False on pages that compare nothing. */
  compare?: boolean;
}) {
  const { filters, setFilter, clear } = useFilters();
  // A drill-down may filter by a dimension that has no button here: it still shows, and can be taken away.
  const others = filters.filter(({ dimension }) => !dimensions.includes(dimension));
  return (
    <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label="Filters" data-print="hidden">
      <TimeRangePicker />
      {compare ? <ComparePicker /> : null}
      {dimensions.map((dimension) => (
        <DimensionFilter key={dimension} dimension={dimension} />
      ))}
      {others.map(({ dimension, in: values }) => (
        <Button
          key={dimension}
          variant="secondary"
          size="sm"
          className="max-w-56"
          aria-label={`Remove filter ${dimensionLabel(dimension)} ${values.map(dimensionValueLabel).join(", ")}`}
          onClick={() => setFilter(dimension, [])}
        >
          <span className="truncate">
            {dimensionLabel(dimension)}: {values.map(dimensionValueLabel).join(", ")}
          </span>
          <X aria-hidden className="size-3.5" />
        </Button>
      ))}
      {filters.length > 0 ? (
        <Button variant="ghost" size="sm" onClick={clear}>
          Clear
        </Button>
      ) : null}
      <div className="ml-auto flex items-center gap-1.5">
        <SavedViews />
        <CopyLink />
      </div>
    </div>
  );
}

/** The address as it is now: filters, time and all. */
function CopyLink() {
  return (
    <CopyButton value={() => window.location.href} variant="outline" size="sm">
      Copy link
    </CopyButton>
  );
}
