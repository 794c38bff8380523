"use client";
import { Plus, X } from "lucide-react";
import { dimensionLabel } from "@/components/filters";
import { Button } from "@/components/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/dropdown-menu";
import { DIMENSIONS, type Dimension } from "@/lib/metrics/dimensions";
import { MAX_GROUPS } from "./explore-state";

/** Up to three dimensions, in order. */
export function GroupPicker({ by, onChange }: { by: readonly Dimension[]; onChange: (by: Dimension[]) => void }) {
  const free = DIMENSIONS.filter((dimension) => !by.includes(dimension));
  return (
    <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label="Group by">
      {by.map((dimension) => (
        <Button
          key={dimension}
          variant="secondary"
          size="sm"
          aria-label={`Remove grouping by ${dimensionLabel(dimension)}`}
          onClick={() => onChange(by.filter((one) => one !== dimension))}
        >
          {dimensionLabel(dimension)}
          <X aria-hidden className="size-3.5" />
        </Button>
      ))}
      {by.length < MAX_GROUPS ? (
        <DropdownMenu>
          <DropdownMenuTrigger asChild>
            <Button variant="outline" size="sm" aria-label="Add a grouping">
              <Plus aria-hidden /> {by.length === 0 ? "Group by" : "Add"}
            </Button>
          </DropdownMenuTrigger>
          <DropdownMenuContent align="start">
            {free.map((dimension) => (
              <DropdownMenuItem key={dimension} onSelect={() => onChange([...by, dimension])}>
                {dimensionLabel(dimension)}
              </DropdownMenuItem>
            ))}
          </DropdownMenuContent>
        </DropdownMenu>
      ) : null}
    </div>
  );
}
