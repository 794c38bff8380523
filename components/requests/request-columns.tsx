"use client";
import { Copy, CopyX, RefreshCw } from "lucide-react";
import { formatInstant, formatMetricValue } from "@/components/format";
import type { DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import type { RequestRow } from "@/lib/telemetry/requests/schemas";
import { StatusBadge } from "./status-badge";
import { cacheWords, modelWords } from "./words";

/** The cost of an unpriced request is unknown, not zero. */
const costOf = (row: RequestRow) => (row.pricingState === "unpriced" ? null : row.costUsd);

export function requestColumns(timeZone: string): DataColumn<RequestRow>[] {
  return [
    {
      id: "occurredAt",
      header: "Time",
      value: (row) => row.occurredAt,
      cell: (row) => <span className="tabular">{formatInstant(row.occurredAt, timeZone, { seconds: true })}</span>,
    },
    { id: "tenant", header: "Tenant", value: (row) => row.tenant },
    { id: "endpoint", header: "Endpoint", value: (row) => row.endpoint },
    { id: "model", header: "Model", value: (row) => row.modelServed, cell: (row) => modelWords(row) },
    {
      id: "status",
      header: "Status",
      value: (row) => row.status,
      cell: (row) => (
        <span className="inline-flex items-center gap-1.5">
          <StatusBadge status={row.status} />
          {row.attempts > 1 ? (
            <Badge variant="outline" title={`${row.attempts} attempts`}>
              <RefreshCw aria-hidden /> {row.attempts}
              <span className="sr-only"> attempts</span>
            </Badge>
          ) : null}
          {row.duplicate ? (
            <Badge variant="outline" title="The same request was sent before within 5 minutes">
              <Copy aria-hidden /> duplicate
            </Badge>
          ) : null}
          {row.shadow ? (
            <Badge variant="outline" title="Mirrored traffic: in cost, not in rates">
              <CopyX aria-hidden /> mirrored
            </Badge>
          ) : null}
        </span>
      ),
    },
    {
      id: "cost",
      header: "Cost",
      unit: "usd",
      value: costOf,
      cell: (row) =>
        row.pricingState === "unpriced" ? <Badge variant="warning">Unpriced</Badge> : formatMetricValue(row.costUsd, "usd"),
    },
    { id: "latency", header: "Latency", unit: "ms", value: (row) => row.latencyMs },
    { id: "cache", header: "Cache", value: (row) => cacheWords(row) },
    { id: "tokensIn", header: "Tokens in", unit: "count", value: (row) => row.tokensIn },
    { id: "tokensOut", header: "Tokens out", unit: "count", value: (row) => row.tokensOut },
    { id: "ttft", header: "First token", unit: "ms", value: (row) => row.ttftMs },
    // Chosen when needed.
    { id: "requestCost", header: "Cost, all attempts", unit: "usd", value: (row) => row.requestCostUsd, hidden: true },
    { id: "saved", header: "Saved", unit: "usd", value: (row) => row.savedUsd, hidden: true },
    { id: "tokensCached", header: "Cached tokens", unit: "count", value: (row) => row.tokensCached, hidden: true },
    { id: "requestId", header: "Request id", value: (row) => row.requestId, hidden: true },
    { id: "attempt", header: "Attempt", unit: "count", value: (row) => row.attempt, hidden: true },
    { id: "errorClass", header: "Error class", value: (row) => row.errorClass, hidden: true },
    { id: "provider", header: "Provider", value: (row) => row.provider, hidden: true },
    { id: "route", header: "Route", value: (row) => row.route, hidden: true },
    { id: "feature", header: "Feature", value: (row) => row.feature, hidden: true },
    { id: "gateway", header: "Gateway", value: (row) => row.gateway, hidden: true },
    { id: "pool", header: "GPU pool", value: (row) => row.pool, hidden: true },
    { id: "region", header: "Region", value: (row) => row.region, hidden: true },
    { id: "lane", header: "Lane", value: (row) => row.lane, hidden: true },
    { id: "variant", header: "Variant", value: (row) => row.variant, hidden: true },
    { id: "generation", header: "Generation", value: (row) => row.generation, hidden: true },
    { id: "actionId", header: "Action", value: (row) => row.actionId, hidden: true },
    { id: "actionStep", header: "Action step", value: (row) => row.actionStep, hidden: true },
  ];
}
