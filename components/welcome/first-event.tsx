"use client";
import { CircleAlert, CircleCheck, Radio } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { formatClock, formatMetricValue } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { ErrorState } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { Connection, ReceivedEvent, RefusedEvent } from "@/lib/fleet/schemas";

/** Fast enough to be seen arriving; the answer is one small page of one key. */
const WATCH_EVERY_MS = 1_000;

export interface FirstEventProps {
  /** Id or prefix of the key. */
  watch: string;
  /** ISO. */
  since: string;
  /** A way to send one from here. */
  children?: ReactNode;
}

/** Watches one key: what came in, linked to its request, and what was refused, with the reason. */
export function FirstEvent({ watch, since, children }: FirstEventProps) {
  const query = useApi<Connection>(`/api/v1/welcome?${new URLSearchParams({ key: watch, since }).toString()}`, {
    refreshMs: WATCH_EVERY_MS,
  });
  const received = query.data?.received ?? [];
  const first = received.at(-1);
  if (query.isError && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div className="flex flex-col gap-4">
      <div role="status" aria-live="polite">
        {first ? <Arrived event={first} count={received.length} /> : <Waiting prefix={query.data?.key.prefix} />}
      </div>
      {children}
      {received.length > 0 ? <Received events={received} /> : null}
      {query.data && query.data.refused.length > 0 ? <Refused events={query.data.refused} /> : null}
    </div>
  );
}

function Waiting({ prefix }: { prefix: string | undefined }) {
  return (
    <div className="flex items-center gap-3 rounded-md bg-muted px-4 py-3">
      <Radio aria-hidden className="size-5 shrink-0 animate-pulse text-accent-foreground" />
      <p className="text-[13px]">
        <span className="font-medium">Waiting for the first event</span>
        {prefix ? (
          <>
            {" "}
            of <code className="font-mono">{prefix}…</code>
          </>
        ) : null}
        <span className="text-muted-foreground"> — run the snippet, it shows up here within two seconds.</span>
      </p>
    </div>
  );
}

function Arrived({ event, count }: { event: ReceivedEvent; count: number }) {
  return (
    <div className="flex gap-3 rounded-md bg-success-muted px-4 py-3">
      <CircleCheck aria-hidden className="size-5 shrink-0 text-success" />
      <div className="flex min-w-0 flex-col gap-2.5">
        <div>
          <p className="text-sm font-medium text-success">First event received</p>
          <p className="text-[13px] break-words">
            {event.tenant} · {event.endpoint} · {event.model} · {formatMetricValue(event.totalTokens, "tokens")} tokens ·{" "}
            <strong className="font-semibold whitespace-nowrap">{priceText(event)}</strong>
            {count > 1 ? `, and ${count - 1} more` : ""}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button asChild size="sm">
            <Link href={`/requests/${encodeURIComponent(event.requestId)}`}>Explain its cost</Link>
          </Button>
          <Button asChild size="sm" variant="outline">
            <Link href="/">See the dashboard</Link>
          </Button>
        </div>
      </div>
    </div>
  );
}

/** A cost that nobody knows is not $0.00. */
function priceText(event: ReceivedEvent): string {
  if (event.pricingState === "unpriced") return "no price for this model yet";
  return event.pricingState === "free" ? "free by rule" : formatMetricValue(event.costUsd, "usd");
}

function Received({ events }: { events: readonly ReceivedEvent[] }) {
  const { timeZone } = useWorkspace();
  return (
    <section aria-label="Received" className="flex flex-col gap-1">
      <h3 className="text-[13px] font-medium">Received, newest first</h3>
      <ul className="divide-y rounded-md border">
        {events.map((event) => (
          <li key={event.id} className="flex flex-col gap-0.5 px-3 py-2 text-[13px]">
            <div className="flex items-baseline gap-3">
              <span className="text-muted-foreground tabular">{formatClock(event.receivedAt, timeZone)}</span>
              <Link
                href={`/requests/${encodeURIComponent(event.requestId)}`}
                className="min-w-0 truncate font-medium text-accent-foreground underline-offset-2 hover:underline"
              >
                {event.endpoint}
              </Link>
              <span className="ml-auto text-right tabular">{priceText(event)}</span>
            </div>
            <div className="flex items-center justify-between gap-3 text-muted-foreground">
              <span className="min-w-0 truncate">
                {event.tenant} · {event.provider} · {event.model}
              </span>
              <Badge variant={event.status === "success" ? "success" : "warning"}>{event.status}</Badge>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Refused({ events }: { events: readonly RefusedEvent[] }) {
  const { timeZone } = useWorkspace();
  return (
    <section aria-label="Not stored" className="flex flex-col gap-1">
      <h3 className="text-[13px] font-medium">Kept aside since this page opened, in the whole workspace</h3>
      <ul className="divide-y rounded-md border">
        {events.map((event, index) => (
          <li
            key={`${event.receivedAt}${index}`}
            className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-3 py-2 text-[13px]"
          >
            <CircleAlert aria-hidden className="size-3.5 self-center text-destructive" />
            <span className="text-muted-foreground tabular">{formatClock(event.receivedAt, timeZone)}</span>
            <code className="font-mono text-xs">{event.code}</code>
            {event.field ? <code className="font-mono text-xs text-muted-foreground">{event.field}</code> : null}
            <span className="min-w-0 break-words">{event.reason}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
