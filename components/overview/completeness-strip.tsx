"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import Link from "next/link";
import { cellOf } from "@/components/charts";
import { useFilters } from "@/components/filters";
import { formatClock, formatInstant, formatMetricValue } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { useLastError } from "@/components/states";
import { Skeleton } from "@/components/ui/skeleton";
import type { MetricResult } from "@/lib/metrics/schemas";

/** How far the numbers can be trusted: complete until when, how much of it is priced, what came late or was refused. */
export function CompletenessStrip({ usage }: { usage: UseQueryResult<MetricResult, Error> }) {
  const { href, to, filters } = useFilters();
  const { timeZone, user } = useWorkspace();
  const error = useLastError(usage);
  if (error) return null;
  if (!usage.data) return <Skeleton className="h-9" />;
  const { watermark, pricedShare, late, duplicates, conflicts, rejected, mismatched } = usage.data.completeness;
  const unpriced = cellOf(usage.data.rows[0], "unpriced_requests")?.value ?? "0";
  const today = watermark !== null && Math.abs(Date.parse(to) - Date.parse(watermark)) < 20 * 3_600_000;
  const fullyPriced = Number(unpriced) === 0;
  // Dead letters know the time and the tenant; other filters of this page mean nothing there.
  const others = Object.fromEntries(
    filters.flatMap(({ dimension }) => (dimension === "tenant" ? [] : [[dimension, [] as string[]]])),
  );
  const lettersHref = (search: string) => (user.role === "viewer" ? undefined : href(`/dead-letters${search}`, others));
  return (
    <section
      aria-label="Data completeness"
      className="flex flex-wrap items-center gap-x-5 gap-y-1 rounded-lg border bg-card px-4 py-2 text-[13px] text-muted-foreground tabular shadow-card"
    >
      <span className="flex items-center gap-1.5 text-foreground">
        <CircleCheck aria-hidden className="size-4 text-success" />
        {watermark
          ? `Complete to ${today ? formatClock(watermark, timeZone) : formatInstant(watermark, timeZone)}`
          : "Nothing received yet"}
      </span>
      <span className="flex items-center gap-1.5">
        {fullyPriced ? null : <TriangleAlert aria-hidden className="size-4 text-warning" />}
        {pricedShare === null ? "Nothing to price" : `${formatMetricValue(pricedShare, "ratio")} of requests priced`}
        {fullyPriced ? null : (
          <Link
            className="rounded-sm font-medium text-accent-foreground underline underline-offset-2"
            href={href("/explore?metrics=unpriced_requests&by=provider,modelServed")}
          >
            {formatMetricValue(unpriced, "count")} unpriced
          </Link>
        )}
      </span>
      <Count count={late} word="late" />
      <Count count={duplicates} word={duplicates === 1 ? "duplicate dropped" : "duplicates dropped"} />
      <Count count={conflicts} word={conflicts === 1 ? "conflict" : "conflicts"} href={lettersHref("?code=conflict")} />
      <Count count={rejected} word="rejected" href={lettersHref("")} />
      {mismatched > 0 ? (
        <Count
          count={mismatched}
          word={mismatched === 1 ? "token total does not add up" : "token totals do not add up"}
          href={href("/explore?metrics=token_mismatches&by=provider,modelServed")}
        />
      ) : null}
    </section>
  );
}

function Count({ count, word, href }: { count: number; word: string; href?: string }) {
  const text = `${formatMetricValue(count, "count")} ${word}`;
  // Nothing to look at behind a zero.
  if (href === undefined || count === 0) return <span>{text}</span>;
  return (
    <Link className="rounded-sm font-medium text-accent-foreground underline underline-offset-2" href={href}>
      {text}
    </Link>
  );
}
