"use client";
import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import { useMemo, useState, type ReactNode } from "react";
import { formatInstant, formatMetricValue, formatMs } from "@/components/format";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { ApiError, useApi } from "@/components/query";
import { EmptyState, ErrorState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import type { ExplainedRequest } from "@/lib/pricing/explain-request";
import type { FoundAction } from "@/lib/telemetry/requests";
import { ExplainCost, type ExplainedAttempt } from "./explain-card";
import { RequestFacts } from "./request-facts";
import { StatusBadge } from "./status-badge";
import { Waterfall } from "./waterfall";
import { cacheWords, modelWords } from "./words";

/** One request: what happened, what it cost and why, and the chain it belongs to. */
export function RequestPage({ id, tenant }: { id: string; tenant?: string }) {
  const request = useApi<ExplainedRequest>(
    `/api/v1/requests/${encodeURIComponent(id)}${tenant ? `?tenant=${encodeURIComponent(tenant)}` : ""}`,
  );
  return (
    <Page
      title="Request"
      description={
        <span className="inline-flex max-w-full items-center gap-1">
          <code className="truncate font-mono">{request.data?.requestId ?? id}</code>
          <CopyButton value={request.data?.requestId ?? id} label="Copy request id" className="size-6" />
        </span>
      }
      actions={
        <Button variant="outline" size="sm" asChild>
          <Link href="/requests">
            <ArrowLeft aria-hidden /> All requests
          </Link>
        </Button>
      }
    >
      {request.data ? (
        <Loaded request={request.data} />
      ) : request.isError ? (
        <Failed error={request.error} retry={() => void request.refetch()} />
      ) : (
        <Waiting />
      )}
    </Page>
  );
}

function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <Card>
      <CardContent className="pt-4">
        {error instanceof ApiError && error.status === 404 ? (
          <EmptyState
            title="There is no such request"
            why={error.message}
            action={{ label: "Search all requests", href: "/requests" }}
          />
        ) : (
          <ErrorState error={error} onRetry={retry} />
        )}
      </CardContent>
    </Card>
  );
}

const Waiting = () => (
  <>
    <span role="status" className="sr-only">
      Loading
    </span>
    <Skeleton className="h-24" />
    <Skeleton className="h-40" />
    <Skeleton className="h-72" />
  </>
);

function Loaded({ request }: { request: ExplainedRequest }) {
  const last = request.attempts.findLast(({ final }) => final) ?? request.attempts.at(-1)!;
  const [chosenId, choose] = useState(last.id);
  const chosen = request.attempts.find(({ id }) => id === chosenId) ?? last;
  return (
    <>
      <Summary request={request} last={last} />
      <Card role="region" aria-labelledby="attempts-title">
        <CardHeader>
          <CardTitle id="attempts-title">Attempts</CardTitle>
          <CardDescription>{describeAttempts(request)}</CardDescription>
        </CardHeader>
        <CardContent>
          <Waterfall
            caption="Attempts on a time axis"
            events={request.attempts}
            label={(event) => `Attempt ${event.attempt}${event.shadow ? ", mirrored" : ""}`}
            currentRequestId={request.requestId}
          />
        </CardContent>
      </Card>
      <Card role="region" aria-labelledby="explain-title">
        <CardHeader>
          <CardTitle id="explain-title">Explain this cost</CardTitle>
          <CardDescription>
            {request.attempts.length > 1
              ? "Every attempt that reached a model is charged, failed ones too. Choose one."
              : "What was counted, at which price, and where the price comes from."}
          </CardDescription>
        </CardHeader>
        <CardContent className="flex flex-col gap-3">
          {request.attempts.length > 1 ? (
            <Segmented
              label="Attempt"
              options={request.attempts.map(({ id, attempt, costUsd, pricingState }) => ({
                value: id,
                label: `Attempt ${attempt}, ${pricingState === "unpriced" ? "unpriced" : formatMetricValue(costUsd, "usd")}`,
              }))}
              value={chosen.id}
              onChange={choose}
              className="self-start"
            />
          ) : null}
          <ExplainCost attempt={chosen} />
        </CardContent>
      </Card>
      {request.action ? <ActionCard action={request.action} requestId={request.requestId} /> : null}
      <Card role="region" aria-labelledby="facts-title">
        <CardHeader>
          <CardTitle id="facts-title">Details{request.attempts.length > 1 ? ` of attempt ${chosen.attempt}` : ""}</CardTitle>
          <CardDescription>As the sender reported it. Each name leads to the requests that share it.</CardDescription>
        </CardHeader>
        <CardContent>
          <RequestFacts attempt={chosen} />
        </CardContent>
      </Card>
    </>
  );
}

