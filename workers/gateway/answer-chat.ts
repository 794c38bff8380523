/**
 * A chat completion, from the read request to the sent answer:
 *
 *   limits → pick → budgets → exact cache? → semantic cache? → coalesce? → lane? → targets (retry, fallback) → cascade? → answer
 */
import type { ServerResponse } from "node:http";
import {
  cacheKeyText,
  limitRequest,
  pick,
  routingVersion,
  stableShare,
  type CacheKey,
  type CachingPolicy,
  type OutputField,
  type PlannedTarget,
  type RoutePlan,
} from "@/lib/policies";
import type { CachedAnswer } from "./answer-store";
import { askMeaning } from "./ask-meaning";
import { withinBudgets } from "./budget-caps";
import { checkReuse } from "./check-reuse";
import type { Exchange } from "./exchange";
import { estimateTokens } from "./estimate-tokens";
import type { Gateway } from "./gateway";
import { GatewayError } from "./gateway-error";
import { generateAnswer, type Ask } from "./generate-answer";
import { answerHeaders, sendAnswer, type CacheOutcome } from "./send-answer";
import { orLeft } from "./shared-calls";
import { streamAnswer } from "./stream-answer";
import { attemptEvent, hitEvent, type CacheLookup } from "./usage-recorder";

type Body = Record<string, unknown>;

export async function answerChat(gateway: Gateway, exchange: Exchange, response: ServerResponse): Promise<void> {
  if (!Array.isArray(exchange.body["messages"]) || exchange.body["messages"].length === 0)
    throw new GatewayError(400, "messages_missing", '"messages" must be a list with at least one message.');
  const limited = limit(exchange, "max_completion_tokens");
  const plan = planOf(gateway, exchange, limited.inputTokens);
  gateway.budgets.deposit(plan.route, plan.settings.retry.budgetPercent);
  const bodyFor = (target: PlannedTarget): Body => {
    const field = gateway.upstreams.get(target.upstream)!.outputField;
    const body = field === "max_completion_tokens" ? limited.body : limit(exchange, field).body;
    return { ...body, model: target.model };
  };
  const first = plan.targets[0]!;
  const { caching } = exchange.policy;
  const key = exchange.wantsNoStore ? null : keyOf(exchange, plan, bodyFor(first), caching);
  const hit = key && !exchange.wantsFresh ? await gateway.answers.get(key, Date.now()) : null;
  if (hit) {
    sendHit(gateway, exchange, plan, hit, { layer: "exact", similarity: null }, response);
    return;
  }
  const meaning = await askMeaning(gateway, exchange, plan, bodyFor(first));
  if (meaning.answer) {
    sendHit(gateway, exchange, plan, meaning.answer, { layer: "semantic", similarity: meaning.similarity }, response);
    const { embedding, falseHitSamplePercent } = caching.semantic;
    if (Math.random() * 100 < falseHitSamplePercent)
      checkReuse(gateway, exchange, plan, bodyFor(first), meaning.answer.body, embedding!);
    return;
  }
  const cache: CacheOutcome = meaning.outcome === "near" ? "near" : key || meaning.outcome === "miss" ? "miss" : "none";
  if (cache !== "none") gateway.metrics.cache.inc({ outcome: cache });
  const layer = meaning.outcome === "off" ? (key ? "exact" : "none") : "semantic";
  const lookup: CacheLookup = { layer, hit: false, similarity: meaning.similarity };
  const keepExact =
    key === null ? null : (answer: CachedAnswer) => gateway.answers.set(key, answer, caching.exact.ttlSec, Date.now());
  const keep =
    keepExact || meaning.keep
      ? (answer: CachedAnswer) => {
          keepExact?.(answer);
          meaning.keep?.(answer);
        }
      : null;
  const ask: Ask = { gateway, exchange, plan, bodyFor, lookup, inputTokens: limited.inputTokens, cache, keep };

  if (exchange.stream) await streamAnswer(ask, response);
  else await whole(ask, response);
}

function sendHit(
  gateway: Gateway,
  exchange: Exchange,
  plan: RoutePlan,
  answer: CachedAnswer,
  found: { layer: "exact" | "semantic"; similarity: number | null },
  response: ServerResponse,
): void {
  const cache = found.layer === "exact" ? "hit" : "semantic";
  gateway.metrics.cache.inc({ outcome: cache });
  const { body, ...facts } = answer;
  const latencyMs = Date.now() - exchange.startedAt;
  gateway.record(hitEvent(gateway.name, exchange, plan, { ...facts, ...found, latencyMs, coalesced: false }));
  sendAnswer(
    exchange,
    response,
    body,
    answerHeaders(exchange, plan, { model: answer.model, cache, attempts: 0, costNanoUsd: 0n }),
  );
}

function limit(exchange: Exchange, field: OutputField): { body: Body; inputTokens: number } {
  const limited = limitRequest(exchange.body, exchange.policy.tokens, estimateTokens, field);
  if ("refusal" in limited) throw new GatewayError(400, "context_length_exceeded", limited.refusal);
  return limited;
}

