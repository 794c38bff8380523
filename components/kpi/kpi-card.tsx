import { ArrowDownRight, ArrowUpRight, Minus } from "lucide-react";
import Link from "next/link";
import { Sparkline } from "@/components/charts/sparkline";
import {
  compareValues,
  formatAbsolute,
  formatExactValue,
  formatMetricValue,
  formatRelative,
  wordChange,
  type Change,
  type Direction,
} from "@/components/format";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/skeleton";

export interface KpiCardProps {
  label: string;
  unit: string;
  direction: Direction;
  /** Decimal text; null is "no data"; undefined is still loading. */
  value: string | null | undefined;
  /** undefined: no comparison was asked for. null: asked, no data. */
  compare?: string | null;
  /** The comparison period has data for a part only: the change would mislead and is not shown. */
  baselineIncomplete?: boolean;
  trend?: readonly (number | null)[];
  compareTrend?: readonly (number | null)[];
  /** Where the rows behind the number are. */
  href: string;
  /** Why there is no value, e.g. "no lookups". */
  noData?: string;
  /** What the number means. */
  hint?: string;
}

/** A number, how it moved in words, its shape over time, and a link to what is behind it. */
export function KpiCard({
  label,
  unit,
  direction,
  value,
  compare,
  baselineIncomplete,
  trend,
  compareTrend,
  href,
  noData = "no data",
  hint,
}: KpiCardProps) {
  if (value === undefined) return <KpiSkeleton label={label} />;
  const known = compareValues(value, compare, direction);
  const change: Change = baselineIncomplete && known.kind === "moved" ? { ...known, kind: "no_baseline" } : known;
  return (
    <Link
      href={href}
      title={hint}
      aria-label={`${label}: ${value === null ? noData : formatMetricValue(value, unit)}. ${change.kind === "none" ? "" : wordChange(label, change)}`}
      className="group @container flex min-h-[104px] min-w-0 flex-col justify-between rounded-lg border bg-card px-4 py-3 shadow-card transition-colors hover:border-border-strong hover:bg-muted/40"
    >
      <span className="truncate text-[13px] text-muted-foreground group-hover:text-foreground">{label}</span>
      <span className="flex items-end justify-between gap-2">
        <span
          className="truncate text-[22px] leading-8 font-semibold tracking-tight tabular"
          title={value === null ? undefined : formatExactValue(value, unit)}
        >
          {value === null ? "—" : formatMetricValue(value, unit)}
        </span>
        {trend && trend.length > 1 ? (
          <Sparkline
            values={trend}
            compare={compareTrend}
            width={84}
            height={26}
            className="mb-1 hidden shrink-0 @[13rem]:block"
          />
        ) : null}
      </span>
      <ChangeLine
        change={change}
        unit={unit}
        missing={value === null ? noData : change !== known ? "comparison period incomplete" : undefined}
      />
    </Link>
  );
}

/** "↗ +12% · $4.20 · worse" */
function ChangeLine({ change, unit, missing }: { change: Change; unit: string; missing?: string }) {
  if (missing) return <span className="text-xs text-muted-foreground">{missing}</span>;
  if (change.kind === "none") return <span className="text-xs">&nbsp;</span>;
  if (change.kind !== "moved") {
    return (
      <span className="flex items-center gap-1 text-xs text-muted-foreground">
        <Minus aria-hidden className="size-3.5" />
        {change.kind === "same" ? "unchanged" : change.kind === "no_data" ? "no data" : "no baseline"}
      </span>
    );
  }
  const Arrow = change.trend === "up" ? ArrowUpRight : ArrowDownRight;
  const sign = change.trend === "up" ? "+" : "−";
  return (
    <span
      className={cn(
        "flex min-w-0 items-center gap-1 text-xs tabular",
        change.verdict === "better" && "text-success",
        change.verdict === "worse" && "text-destructive",
        change.verdict === "neutral" && "text-muted-foreground",
      )}
    >
      <Arrow aria-hidden className="size-3.5 shrink-0" />
      <span className="font-medium">
        {sign}
        {change.relative === null ? "" : formatRelative(change.relative)}
      </span>
      {/* Where a card is narrow the verdict matters more than the amount. */}
      <span className="hidden truncate @[11rem]:inline">
        <span aria-hidden>· </span>
        {sign}
        {change.absolute === null ? "" : formatAbsolute(change.absolute, unit)}
      </span>
      {change.verdict === "neutral" ? null : <span className="-ml-1">, {change.verdict}</span>}
    </span>
  );
}

function KpiSkeleton({ label }: { label: string }) {
  return (
    <div aria-busy className="flex min-h-[104px] flex-col justify-between rounded-lg border bg-card px-4 py-3 shadow-card">
      <span className="truncate text-[13px] text-muted-foreground">{label}</span>
      <Skeleton className="h-7 w-24" />
      <Skeleton className="h-3.5 w-32" />
    </div>
  );
}
