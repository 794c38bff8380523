"use client";
import { Search, SlidersHorizontal, X } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import type { PricingState } from "@/lib/telemetry/event";
import type { RequestOptions, SetRequestOptions, SortWord } from "./use-request-filter";
import { PRICING_LABEL } from "./words";

const SORT_LABEL: Record<SortWord, string> = {
  newest: "Newest first",
  costliest: "Most expensive first",
  slowest: "Slowest first",
};
const FLAG_LABEL = {
  any: "All calls",
  retry: "Only retries",
  duplicate: "Only duplicates",
  fallback: "Only fallbacks",
};

/** What only this list knows: rows, order, price state, least cost and latency, and the search for an id. */
export function RequestOptionsBar({ options, setOptions }: { options: RequestOptions; setOptions: SetRequestOptions }) {
  const set = (changes: Parameters<SetRequestOptions>[0]) => void setOptions(changes);
  // On a phone the list comes first; the options unfold.
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="outline" size="sm" className="self-start sm:hidden" aria-expanded={open} onClick={() => setOpen(!open)}>
        <SlidersHorizontal aria-hidden /> {open ? "Fewer options" : "Order, price and search"}
      </Button>
      <div
        className={cn("flex-wrap items-center gap-1.5 sm:flex", open ? "flex" : "hidden")}
        role="group"
        aria-label="List options"
        data-print="hidden"
      >
        <Segmented
          label="Rows"
          options={[
            { value: "requests", label: "Requests" },
            { value: "attempts", label: "All attempts" },
          ]}
          value={options.rows}
          onChange={(rows) => set({ rows })}
        />
        <Choice label="Order" value={options.sort} labels={SORT_LABEL} onChange={(sort) => set({ sort })} />
        <Choice
          label="Price state"
          value={options.pricing.length === 1 ? options.pricing[0]! : "any"}
          labels={{ any: "Any price state", ...PRICING_LABEL }}
          onChange={(state) => set({ pricing: state === "any" ? null : [state as PricingState] })}
        />
        <Choice
          label="Retries and duplicates"
          value={options.flags.length === 1 ? options.flags[0]! : "any"}
          labels={FLAG_LABEL}
          onChange={(flag) =>
            set(
              flag === "any"
                ? { flags: null }
                : { flags: [flag], ...(flag === "duplicate" ? {} : { rows: "attempts" as const }) },
            )
          }
        />
        <TextOption
          key={`cost ${options.minCost}`}
          label="Least cost in dollars"
          placeholder="Min $"
          value={options.minCost ?? ""}
          width="w-20"
          pattern="\d{1,9}(\.\d{1,9})?"
          onSubmit={(text) => set({ minCost: text || null })}
        />
        <TextOption
          key={`latency ${options.minLatency}`}
          label="Least latency in milliseconds"
          placeholder="Min ms"
          value={options.minLatency === null ? "" : String(options.minLatency)}
          width="w-20"
          pattern="\d{1,9}"
          onSubmit={(text) => set({ minLatency: text === "" ? null : Number(text) })}
        />
        <div className="flex min-w-52 flex-1 items-center gap-1 sm:max-w-80">
          <TextOption
            key={`q ${options.q}`}
            label="Find a request, event or action by its id"
            placeholder="Find by id"
            value={options.q ?? ""}
            width="w-full"
            search
            onSubmit={(text) => set({ q: text || null })}
          />
          {options.q ? (
            <Button variant="ghost" size="icon" aria-label="Clear the search" onClick={() => set({ q: null })}>
              <X aria-hidden />
            </Button>
          ) : null}
        </div>
      </div>
    </>
  );
}

function Choice<V extends string>({
  label,
  value,
  labels,
  onChange,
}: {
  label: string;
  value: V;
  labels: Record<V, string>;
  onChange: (value: V) => void;
}) {
  return (
    <Select value={value} onValueChange={(chosen) => onChange(chosen as V)}>
      <SelectTrigger size="sm" aria-label={label}>
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {(Object.entries(labels) as [V, string][]).map(([key, text]) => (
          <SelectItem key={key} value={key}>
            {text}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}

/** A field that counts when it is finished: on Enter or on leaving it. Its key holds the value: a new address, a new draft. */
function TextOption({
  label,
  placeholder,
  value,
  width,
  pattern,
  search = false,
  onSubmit,
}: {
  label: string;
  placeholder: string;
  value: string;
  width: string;
  pattern?: string;
  search?: boolean;
  onSubmit: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  const valid = !pattern || text.trim() === "" || new RegExp(`^${pattern}$`).test(text.trim());
  const finish = () => {
    if (valid && text.trim() !== value) onSubmit(text.trim());
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    finish();
  };
  return (
    <form onSubmit={submit} className={`relative ${width}`} role={search ? "search" : undefined}>
      {search ? (
        <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted-foreground" />
      ) : null}
      <Input
        aria-label={label}
        placeholder={placeholder}
        aria-invalid={!valid || undefined}
        className={`h-8 text-[13px] ${search ? "pl-8" : "px-2.5"}`}
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        onBlur={finish}
      />
    </form>
  );
}
