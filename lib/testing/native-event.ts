/** A valid native event; `seed` decides everything that is not overridden, so equal seeds are equal events. */
import type { NativeEvent } from "@/lib/telemetry";

const pick = <T>(from: readonly T[], seed: number): T => from[seed % from.length]!;

export function nativeEvent(seed: number, override: Partial<NativeEvent> = {}, base = Date.now()): NativeEvent {
  const status = pick(["success", "success", "success", "success", "error", "timeout", "success"] as const, seed);
  return {
    id: `evt-${String(seed).padStart(8, "0")}`,
    occurredAt: new Date(base - 600_000 + seed * 7).toISOString(),
    tenant: pick(["acme", "globex", "initech"], seed),
    endpoint: pick(["support.answer", "search.rerank", "code.review", "summarise"], seed >> 1),
    provider: pick(["openai", "anthropic"], seed),
    modelRequested: pick(["gpt-4o", "claude-sonnet-4-5"], seed),
    modelServed: pick(["gpt-4o-mini", "claude-sonnet-4-5"], seed),
    status,
    requestId: `req-${seed}`,
    actionId: `act-${Math.floor(seed / 9)}`,
    requestHash: `hash-${Math.floor(seed / 6)}`,
    meters: { input: 800 + (seed % 97), cacheRead: seed % 5 === 0 ? 1024 : 0, output: 100 + (seed % 53) },
    timing: { latencyMs: 900 + (seed % 700), ttftMs: 100 + (seed % 90) },
    stream: seed % 2 === 0,
    tags: { team: pick(["cx", "search"], seed) },
    ...override,
  };
}