function describeAttempts({ attempts }: ExplainedRequest): string {
  const hit = attempts.length === 1 && attempts[0]!.cacheHit && attempts[0]!.cacheLayer !== "prefix";
  if (hit) return "Answered from a cache: no model was called.";
  if (attempts.length === 1) return "One call upstream.";
  const failed = attempts.filter(({ status }) => status !== "success").length;
  return `${attempts.length} calls upstream, ${failed} of them without success.`;
}

function Summary({ request, last }: { request: ExplainedRequest; last: ExplainedAttempt }) {
  const { timeZone } = useWorkspace();
  const unpriced = request.attempts.filter(({ pricingState }) => pricingState === "unpriced").length;
  const facts: [string, ReactNode, ReactNode?][] = [
    [
      "Outcome",
      <StatusBadge key="status" status={last.status} />,
      last.errorClass ?? formatInstant(last.occurredAt, timeZone, { seconds: true }),
    ],
    [
      "Cost, all attempts",
      unpriced === request.attempts.length ? "—" : formatMetricValue(request.costUsd, "usd"),
      unpriced > 0
        ? `${unpriced} without a price`
        : `${request.attempts.length} ${request.attempts.length === 1 ? "attempt" : "attempts"}`,
    ],
    ["Saved", formatMetricValue(request.savedUsd, "usd"), cacheWords(last) ?? "no cache asked"],
    [
      "Latency",
      last.latencyMs === null ? "—" : formatMs(last.latencyMs),
      last.ttftMs === null ? "first token not reported" : `first token ${formatMs(last.ttftMs)}`,
    ],
    [
      "Tokens",
      `${last.tokensIn.toLocaleString("en-US")} in, ${last.tokensOut.toLocaleString("en-US")} out`,
      `${last.tokensCached.toLocaleString("en-US")} read from a prefix cache`,
    ],
    ["Model", modelWords(last), `${last.provider}, for ${last.tenant}`],
  ];
  return (
    <Card>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 p-4 lg:grid-cols-3 xl:grid-cols-6">
        {facts.map(([name, value, note]) => (
          <div key={name} className="min-w-0">
            <dt className="text-xs text-muted-foreground">{name}</dt>
            <dd className="mt-1 min-w-0">
              <span className="block text-[15px] leading-6 font-semibold break-words tabular">{value}</span>
              <span className="block text-xs text-muted-foreground">{note}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function ActionCard({ action, requestId }: { action: FoundAction; requestId: string }) {
  const requests = useMemo(() => new Set(action.events.map((event) => event.requestId)).size, [action]);
  return (
    <Card role="region" aria-labelledby="action-title">
      <CardHeader>
        <CardTitle id="action-title">Its action</CardTitle>
        <CardDescription>
          <code className="font-mono break-all">{action.id}</code>: {requests.toLocaleString("en-US")}{" "}
          {requests === 1 ? "request" : "requests"} in {action.events.length.toLocaleString("en-US")} calls
          {action.truncated ? "; only the first 500 are shown" : ""}.
        </CardDescription>
      </CardHeader>
      <CardContent>
        <Waterfall
          caption="The calls of this action on a time axis"
          events={action.events}
          label={(event) => `${event.actionStep ?? event.endpoint}${event.attempt > 1 ? `, attempt ${event.attempt}` : ""}`}
          currentRequestId={requestId}
        />
      </CardContent>
    </Card>
  );
}
