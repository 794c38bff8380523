"use client";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { METRICS, type MetricDefinition } from "@/lib/metrics/catalogue";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { MAX_METRICS } from "./explore-state";

/** What was chosen when the list opened stands first; it does not jump about while it is being changed. */
const GROUPS: readonly { key: string; label: string; has: (metric: MetricDefinition, chosen: boolean) => boolean }[] = [
  { key: "chosen", label: "Chosen", has: (_, chosen) => chosen },
  { key: "usage", label: "Requests and money", has: ({ domain }, chosen) => !chosen && domain === "usage" },
  { key: "outcome", label: "Outcomes", has: ({ domain }, chosen) => !chosen && domain === "outcome" },
  { key: "node", label: "GPU nodes", has: ({ domain }, chosen) => !chosen && domain === "node" },
];

const labelOf = (id: string) => METRICS.get(id)?.label ?? id;

/** Up to six metrics; the first is the one that is drawn big. */
export function MetricPicker({ metrics, onChange }: { metrics: readonly string[]; onChange: (metrics: string[]) => void }) {
  const [search, setSearch] = useState("");
  const [opened, setOpened] = useState(metrics);
  const words = search.trim().toLowerCase();
  const matches = [...METRICS.values()].filter(
    ({ id, label, description }) => words === "" || `${id} ${label} ${description}`.toLowerCase().includes(words),
  );
  const toggle = (id: string) => {
    if (!metrics.includes(id)) onChange([...metrics, id]);
    else if (metrics.length > 1) onChange(metrics.filter((one) => one !== id));
  };
  const label = `${labelOf(metrics[0] ?? "")}${metrics.length > 1 ? ` +${metrics.length - 1}` : ""}`;
  return (
    <Popover
      onOpenChange={() => {
        setSearch("");
        setOpened(metrics);
      }}
    >
      <PopoverTrigger asChild>
        <Button variant="outline" size="sm" aria-label={`Metrics: ${metrics.map(labelOf).join(", ")}`} className="max-w-full">
          <span className="truncate">{label}</span>
          <ChevronDown aria-hidden className="size-3.5 text-muted-foreground" />
        </Button>
      </PopoverTrigger>
      <PopoverContent className="w-[22rem] p-0" aria-label="Choose metrics">
        <div className="border-b p-2">
          <Input
            aria-label="Search metrics"
            placeholder="Search metrics"
            className="h-8 text-[13px]"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </div>
        <div className="max-h-80 overflow-y-auto p-1">
          {matches.length === 0 ? <p className="p-2 text-[13px] text-muted-foreground">No metric matches.</p> : null}
          {GROUPS.map(({ key, label, has }) => {
            const inGroup = matches.filter((metric) => has(metric, opened.includes(metric.id)));
            return inGroup.length > 0 ? (
              <fieldset key={key}>
                <legend className="px-2 py-1 text-xs font-medium text-muted-foreground">{label}</legend>
                {inGroup.map((metric) => {
                  const checked = metrics.includes(metric.id);
                  return (
                    <Label
                      key={metric.id}
                      title={metric.description}
                      className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 font-normal hover:bg-muted"
                    >
                      <Checkbox
                        checked={checked}
                        disabled={!checked && metrics.length >= MAX_METRICS}
                        onCheckedChange={() => toggle(metric.id)}
                      />
                      <span className="truncate">{metric.label}</span>
                    </Label>
                  );
                })}
              </fieldset>
            ) : null;
          })}
        </div>
        <p className="border-t px-3 py-2 text-xs text-muted-foreground">
          Up to {MAX_METRICS}. The first one is drawn and sorted by.
        </p>
      </PopoverContent>
    </Popover>
  );
}
