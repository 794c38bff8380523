"use client";
import Link from "next/link";
import { compareValues, formatMetricValue, formatRelative, type Direction } from "@/components/format";
import { cn } from "@/components/ui/cn";
import { assignColors } from "./color";

export interface BarItem {
  id: string;
  label: string;
  value: number | null;
  /** The same number in the comparison period; undefined when there is none. */
  compare?: number | null;
  href?: string;
}

/** Ranked bars, one line each: name, bar, value, change. The mark on a bar is the comparison. */
export function BarChart({
  title,
  unit,
  items,
  direction = "neutral",
  colored = false,
  className,
}: {
  /** The accessible name. */
  title: string;
  unit: string;
  items: readonly BarItem[];
  direction?: Direction;
  /** Give every entity its own colour, as in the charts over time. */
  colored?: boolean;
  className?: string;
}) {
  const max = Math.max(0, ...items.flatMap(({ value, compare }) => [value ?? 0, compare ?? 0]));
  const colors = colored ? assignColors(items.map(({ id }) => id)) : [];
  const width = (value: number | null | undefined) => (max > 0 ? `${Math.max(0, ((value ?? 0) / max) * 100)}%` : "0%");
  return (
    <ul aria-label={title} className={cn("flex flex-col gap-0.5", className)}>
      {items.map((item, index) => {
        const change = compareValues(asText(item.value), asText(item.compare), direction);
        const body = (
          <>
            <span className="flex items-baseline justify-between gap-3 text-[13px]">
              <span className="truncate">{item.label}</span>
              <span className="flex shrink-0 items-baseline gap-2 tabular">
                {change.kind === "moved" && change.relative !== null ? (
                  <span
                    className={cn(
                      "text-xs",
                      change.verdict === "better"
                        ? "text-success"
                        : change.verdict === "worse"
                          ? "text-destructive"
                          : "text-muted-foreground",
                    )}
                  >
                    {change.trend === "up" ? "+" : "−"}
                    {formatRelative(change.relative)}
                    {change.verdict === "neutral" ? null : <span className="sr-only">, {change.verdict}</span>}
                  </span>
                ) : null}
                <span className="font-medium">{formatMetricValue(item.value, unit)}</span>
              </span>
            </span>
            <span aria-hidden className="relative mt-1 block h-1.5 rounded-full bg-secondary">
              <span
                className="absolute inset-y-0 left-0 rounded-full"
                style={{ width: width(item.value), background: colors[index] ?? "var(--chart-1)" }}
              />
              {item.compare ? (
                <span className="absolute -inset-y-0.5 w-0.5 bg-foreground/60" style={{ left: width(item.compare) }} />
              ) : null}
            </span>
          </>
        );
        return (
          <li key={item.id}>
            {item.href ? (
              <Link href={item.href} className="block rounded-md px-2 py-1.5 hover:bg-muted">
                {body}
              </Link>
            ) : (
              <div className="px-2 py-1.5">{body}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}

const asText = (value: number | null | undefined) => (value === undefined ? undefined : value === null ? null : String(value));
