/**
 * Which calls of a trace are attempts of one request. LiteLLM logs every retry and fallback as a call of its own and
 * says only that they share a trace; a session may share one too. So: a failed call belongs to the first call of its
 * trace that began after it had ended. Chains end in a success, or in a failure that nothing followed. Pure.
 */
import type { LitellmCall } from "./read-call";

export interface Place {
  /** From 1. */
  attempt: number;
  final: boolean;
  /** The last attempt of the request: its id names the request. */
  last: LitellmCall;
  /** The first: what was asked for before any fallback. */
  first: LitellmCall;
}

export function groupAttempts(calls: readonly LitellmCall[]): Map<LitellmCall, Place> {
  const places = new Map<LitellmCall, Place>();
  const byTrace = new Map<string, LitellmCall[]>();
  for (const call of calls) {
    // Mirrored traffic runs beside its request and is nobody's attempt.
    if (call.traceId === null || call.shadow) places.set(call, { attempt: 1, final: true, last: call, first: call });
    else byTrace.set(call.traceId, [...(byTrace.get(call.traceId) ?? []), call]);
  }
  for (const trace of byTrace.values()) {
    const open: LitellmCall[][] = [];
    for (const call of trace.toSorted((a, b) => a.startedAt - b.startedAt)) {
      const at = open.findIndex((chain) => endOf(chain.at(-1)!) <= call.startedAt);
      const chain = at < 0 ? [] : open.splice(at, 1)[0]!;
      chain.push(call);
      if (call.failed) open.push(chain);
      else close(chain, places);
    }
    for (const chain of open) close(chain, places);
  }
  return places;
}

const endOf = (call: LitellmCall) => call.endedAt ?? call.startedAt;

function close(chain: readonly LitellmCall[], places: Map<LitellmCall, Place>): void {
  const [first] = chain;
  const last = chain.at(-1)!;
  for (const [index, call] of chain.entries()) {
    places.set(call, { attempt: index + 1, final: call === last, last, first: first! });
  }
}
