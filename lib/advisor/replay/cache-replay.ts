/**
 * Recorded requests played through an exact cache that was not there: which of them would have been answered from it. Pure.
 *
 * What the gateway's cache does, in terms of what telemetry keeps: the key is the hash of the request and who shares with
 * whom, for the model that answers (a fallback's answer is kept under the fallback's model); an answer is there once it is
 * complete, only when it was a success, until `ttlSec` after that; hits do not prolong it.
 */
import type { SampleEvent } from "../detectors/input";

export interface ReplayedCache {
  ttlSec: number;
  /** Who shares answers. `user` cannot be replayed: telemetry names no users. */
  scope: "public" | "tenant";
}

export interface RecordedRequest {
  /** The event that is counted as the request. */
  final: SampleEvent;
  /** When its first attempt began, ms. */
  startedAt: number;
  /** When its answer was complete, ms. */
  endedAt: number;
  /** Of all its attempts. */
  costNanoUsd: bigint;
  attempts: number;
}

/** A response cache answered it: no model was called. */
export const isResponseHit = (event: SampleEvent): boolean =>
  event.cacheHit && event.cacheLayer !== "prefix" && event.cacheLayer !== "none";

/** Events → requests, in order of their start. Attempts whose request has no final event in the sample are left out. */
export function requestsOf(events: readonly SampleEvent[]): RecordedRequest[] {
  const byId = new Map<string, RecordedRequest & { known: boolean }>();
  for (const event of events) {
    const key = `${event.tenant}\0${event.requestId}`;
    const endedAt = event.occurredAt + (event.latencyMs ?? 0);
    const known = byId.get(key);
    if (!known) {
      const first = { final: event, startedAt: event.occurredAt, endedAt, costNanoUsd: event.costNanoUsd, attempts: 1 };
      byId.set(key, { ...first, known: event.final });
      continue;
    }
    known.startedAt = Math.min(known.startedAt, event.occurredAt);
    known.costNanoUsd += event.costNanoUsd;
    known.attempts += 1;
    if (event.final) Object.assign(known, { final: event, endedAt, known: true });
  }
  return [...byId.values()].filter(({ known }) => known).sort((a, b) => a.startedAt - b.startedAt);
}

export interface CacheOutcome {
  request: RecordedRequest;
  /** unknown: it has no hash, so nothing can be said. already: a cache answered it. */
  outcome: "hit" | "miss" | "already" | "unknown";
}

/** Who shares an answer, the route, the content, and the model that gave it. Null: it is not cached. */
export type KeyOf = (event: SampleEvent, model: string) => string | null;

const plainKey =
  ({ scope }: ReplayedCache): KeyOf =>
  (event, model) =>
    event.requestHash === null
      ? null
      : JSON.stringify([scope === "tenant" ? event.tenant : "", event.route, event.requestHash, model]);

/** In the order of `requests`, which is the order of time. `keyOf`: the gateway's own, where it may be slow. */
export function replayCache(
  requests: readonly RecordedRequest[],
  cache: ReplayedCache,
  keyOf: KeyOf = plainKey(cache),
): CacheOutcome[] {
  /** Key → when its answer is complete, and until when it is kept. */
  const kept = new Map<string, { from: number; until: number }>();
  return requests.map((request): CacheOutcome => {
    const { final, startedAt, endedAt } = request;
    if (isResponseHit(final)) return { request, outcome: "already" };
    const key = keyOf(final, final.modelRequested);
    if (key === null) return { request, outcome: "unknown" };
    const entry = kept.get(key);
    if (entry && entry.from <= startedAt && startedAt < entry.until) return { request, outcome: "hit" };
    const stored = final.modelServed === final.modelRequested ? key : keyOf(final, final.modelServed);
    if (final.status === "success" && stored !== null) {
      kept.set(stored, { from: endedAt, until: endedAt + cache.ttlSec * 1_000 });
    }
    return { request, outcome: "miss" };
  });
}
