/** What happened, as the console's native event: one per attempt, one per answer that needed none. */
import type { PlannedTarget, RoutePlan } from "@/lib/policies";
import { readUsage } from "@/lib/telemetry/dialects";
import type { NativeEvent } from "@/lib/telemetry/schemas";
import type { Upstream } from "./config";
import { newId, type Exchange } from "./exchange";

export interface AttemptFacts {
  target: PlannedTarget;
  upstream: Pick<Upstream, "provider" | "node">;
  attempt: number;
  final: boolean;
  status: NativeEvent["status"];
  errorClass: string | null;
  /** Epoch milliseconds. */
  startedAt: number;
  queueMs: number;
  ttftMs: number | null;
  latencyMs: number;
  /** As the upstream sent it. */
  usage: Record<string, unknown> | null;
  /** When there is no usage: about what was used. Null: nothing that costs. */
  estimate: { input: number; output: number } | null;
  lookup: CacheLookup;
  lane: "interactive" | "batch";
  shadow: boolean;
  tags?: Record<string, string>;
}

/** What the caches said: not asked, asked in vain, or answered. The layer is the one that was asked last. */
export interface CacheLookup {
  layer: "none" | "exact" | "semantic" | "embedding";
  hit: boolean;
  /** Of the semantic cache: to the nearest question that was near enough to be counted. */
  similarity: number | null;
}

export interface HitFacts {
  layer: "exact" | "semantic" | "embedding";
  similarity?: number | null;
  model: string;
  provider: string;
  usage: Record<string, unknown> | null;
  latencyMs: number;
  /** It shared the answer of a call in flight. */
  coalesced: boolean;
}

export type RecordEvent = (event: NativeEvent) => void;

export function attemptEvent(gateway: string, exchange: Exchange, plan: RoutePlan, facts: AttemptFacts): NativeEvent {
  const { target, usage, estimate, tags } = facts;
  const estimated = usage === null && estimate !== null;
  return eventOf(gateway, exchange, plan, {
    startedAt: facts.startedAt,
    feature: exchange.feature,
    modelRequested: exchange.model,
    requestHash: exchange.requestHash,
    stream: exchange.stream,
    provider: facts.upstream.provider,
    modelServed: target.model,
    pool: target.pool ?? null,
    node: facts.upstream.node,
    lane: facts.lane,
    attempt: facts.attempt,
    final: facts.final,
    status: facts.status,
    errorClass: facts.errorClass,
    cache: facts.lookup,
    usage,
    meters: estimated ? { input: estimate.input, output: estimate.output } : {},
    tags: estimated ? { ...tags, usage: "estimated" } : tags,
    timing: { queueMs: facts.queueMs, ttftMs: facts.ttftMs, latencyMs: facts.latencyMs },
    shadow: facts.shadow,
  });
}

export interface HelperFacts extends Pick<AttemptFacts, "startedAt" | "latencyMs" | "usage"> {
  provider: string;
  status: NativeEvent["status"];
  errorClass: string | null;
  /** Sets what it cost apart from what users asked for. */
  feature: string;
  model: string;
}

/** A call that the gateway made for itself on the way to an answer. Like a mirrored one it costs and is nobody's request. */
export function helperEvent(gateway: string, exchange: Exchange, plan: RoutePlan, facts: HelperFacts): NativeEvent {
  return eventOf(gateway, exchange, plan, {
    startedAt: facts.startedAt,
    feature: facts.feature,
    modelRequested: facts.model,
    requestHash: null,
    stream: false,
    provider: facts.provider,
    modelServed: facts.model,
    pool: null,
    node: null,
    lane: "interactive",
    attempt: 1,
    final: false,
    status: facts.status,
    errorClass: facts.errorClass,
    cache: { layer: "none", hit: false, similarity: null },
    usage: facts.usage,
    meters: {},
    tags: undefined,
    timing: { queueMs: 0, ttftMs: null, latencyMs: facts.latencyMs },
    shadow: true,
  });
}

export function hitEvent(gateway: string, exchange: Exchange, plan: RoutePlan, facts: HitFacts): NativeEvent {
  return eventOf(gateway, exchange, plan, {
    startedAt: exchange.startedAt,
    feature: exchange.feature,
    modelRequested: exchange.model,
    requestHash: exchange.requestHash,
    stream: exchange.stream,
    provider: facts.provider,
    modelServed: facts.model,
    pool: null,
    node: null,
    lane: "interactive",
    attempt: 1,
    final: true,
    status: "success",
    errorClass: null,
    cache: { layer: facts.layer, hit: true, similarity: facts.similarity ?? null },
    usage: facts.usage,
    meters: {},
    tags: facts.coalesced ? { coalesced: "true" } : undefined,
    timing: { queueMs: 0, ttftMs: facts.latencyMs, latencyMs: facts.latencyMs },
    shadow: false,
  });
}

/** What differs from event to event of one exchange. */
type Own = Pick<
  NativeEvent,
  | "feature"
  | "modelRequested"
  | "requestHash"
  | "stream"
  | "provider"
  | "modelServed"
  | "pool"
  | "node"
  | "lane"
  | "attempt"
  | "final"
  | "status"
  | "errorClass"
  | "cache"
  | "meters"
  | "tags"
  | "timing"
  | "shadow"
> & { startedAt: number; usage: Record<string, unknown> | null };

/** Every field by name: spreading parts into an object of this size took ten times as long as all the rest of it. */
function eventOf(gateway: string, exchange: Exchange, plan: RoutePlan, own: Own): NativeEvent {
  return {
    id: newId(own.startedAt),
    occurredAt: new Date(own.startedAt).toISOString(),
    tenant: exchange.identity.tenant,
    endpoint: exchange.endpoint,
    feature: own.feature,
    route: plan.route,
    provider: own.provider,
    modelRequested: own.modelRequested,
    modelServed: own.modelServed,
    gateway,
    pool: own.pool,
    node: own.node,
    lane: own.lane,
    requestId: exchange.requestId,
    attempt: own.attempt,
    final: own.final,
    actionId: exchange.actionId,
    actionStep: exchange.actionStep,
    status: own.status,
    errorClass: own.errorClass,
    cache: own.cache,
    stream: own.stream,
    // One of the two: the upstream's own words, or disjoint quantities.
    usage: own.usage ?? undefined,
    usageFormat: own.usage ? "openai" : undefined,
    meters: own.usage ? undefined : own.meters,
    timing: own.timing,
    variant: plan.variant,
    generation: exchange.generation,
    requestHash: own.requestHash,
    shadow: own.shadow,
    tags: own.tags,
  };
}

/** The usage object when the console can read it; anything else counts as none. */
export function usableUsage(value: unknown): Record<string, unknown> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const usage = value as Record<string, unknown>;
  if ("code" in readUsage("openai", usage)) return null;
  return JSON.stringify(usage).length <= 8_192 ? usage : null;
}
