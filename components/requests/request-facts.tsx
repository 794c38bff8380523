"use client";
import Link from "next/link";
import type { ReactNode } from "react";
import { formatInstant, formatMs } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { CodeBlock } from "@/components/ui/code-block";
import type { RequestDimension } from "@/lib/telemetry/requests/schemas";
import type { ExplainedAttempt } from "./explain-card";

/** Everything that the sender said about one attempt. Names lead to the requests that share them. */
export function RequestFacts({ attempt }: { attempt: ExplainedAttempt }) {
  const { timeZone } = useWorkspace();
  const like = (dimension: RequestDimension, value: string | number | null) =>
    value === null || value === "" ? null : (
      <Link
        href={`/requests?${dimension}=${encodeURIComponent(String(value).replaceAll(",", "%2C"))}`}
        className="rounded-sm text-accent-foreground underline-offset-2 hover:underline"
      >
        {value}
      </Link>
    );
  const ms = (value: number | null) => (value === null ? null : formatMs(value));
  const facts: [string, ReactNode][] = [
    ["Tenant", like("tenant", attempt.tenant)],
    ["Endpoint", like("endpoint", attempt.endpoint)],
    ["Feature", like("feature", attempt.feature)],
    ["Route", like("route", attempt.route)],
    ["Provider", like("provider", attempt.provider)],
    ["Requested model", like("modelRequested", attempt.modelRequested)],
    ["Served model", like("modelServed", attempt.modelServed)],
    ["Gateway", like("gateway", attempt.gateway)],
    ["GPU pool", like("pool", attempt.pool)],
    ["Node", like("node", attempt.node)],
    ["Region", like("region", attempt.region)],
    ["Engine", like("engine", attempt.engine)],
    ["Precision", like("precision", attempt.precision)],
    ["Lane", like("lane", attempt.lane)],
    ["Variant", like("variant", attempt.variant)],
    ["Policy generation", like("generation", attempt.generation)],
    ["Service tier", attempt.serviceTier],
    ["Batch", attempt.batch ? "yes" : null],
    ["Similarity of the cache hit", attempt.cacheSimilarity?.toFixed(3) ?? null],
    ["Began", formatInstant(attempt.occurredAt, timeZone, { seconds: true })],
    ["Received", formatInstant(attempt.receivedAt, timeZone, { seconds: true })],
    ["Queue", ms(attempt.queueMs)],
    ["First token", ms(attempt.ttftMs)],
    ["Prefill", ms(attempt.prefillMs)],
    ["Decode", ms(attempt.decodeMs)],
    ["Latency", ms(attempt.latencyMs)],
    ["Reasoning tokens, in output", attempt.meters.reasoning > 0 ? attempt.meters.reasoning.toLocaleString("en-US") : null],
    [
      "Tags",
      Object.entries(attempt.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(", ") || null,
    ],
    ["Usage came as", attempt.dialect],
    [
      "Event id",
      <code key="id" className="font-mono text-xs break-all">
        {attempt.id}
      </code>,
    ],
  ];
  return (
    <div className="flex flex-col gap-3">
      {attempt.tokenMismatch ? (
        <p className="rounded-md bg-warning-muted px-3 py-2 text-[13px] text-warning">
          The source&apos;s own total differs from the sum of its parts by {attempt.tokenMismatch.toLocaleString("en-US")} tokens.
          Both are kept; the parts were priced.
        </p>
      ) : null}
      <dl className="grid grid-cols-1 gap-x-6 gap-y-1.5 text-[13px] sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name} className="flex min-w-0 gap-2">
              <dt className="shrink-0 text-muted-foreground">{name}</dt>
              <dd className="min-w-0 break-words">{value}</dd>
            </div>
          ))}
      </dl>
      {attempt.usageRaw === null || attempt.usageRaw === undefined ? null : (
        <details>
          <summary className="min-h-6 text-[13px] font-medium">Usage as the provider reported it</summary>
          <CodeBlock className="mt-2" label="Usage JSON" code={JSON.stringify(attempt.usageRaw, null, 2)} />
        </details>
      )}
    </div>
  );
}
