/** What happened, as the console's native event: one per attempt, one per answer that needed none. */
import type { PlannedTarget, RoutePlan } from "@/lib/policies";
import { readUsage } from "@/lib/telemetry/dialects";
import type { NativeEvent } from "@/lib/telemetry/schemas";
import { newId, type Exchange } from "./exchange";

export interface AttemptFacts {
  target: PlannedTarget;
  provider: string;
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
  return {
    ...common(gateway, exchange, plan, facts.startedAt),
    provider: facts.provider,
    modelServed: facts.target.model,
    pool: facts.target.pool ?? null,
    lane: facts.lane,
    attempt: facts.attempt,
    final: facts.final,
    status: facts.status,
    errorClass: facts.errorClass,
    cache: facts.lookup,
    ...meters(facts.usage, facts.estimate, facts.tags),
    timing: { queueMs: facts.queueMs, ttftMs: facts.ttftMs, latencyMs: facts.latencyMs },
    shadow: facts.shadow,
  };
}

export interface HelperFacts extends Pick<AttemptFacts, "provider" | "startedAt" | "latencyMs" | "usage"> {
  status: NativeEvent["status"];
  errorClass: string | null;
  /** Sets what it cost apart from what users asked for. */
  feature: string;
  model: string;
}

/** A call that the gateway made for itself on the way to an answer. Like a mirrored one it costs and is nobody's request. */
export function helperEvent(gateway: string, exchange: Exchange, plan: RoutePlan, facts: HelperFacts): NativeEvent {
  const { provider, model, feature, status, errorClass, startedAt, latencyMs, usage } = facts;
  return {
    ...common(gateway, exchange, plan, startedAt),
    feature,
    provider,
    modelRequested: model,
    modelServed: model,
    attempt: 1,
    final: false,
    shadow: true,
    status,
    errorClass,
    stream: false,
    requestHash: null,
    cache: { layer: "none", hit: false, similarity: null },
    ...meters(usage, null),
    timing: { queueMs: 0, ttftMs: null, latencyMs },
  };
}

export function hitEvent(gateway: string, exchange: Exchange, plan: RoutePlan, facts: HitFacts): NativeEvent {
  const tags = facts.coalesced ? { tags: { coalesced: "true" } } : {};
  return {
    ...common(gateway, exchange, plan, exchange.startedAt),
    provider: facts.provider,
    modelServed: facts.model,
    lane: "interactive",
    attempt: 1,
    final: true,
    status: "success",
    cache: { layer: facts.layer, hit: true, similarity: facts.similarity ?? null },
    ...(facts.usage ? { usage: facts.usage, usageFormat: "openai" as const } : { meters: {} }),
    timing: { queueMs: 0, ttftMs: facts.latencyMs, latencyMs: facts.latencyMs },
    ...tags,
  };
}

function common(gateway: string, exchange: Exchange, plan: RoutePlan, startedAt: number) {
  return {
    id: newId(startedAt),
    occurredAt: new Date(startedAt).toISOString(),
    tenant: exchange.identity.tenant,
    endpoint: exchange.endpoint,
    feature: exchange.feature,
    route: plan.route,
    modelRequested: exchange.model,
    gateway,
    requestId: exchange.requestId,
    actionId: exchange.actionId,
    actionStep: exchange.actionStep,
    stream: exchange.stream,
    variant: plan.variant,
    generation: exchange.generation,
    requestHash: exchange.requestHash,
  };
}

function meters(
  usage: AttemptFacts["usage"],
  estimate: AttemptFacts["estimate"],
  tags?: Record<string, string>,
): Pick<NativeEvent, "usage" | "usageFormat" | "meters" | "tags"> {
  const tagged = tags ? { tags } : {};
  if (usage) return { usage, usageFormat: "openai", ...tagged };
  return estimate ? { meters: { ...estimate }, tags: { ...tags, usage: "estimated" } } : { meters: {}, ...tagged };
}

/** The usage object when the console can read it; anything else counts as none. */
export function usableUsage(value: unknown): Record<string, unknown> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const usage = value as Record<string, unknown>;
  if ("code" in readUsage("openai", usage)) return null;
  return JSON.stringify(usage).length <= 8_192 ? usage : null;
}
