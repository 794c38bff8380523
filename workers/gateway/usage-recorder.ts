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
}

/** What the caches said: not asked, asked in vain, or answered. */
export type CacheLookup = { layer: "none" | "exact" | "embedding"; hit: boolean };

export interface HitFacts {
  layer: "exact" | "embedding";
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
    cache: { ...facts.lookup, similarity: null },
    ...meters(facts.usage, facts.estimate),
    timing: { queueMs: facts.queueMs, ttftMs: facts.ttftMs, latencyMs: facts.latencyMs },
    shadow: facts.shadow,
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
    cache: { layer: facts.layer, hit: true, similarity: null },
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
): Pick<NativeEvent, "usage" | "usageFormat" | "meters" | "tags"> {
  if (usage) return { usage, usageFormat: "openai" };
  return estimate ? { meters: { ...estimate }, tags: { usage: "estimated" } } : { meters: {} };
}

/** The usage object when the console can read it; anything else counts as none. */
export function usableUsage(value: unknown): Record<string, unknown> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const usage = value as Record<string, unknown>;
  if ("code" in readUsage("openai", usage)) return null;
  return JSON.stringify(usage).length <= 8_192 ? usage : null;
}
