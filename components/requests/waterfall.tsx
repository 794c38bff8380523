"use client";
import Link from "next/link";
import { useMemo } from "react";
import { formatMetricValue, formatMs } from "@/components/format";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import type { ActionEvent } from "@/lib/telemetry/requests";
import { prepareWaterfall, type WaterfallBar } from "./prepare-waterfall";
import { ScrollingTable } from "./scrolling-table";
import { StatusBadge } from "./status-badge";
import { cacheWords, modelWords, requestHref } from "./words";

export interface WaterfallProps {
  /** The accessible name. */
  caption: string;
  events: readonly ActionEvent[];
  /** What a row is called: the attempt of a request, or the step of an action. */
  label: (event: ActionEvent) => string;
  /** Rows of this request are marked and are no links. */
  currentRequestId?: string;
}

/** Calls one under the other on one time axis. A real table: the bar repeats in a picture what the cells say. */
export function Waterfall({ caption, events, label, currentRequestId }: WaterfallProps) {
  const { bars, totalMs } = useMemo(() => prepareWaterfall(events), [events]);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <ScrollingTable
        caption={caption}
        className="min-w-[760px]"
        head={
          <>
            <th scope="col">Call</th>
            <th scope="col">Model</th>
            <th scope="col">Outcome</th>
            <th scope="col" className="w-[34%]" aria-label={`Time, from the start to ${formatMs(totalMs)}`}>
              <span className="flex justify-between">
                <span>Start</span>
                <span>{formatMs(totalMs)}</span>
              </span>
            </th>
            <th scope="col" className="text-right!">
              Latency
            </th>
            <th scope="col" className="text-right!">
              Cost
            </th>
          </>
        }
      >
        <tbody>
          {bars.map((bar) => (
            <WaterfallRow
              key={bar.event.id}
              bar={bar}
              label={label(bar.event)}
              current={bar.event.requestId === currentRequestId}
            />
          ))}
        </tbody>
      </ScrollingTable>
      {bars.some(({ untilFirstToken, event }) => untilFirstToken !== null && event.status === "success") ? (
        <p className="text-xs text-muted-foreground">The pale part of a bar is the wait for the first token.</p>
      ) : null}
    </div>
  );
}

function WaterfallRow({ bar, label, current }: { bar: WaterfallBar; label: string; current: boolean }) {
  const { event } = bar;
  const cache = cacheWords(event);
  return (
    <tr
      aria-current={current || undefined}
      className={cn("[&>td]:border-b [&>td]:px-3 [&>td]:py-2 last:[&>td]:border-b-0", current && "bg-accent/60")}
    >
      <td className="max-w-56 truncate font-medium">
        {current ? (
          label
        ) : (
          <Link href={requestHref(event)} className="rounded-sm text-accent-foreground underline-offset-2 hover:underline">
            {label}
          </Link>
        )}
      </td>
      <td className="max-w-56 truncate">{modelWords(event)}</td>
      <td>
        <span className="inline-flex items-center gap-1.5">
          <StatusBadge status={event.status} />
          {event.errorClass ? <span className="text-muted-foreground">{event.errorClass}</span> : null}
          {cache ? <Badge variant={event.cacheHit ? "default" : "outline"}>{cache}</Badge> : null}
        </span>
      </td>
      <td>
        <TimeBar bar={bar} />
      </td>
      <td className="text-right whitespace-nowrap tabular">{event.latencyMs === null ? "—" : formatMs(event.latencyMs)}</td>
      <td className="text-right whitespace-nowrap tabular">
        {event.pricingState === "unpriced" ? <Badge variant="warning">Unpriced</Badge> : formatMetricValue(event.costUsd, "usd")}
      </td>
    </tr>
  );
}

const percent = (fraction: number) => `${(fraction * 100).toFixed(3)}%`;

function TimeBar({ bar }: { bar: WaterfallBar }) {
  const failed = bar.event.status !== "success";
  const first = bar.untilFirstToken;
  const said = [
    `starts after ${formatMs(bar.startMs)}`,
    bar.durationMs === null ? "duration not reported" : `takes ${formatMs(bar.durationMs)}`,
    ...(first === null || bar.event.ttftMs === null ? [] : [`first token after ${formatMs(bar.event.ttftMs)}`]),
  ].join(", ");
  return (
    <span className="relative block h-4 min-w-40 rounded-sm bg-muted" title={said}>
      <span className="sr-only">{said}</span>
      <span
        aria-hidden
        className={cn("absolute inset-y-0 flex min-w-[3px] overflow-hidden rounded-sm", failed ? "bg-destructive" : "bg-chart-1")}
        style={{ left: percent(Math.min(bar.left, 0.995)), width: percent(bar.width) }}
      >
        {first !== null && !failed ? <span className="h-full bg-background/45" style={{ width: percent(first) }} /> : null}
      </span>
    </span>
  );
}
