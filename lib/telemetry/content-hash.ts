/**
 * What an event says, as 64 bits: same id and same hash = the same event again, another hash = a conflict.
 * Left out on purpose: when and with which key it was received, and the raw usage object whose meaning the meters
 * already carry — so the same event through another door (native, OTLP, replay) is a duplicate, not a conflict.
 */
import { hash } from "node:crypto";
import type { UsageEvent } from "./event";

export function contentHashOf(event: Omit<UsageEvent, "contentHash">): bigint {
  const m = event.meters;
  const text = JSON.stringify([
    event.id,
    event.occurredAt,
    event.tenant,
    event.endpoint,
    event.feature,
    event.route,
    event.provider,
    event.modelRequested,
    event.modelServed,
    event.gateway,
    event.pool,
    event.node,
    event.region,
    event.engine,
    event.precision,
    event.lane,
    event.requestId,
    event.attempt,
    event.final,
    event.actionId,
    event.actionStep,
    event.status,
    event.errorClass,
    event.cacheLayer,
    event.cacheHit,
    event.cacheSimilarity,
    event.stream,
    [m.input, m.cacheRead, m.cacheWrite5m, m.cacheWrite1h, m.output, m.audioIn, m.audioOut, m.image, m.reasoning],
    [event.queueMs, event.ttftMs, event.latencyMs, event.prefillMs, event.decodeMs],
    event.variant,
    event.generation,
    event.requestHash,
    event.prefixHash,
    event.serviceTier,
    event.batch,
    event.shadow,
    sortedEntries(event.tags),
    event.tokenMismatch,
    event.providerCostNanoUsd === null ? null : event.providerCostNanoUsd.toString(),
  ]);
  return hash64(text);
}

/** First 64 bits of sha256 as a signed integer, as PostgreSQL's bigint holds it. */
export function hash64(text: string): bigint {
  return hash("sha256", text, "buffer").readBigInt64BE(0);
}

function sortedEntries(tags: Record<string, string>): [string, string][] {
  const entries = Object.entries(tags);
  return entries.length < 2 ? entries : entries.sort(([a], [b]) => (a < b ? -1 : 1));
}
