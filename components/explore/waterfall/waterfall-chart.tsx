"use client";
import Link from "next/link";
import { formatMetricValue } from "@/components/format";
import { cn } from "@/components/ui/cn";
import { axisOf, type WaterfallBar } from "./prepare-waterfall";

/** Bars from the old cost to the new one, each beginning where the one above ended, each a link to its rows. */
export function WaterfallChart({
  title,
  bars,
  hrefOf,
}: {
  title: string;
  bars: readonly WaterfallBar[];
  hrefOf: (bar: WaterfallBar) => string;
}) {
  const { low, high, cut } = axisOf(bars);
  const span = high - low || 1;
  const at = (value: number) => Math.max(0, ((value - low) / span) * 100);
  return (
    <>
      <ol aria-label={title} className="flex flex-col">
        {bars.map((bar) => (
          <li key={bar.id} className={cn(bar.id === "after" && "border-t border-border")}>
            <Link href={hrefOf(bar)} className="block rounded-md px-2 py-1.5 hover:bg-muted">
              <span className="flex items-baseline justify-between gap-3 text-[13px]">
                <span className="min-w-0">
                  <span className="font-medium wrap-break-word">{bar.label}</span>
                  <span className="text-muted-foreground max-sm:block sm:before:content-['_·_']">{bar.why}</span>
                </span>
                <span className={cn("shrink-0 font-medium tabular", toneOf(bar))}>{amountOf(bar)}</span>
              </span>
              <span aria-hidden className="relative mt-1 block h-2.5 rounded-sm bg-secondary/60">
                <span
                  className="absolute inset-y-0 min-w-0.5 rounded-sm"
                  style={{ left: `${at(bar.from)}%`, width: `${at(bar.to) - at(bar.from)}%`, background: fillOf(bar) }}
                />
              </span>
            </Link>
          </li>
        ))}
      </ol>
      {cut ? (
        <p className="px-2 text-xs text-muted-foreground">
          Bars begin at {formatMetricValue(low, "usd")}, not at zero, so that small changes can be seen.
        </p>
      ) : null}
    </>
  );
}

/** Signed in words as well: a colour or a sign alone is not enough. */
function amountOf({ kind, amount }: WaterfallBar) {
  const size = formatMetricValue(Math.abs(amount), "usd");
  if (kind === "total" || amount === 0) return size;
  return (
    <>
      <span className="sr-only">{amount > 0 ? "adds " : "saves "}</span>
      <span aria-hidden>{amount > 0 ? "+" : "−"}</span>
      {size}
    </>
  );
}

const toneOf = ({ kind, amount }: WaterfallBar) =>
  kind === "total" || amount === 0 ? undefined : amount > 0 ? "text-destructive" : "text-success";

const fillOf = ({ kind, amount }: WaterfallBar) =>
  kind === "total" ? "var(--chart-1)" : amount > 0 ? "var(--destructive)" : "var(--success)";
