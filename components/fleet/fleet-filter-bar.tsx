"use client";
import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Input } from "@/components/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import type { TargetView } from "@/lib/fleet/schemas";
import { countStandings, isNarrowed, type StandingFilter, type TargetFilter } from "./filter-targets";
import { STANDING_LABEL } from "./standing";
import { STANDING_LOOK } from "./state-badge";
import type { SetTargetFilter } from "./use-fleet-filter";
import { CONNECTOR_LABEL } from "./words";

const ANY = "*";

/** Name, connector, environment and pool; under them how many stand how, each a filter of its own. */
export function FleetFilterBar({
  targets,
  filter,
  setFilter,
}: {
  targets: readonly TargetView[];
  filter: TargetFilter;
  setFilter: SetTargetFilter;
}) {
  return (
    <div className="flex flex-col gap-2" data-print="hidden">
      <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label="Filters">
        <SearchField key={filter.q === "" ? "empty" : "set"} q={filter.q} onChange={(q) => void setFilter({ q: q || null })} />
        <Choice
          label="Connector"
          any="Any connector"
          value={filter.connector}
          options={optionsOf(targets, ({ connector }) => connector, filter.connector)}
          labelOf={(value) => CONNECTOR_LABEL[value]}
          onChange={(connector) => void setFilter({ connector })}
        />
        <Choice
          label="Environment"
          any="Any environment"
          value={filter.environment}
          options={optionsOf(targets, ({ environment }) => environment, filter.environment)}
          onChange={(environment) => void setFilter({ environment })}
        />
        <Choice
          label="Pool"
          any="Any pool"
          value={filter.pool}
          options={optionsOf(targets, ({ pool }) => pool, filter.pool)}
          onChange={(pool) => void setFilter({ pool })}
        />
        {isNarrowed(filter) ? (
          <Button size="sm" variant="ghost" onClick={() => void setFilter(null)}>
            <X aria-hidden /> Clear
          </Button>
        ) : null}
      </div>
      <StandingCounts targets={targets} filter={filter} onChoose={(standing) => void setFilter({ standing })} />
    </div>
  );
}

/** Typing stays here until it rests: each letter in the address bar would be too much for some browsers. */
function SearchField({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const [text, setText] = useState(q);
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => onChange(text), 200);
    return () => clearTimeout(timer);
  });
  return (
    <div className="relative w-full sm:w-56">
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted-foreground" />
      <Input
        type="search"
        aria-label="Search targets"
        placeholder="Name, version, GPU…"
        className="h-8 pl-8 text-[13px]"
        maxLength={100}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}

/** What occurs, and what is chosen although it does not. */
function optionsOf<V extends string>(
  targets: readonly TargetView[],
  of: (target: TargetView) => V | null,
  chosen: V | null,
): V[] {
  const found = targets.flatMap((target) => of(target) ?? []);
  return [...new Set(chosen === null ? found : [...found, chosen])].sort();
}

function Choice<V extends string>({
  label,
  any,
  value,
  options,
  labelOf = (one) => one,
  onChange,
}: {
  label: string;
  any: string;
  value: V | null;
  options: readonly V[];
  labelOf?: (value: V) => string;
  onChange: (value: V | null) => void;
}) {
  if (options.length === 0) return null;
  return (
    <Select value={value ?? ANY} onValueChange={(chosen) => onChange(chosen === ANY ? null : (chosen as V))}>
      <SelectTrigger
        size="sm"
        aria-label={label}
        className={cn("max-w-52", value !== null && "border-primary bg-accent text-accent-foreground hover:bg-accent/70")}
      >
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        <SelectItem value={ANY}>{any}</SelectItem>
        {options.map((option) => (
          <SelectItem key={option} value={option}>
            {labelOf(option)}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

const GROUP_LABEL = { current: "All", attention: "Needs attention" } as const;

function StandingCounts({
  targets,
  filter,
  onChoose,
}: {
  targets: readonly TargetView[];
  filter: TargetFilter;
  onChoose: (standing: StandingFilter | null) => void;
}) {
  return (
    <div role="group" aria-label="State" className="-m-1 flex items-center gap-1.5 overflow-x-auto p-1 sm:flex-wrap">
      {countStandings(targets, filter).map(({ filter: choice, count }) => {
        const group = choice === "current" || choice === "attention";
        const { icon: Icon } = group ? { icon: null } : STANDING_LOOK[choice];
        const chosen = filter.standing === choice;
        return (
          <button
            key={choice}
            type="button"
            aria-pressed={chosen}
            onClick={() => onChoose(chosen || choice === "current" ? null : choice)}
            className="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-full border border-border-strong bg-card px-2.5 text-[13px] hover:bg-muted aria-pressed:border-primary aria-pressed:bg-accent aria-pressed:text-accent-foreground"
          >
            {Icon ? <Icon aria-hidden className="size-3.5" /> : null}
            {group ? GROUP_LABEL[choice] : STANDING_LABEL[choice]}
            <span className="font-semibold tabular">{count}</span>
          </button>
        );
      })}
    </div>
  );
}
