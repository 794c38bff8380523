"use client";
import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Segmented } from "@/components/ui/segmented";
import { CHART_KINDS, EXPLORE_GRAINS, type ExploreQuestion } from "./explore-state";
import { GroupPicker } from "./group-picker";
import { MetricPicker } from "./metric-picker";

const CHART_LABELS = { line: "Line", bar: "Bar", table: "Table", pivot: "Pivot", why: "Why did it change?" } as const;
const GRAIN_LABELS = { auto: "Auto", minute: "Minute", hour: "Hour", day: "Day", week: "Week", month: "Month" } as const;

/** The question, as controls: what, by what, in which steps, drawn how. */
export function Builder({ question, ask }: { question: ExploreQuestion; ask: (changes: Partial<ExploreQuestion>) => void }) {
  return (
    <div className="flex flex-wrap items-end gap-x-5 gap-y-3 rounded-lg border bg-card px-4 py-3 shadow-card" data-print="hidden">
      {/* Only cost can be split into what moved it, and always by model. */}
      {question.chart === "why" ? null : <What question={question} ask={ask} />}
      <Field label="As">
        <Segmented
          label="Chart type"
          value={question.chart}
          options={CHART_KINDS.map((value) => ({ value, label: CHART_LABELS[value] }))}
          onChange={(chart) => ask({ chart })}
        />
      </Field>
    </div>
  );
}

function What({ question, ask }: { question: ExploreQuestion; ask: (changes: Partial<ExploreQuestion>) => void }) {
  return (
    <>
      <Field label="Show">
        <MetricPicker metrics={question.metrics} onChange={(metrics) => ask({ metrics })} />
      </Field>
      <Field label="By">
        <GroupPicker by={question.by} onChange={(by) => ask({ by })} />
      </Field>
      <Field label="Interval">
        <DropdownMenu>
          <DropdownMenuTrigger asChild>
            <Button variant="outline" size="sm" aria-label={`Interval: ${GRAIN_LABELS[question.grain]}`}>
              {GRAIN_LABELS[question.grain]}
              <ChevronDown aria-hidden className="size-3.5 text-muted-foreground" />
            </Button>
          </DropdownMenuTrigger>
          <DropdownMenuContent align="start">
            <DropdownMenuRadioGroup
              value={question.grain}
              onValueChange={(grain) => ask({ grain: EXPLORE_GRAINS.find((one) => one === grain) ?? "auto" })}
            >
              {EXPLORE_GRAINS.map((grain) => (
                <DropdownMenuRadioItem key={grain} value={grain}>
                  {GRAIN_LABELS[grain]}
                </DropdownMenuRadioItem>
              ))}
            </DropdownMenuRadioGroup>
          </DropdownMenuContent>
        </DropdownMenu>
      </Field>
    </>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span className="text-xs text-muted-foreground">{label}</span>
      {children}
    </div>
  );
}
