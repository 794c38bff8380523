import { compareValues, formatRelative, wordChange, type Direction } from "@/components/format";
import { cn } from "@/components/ui/cn";
import type { MetricCell } from "@/lib/metrics/schemas";

/** "+12%" in a table; the words are for screen readers. */
export function ChangeCell({
  cell,
  direction = "neutral",
  label,
}: {
  cell: MetricCell | undefined;
  direction?: Direction;
  label: string;
}) {
  const change = compareValues(cell?.value, cell?.compare === undefined ? undefined : cell.compare.value, direction);
  if (change.kind !== "moved") {
    return (
      <span className="text-muted-foreground">
        {change.kind === "same" ? "0%" : change.kind === "no_baseline" ? "no baseline" : "—"}
      </span>
    );
  }
  return (
    <span
      className={cn(
        change.verdict === "better" && "text-success",
        change.verdict === "worse" && "text-destructive",
        change.verdict === "neutral" && "text-muted-foreground",
      )}
    >
      <span aria-hidden>
        {change.trend === "up" ? "+" : "−"}
        {change.relative === null ? "" : formatRelative(change.relative)}
      </span>
      <span className="sr-only">{wordChange(label, change)}</span>
    </span>
  );
}
