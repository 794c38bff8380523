import { cn } from "@/components/ui/cn";
import { percentWords } from "./words";

/** How much is used, with the number in words: colour only repeats it. */
export function UsedBar({ share, className }: { share: number; className?: string }) {
  return (
    <span className={cn("inline-flex items-center gap-2", className)}>
      <span aria-hidden className="h-1.5 w-20 shrink-0 overflow-hidden rounded-full bg-muted">
        <span
          className={cn("block h-full rounded-full", share >= 1 ? "bg-destructive" : share >= 0.8 ? "bg-warning" : "bg-primary")}
          style={{ width: `${Math.min(100, share * 100)}%` }}
        />
      </span>
      <span className="tabular">{percentWords(share)}</span>
    </span>
  );
}
