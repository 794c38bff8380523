"use client";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import type { EffectivePolicy } from "@/lib/policies/store";
import { prepareEffective, type EffectiveBlock, type EffectiveLine } from "./prepare-effective";
import { ScopeBadge } from "./scope-badge";
import type { Place } from "./use-place";

/** What applies in this place, value by value, each with the scope that set it. */
export function EffectiveCard({ place, className }: { place: Place; className?: string }) {
  const query = useApi<EffectivePolicy>(place.effectivePath, { refreshMs: 15_000 });
  const [showDefaults, setShowDefaults] = useState(false);
  return (
    <QueryCard
      title="Effective policy"
      description={place.of === "engines" ? "What this engine is told." : "What a request from here meets."}
      className={className}
      query={query}
      height={320}
      isEmpty={({ layers }) => layers.length === 0 && !showDefaults}
      empty={{
        title: "No policy says anything here",
        why:
          place.of === "engines"
            ? "Its engine keeps the configuration that it was started with. Write a policy for the pool on the right."
            : "Targets keep what they run from, and a gateway without a route answers nobody. Begin with routing for everywhere.",
        action: { label: "Show the defaults", onClick: () => setShowDefaults(true) },
      }}
      actions={
        <Button size="sm" variant="ghost" aria-pressed={showDefaults} onClick={() => setShowDefaults((on) => !on)}>
          {showDefaults ? "Hide defaults" : "Show defaults"}
        </Button>
      }
    >
      {({ effective, provenance }) => (
        <div className="flex flex-col gap-5">
          {prepareEffective(effective, provenance, showDefaults).map((section) => (
            <section key={section.kind} aria-label={`Effective ${section.kind}`}>
              <h3 className="mb-1 flex items-baseline gap-2 text-[13px] font-semibold capitalize">
                {section.kind}
                {section.hiddenDefaults > 0 ? (
                  <span className="text-xs font-normal text-muted-foreground normal-case">
                    {section.blocks.length === 0
                      ? "all defaults"
                      : `and ${section.hiddenDefaults} ${section.hiddenDefaults === 1 ? "default" : "defaults"}`}
                  </span>
                ) : null}
              </h3>
              <div className="divide-y overflow-hidden rounded-md border">
                {section.blocks.map((block) =>
                  block.title === null ? (
                    <Lines key={block.path} lines={block.lines} />
                  ) : (
                    <Block key={block.path} block={block} />
                  ),
                )}
                {section.blocks.length === 0 ? (
                  <p className="px-3 py-1.5 text-[13px] text-muted-foreground">Nobody says anything.</p>
                ) : null}
              </div>
            </section>
          ))}
        </div>
      )}
    </QueryCard>
  );
}

/** A route or a rule: one line to read, its values behind it. */
function Block({ block }: { block: EffectiveBlock }) {
  return (
    <details className="group">
      <summary className="flex cursor-pointer list-none flex-wrap items-start gap-x-2 gap-y-1 px-3 sm:flex-nowrap py-1.5 text-[13px] hover:bg-muted/60 focus-visible:-outline-offset-2 [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="mt-0.5 size-4 shrink-0 text-muted-foreground transition-transform group-open:rotate-90"
        />
        <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2">
          <span className="font-medium break-words">{block.title}</span>
          <span className="min-w-0 break-words text-muted-foreground">{block.summary}</span>
        </span>
        <span className="flex w-full flex-wrap gap-1 pl-6 sm:w-auto sm:max-w-56 sm:justify-end sm:pl-0">
          {block.sources.map((source) => (
            <ScopeBadge key={source.level} scope={source} />
          ))}
        </span>
      </summary>
      <div className="border-t bg-muted/30">
        <Lines lines={block.lines} />
      </div>
    </details>
  );
}

function Lines({ lines }: { lines: readonly EffectiveLine[] }) {
  return (
    <ul className="divide-y">
      {lines.map((line) => (
        <Line key={line.path} line={line} />
      ))}
    </ul>
  );
}

const INDENT = ["pl-3", "pl-6", "pl-9", "pl-12", "pl-15", "pl-18"];

function Line({ line }: { line: EffectiveLine }) {
  const indent = INDENT[Math.min(line.depth, INDENT.length - 1)]!;
  if (line.value === null) {
    return <li className={cn("bg-muted/60 py-1 pr-3 text-[13px] font-medium", indent)}>{line.label}</li>;
  }
  return (
    <li className={cn("grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 py-1 pr-3 text-[13px]", indent)}>
      <span className="flex min-w-0 flex-wrap items-baseline gap-x-2">
        <span className="text-muted-foreground">{line.label}</span>
        <span className="min-w-0 font-medium break-words tabular-nums">{line.value}</span>
      </span>
      <span className="flex max-w-44 min-w-0 justify-end sm:max-w-64">
        <ScopeBadge scope={line.source} />
      </span>
    </li>
  );
}
