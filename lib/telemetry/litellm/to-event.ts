/** One call of LiteLLM in its place → a usage event, or the reason why not. Pure. */
import { contentHashOf } from "../content-hash";
import { noMeters, type UsageEvent } from "../event";
import { readNativeEvent, type Door } from "../normalise";
import { classifyError } from "../otlp/classify-error";
import { applyRules } from "../otlp/mapping";
import type { NativeEvent } from "../schemas";
import type { Refusal } from "../validate";
import type { Place } from "./group-attempts";
import type { LitellmMapping } from "./mapping";
import type { LitellmCall } from "./read-call";
import { readLitellmUsage } from "./read-usage";

export interface LitellmDoor extends Door {
  mapping: LitellmMapping;
}

/**
 * The id that the callback and the spend logs agree on. A cached answer repeats the id of the call that filled the
 * cache, with a time of its own at each of the two places, and failed attempts repeat the id of their request: the
 * start tells those apart.
 */
export function eventIdOf(call: LitellmCall): string {
  const base = `litellm:${call.id.replace(/_cache_hit[\d.]+$/, "").slice(0, 150)}`;
  if (call.cacheHit) return `${base}:hit-${call.startedAt}`;
  return call.failed ? `${base}:failed-${call.startedAt}` : base;
}

export function toEvent(call: LitellmCall, place: Place, door: LitellmDoor): { event: UsageEvent } | { refusal: Refusal } {
  const usage = call.usage === null ? null : readLitellmUsage(call.usage, call.provider);
  if (usage !== null && "code" in usage) return { refusal: usage };

  const { mapping } = door;
  const map = (rules: readonly string[]) => applyRules(rules, [call.attributes]);
  const tags: Record<string, string> = {};
  for (const [key, rules] of Object.entries(mapping.tags)) {
    const value = map(rules);
    if (value !== null) tags[key] = value;
  }
  // A key that may write one tenant only attributes to it what no rule could place.
  const unmappedTenant = door.tenants !== "all" && door.tenants.length === 1 ? door.tenants[0]! : mapping.unmappedTenant;
  const elapsed = (until: number | null) => (until === null || until < call.startedAt ? null : until - call.startedAt);
  const cost = call.costUsd;
  const native: NativeEvent = {
    id: eventIdOf(call),
    occurredAt: new Date(call.startedAt).toISOString(),
    tenant: map(mapping.tenant) ?? unmappedTenant,
    endpoint: map(mapping.endpoint) ?? mapping.unmappedEndpoint,
    feature: map(mapping.feature),
    // The name that the client asked for is a group of deployments: LiteLLM's route.
    route: call.modelGroup,
    provider: call.provider,
    modelRequested: place.first.model,
    modelServed: call.model,
    gateway: "litellm",
    region: call.region,
    requestId: eventIdOf(place.last),
    attempt: place.attempt,
    final: place.final,
    actionId: call.traceId,
    ...classifyError(call.errorType ?? undefined, undefined, []),
    cache: call.cacheAsked ? { layer: "exact", hit: call.cacheHit } : null,
    stream: call.stream,
    meters: usage?.meters ?? noMeters(),
    timing: { latencyMs: elapsed(call.endedAt), ttftMs: call.stream ? elapsed(call.firstTokenAt) : null },
    serviceTier: usage?.serviceTier ?? call.serviceTier,
    shadow: call.shadow,
    // Nothing reported is not "reported as free": a failed call without usage says 0.
    ...(cost !== null && cost >= 0 && cost < 1e9 && !(call.failed && cost === 0) ? { providerCostUsd: cost.toFixed(12) } : {}),
    tags,
  };
  const read = readNativeEvent(native, door);
  if ("refusal" in read) return read;
  const event: UsageEvent = {
    ...read.event,
    dialect: "litellm",
    usageRaw: call.usage === null ? null : numbersOf(call.usage, 3),
    tokenMismatch: usage?.tokenMismatch ?? null,
  };
  event.contentHash = contentHashOf(event);
  return { event };
}

/** Of the usage object as it came only numbers are kept: small, storable, without a text that somebody wrote. */
function numbersOf(usage: Record<string, unknown>, depth: number): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(usage).slice(0, 40)) {
    if (!/^\w{1,64}$/.test(key)) continue;
    if (typeof value === "number") kept[key] = value;
    else if (depth > 0 && typeof value === "object" && value !== null && !Array.isArray(value)) {
      const inner = numbersOf(value as Record<string, unknown>, depth - 1);
      if (Object.keys(inner).length > 0) kept[key] = inner;
    }
  }
  return kept;
}