/** Who is to answer, and whose budget allows it. */
export function planOf(gateway: Gateway, exchange: Exchange, inputTokens: number): RoutePlan {
  const plan = policyPlan(exchange, inputTokens);
  const { name, upstreams } = gateway;
  return withinBudgets(gateway.caps.current(), { gateway: name, exchange, plan, upstreams }, Date.now());
}

function policyPlan(exchange: Exchange, inputTokens: number): RoutePlan {
  const { body, identity } = exchange;
  const hasTools = [body["tools"], body["functions"]].some((list) => Array.isArray(list) && list.length > 0);
  const { model, endpoint, taskType, stream, requestId, actionId } = exchange;
  const { tenant, user } = identity;
  const request = { model, endpoint, taskType, stream, requestId, actionId, tenant, user, inputTokens, hasTools };
  const chance = { hash: stableShare, random: Math.random };
  const plan = pick(exchange.policy.routing, request, chance);
  if ("refusal" in plan) throw new GatewayError(404, "model_not_found", plan.refusal);
  exchange.onRoute(plan.route);
  if (exchange.arm === null) return plan;
  // While a change is on trial, the variant is its arm, whatever a route's own canary says.
  const trial = exchange.mirrored && pick(exchange.mirrored.routing, request, chance);
  const shadow = trial && !("refusal" in trial) ? trial.targets[0]! : plan.shadow;
  return { ...plan, variant: exchange.arm, shadow };
}

function keyOf(exchange: Exchange, plan: RoutePlan, body: Body, caching: CachingPolicy): string | null {
  if (!caching.exact.enabled) return null;
  const { identity, promptVersion } = exchange;
  const input = { body, model: plan.targets[0]!.model, routing: routingVersion(plan), promptVersion, identity };
  const key: CacheKey = cacheKeyText(input, caching);
  return "refusal" in key ? null : key.text;
}

/** Who may share answers by every cache that is on; none on: as the exact cache would. */
function sharedScope({ exact, semantic }: CachingPolicy): CachingPolicy["exact"]["scope"] {
  const scopes = [exact, semantic].filter((cache) => cache.enabled).map((cache) => cache.scope);
  return (["user", "tenant", "public"] as const).find((scope) => scopes.includes(scope)) ?? exact.scope;
}

/** Two requests are identical when a cache would say so, within one user's or tenant's walls. */
function coalesceKey(exchange: Exchange, plan: RoutePlan, body: Body): string | null {
  const { caching } = exchange.policy;
  const scope = caching.traits.personalised ? "user" : sharedScope(caching);
  return keyOf(exchange, plan, body, { ...caching, exact: { ...caching.exact, enabled: true, scope } });
}

async function whole(ask: Ask, response: ServerResponse): Promise<void> {
  const { gateway, exchange, plan } = ask;
  const shareKey =
    plan.settings.coalesce && !exchange.wantsFresh ? coalesceKey(exchange, plan, ask.bodyFor(plan.targets[0]!)) : null;
  if (shareKey === null) {
    const answer = await generateAnswer(ask, exchange.signal);
    sendAnswer(exchange, response, answer.body, answerHeaders(exchange, plan, { ...answer, cache: ask.cache }));
    return;
  }
  const { leader, result } = gateway.shared.join(shareKey, exchange.signal, (signal) => generateAnswer(ask, signal));
  const answer = await orLeft(result, exchange.signal).catch((error: unknown) => {
    if (!leader) recordFailedFollower(ask, exchange.signal.aborted);
    throw error;
  });
  if (!leader) {
    gateway.metrics.cache.inc({ outcome: "coalesced" });
    const latencyMs = Date.now() - exchange.startedAt;
    gateway.record(hitEvent(gateway.name, exchange, plan, { layer: "exact", ...answer, latencyMs, coalesced: true }));
  }
  // The one who started it pays for it.
  const served = leader ? { ...answer, cache: ask.cache } : { ...answer, cache: "coalesced" as const, costNanoUsd: 0n };
  sendAnswer(exchange, response, answer.body, answerHeaders(exchange, plan, served));
}

/** It shared a call that failed, or left before it ended: a request all the same. */
function recordFailedFollower({ gateway, exchange, plan, lookup }: Ask, left: boolean): void {
  const target = plan.targets[0]!;
  const event = attemptEvent(gateway.name, exchange, plan, {
    target,
    upstream: gateway.upstreams.get(target.upstream)!,
    attempt: 1,
    final: true,
    status: left ? "cancelled" : "error",
    errorClass: left ? "client_closed" : "coalesced_call_failed",
    startedAt: exchange.startedAt,
    queueMs: 0,
    ttftMs: null,
    latencyMs: Date.now() - exchange.startedAt,
    usage: null,
    estimate: null,
    lookup,
    lane: "interactive",
    shadow: false,
  });
  gateway.record({ ...event, tags: { coalesced: "true" } });
}
