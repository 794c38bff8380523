"use client";
import { ToggleGroup } from "radix-ui";

/** One of a few, all visible. */
export function SegmentedChoice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  /** The accessible name. */
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        // Clicking the chosen one again would give "": something is always chosen.
        const chosen = options.find((option) => option.value === next);
        if (chosen) onChange(chosen.value);
      }}
      className="inline-flex h-8 items-center gap-0.5 rounded-md bg-secondary p-0.5"
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          className="inline-flex h-7 items-center rounded-[5px] px-2.5 text-[13px] font-medium whitespace-nowrap text-muted-foreground hover:text-foreground focus-visible:outline-offset-0 data-[state=on]:bg-card data-[state=on]:text-foreground data-[state=on]:shadow-card"
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
