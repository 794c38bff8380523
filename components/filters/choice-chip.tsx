import type { ReactNode } from "react";

/** One of a few filters, with how many rows it leaves. */
export function ChoiceChip({
  pressed,
  count,
  onClick,
  children,
}: {
  pressed: boolean;
  count: number;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onClick}
      className="inline-flex h-7 items-center gap-1.5 rounded-full border border-border-strong bg-card px-2.5 text-[13px] hover:bg-muted aria-pressed:border-primary aria-pressed:bg-accent aria-pressed:text-accent-foreground"
    >
      {children}
      <span className="font-semibold tabular">{count}</span>
    </button>
  );
}
