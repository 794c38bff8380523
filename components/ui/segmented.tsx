"use client";
import { cn } from "./cn";

export interface SegmentedProps<V extends string> {
  /** The accessible name of the group. */
  label: string;
  options: readonly { value: V; label: string }[];
  value: V;
  onChange: (value: V) => void;
  className?: string;
}

/** One of a few, side by side. For switching what one card shows; panels of their own are Tabs. */
export function Segmented<V extends string>({ label, options, value, onChange, className }: SegmentedProps<V>) {
  return (
    <div
      role="group"
      aria-label={label}
      className={cn("inline-flex h-8 max-w-full items-center gap-0.5 overflow-x-auto rounded-md bg-secondary p-0.5", className)}
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className="inline-flex h-7 items-center rounded-[5px] px-2.5 text-[13px] font-medium whitespace-nowrap text-muted-foreground hover:text-foreground focus-visible:outline-offset-0 aria-pressed:bg-card aria-pressed:text-foreground aria-pressed:shadow-card"
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
