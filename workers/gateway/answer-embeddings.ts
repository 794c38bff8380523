/** Embeddings: what is known comes from the cache, item by item; the rest is asked for, together with others' when the policy batches. */
import type { ServerResponse } from "node:http";
import { embeddingKeyText, routingVersion, type PlannedTarget, type RoutePlan } from "@/lib/policies";
import { planOf } from "./answer-chat";
import type { CachedAnswer } from "./answer-store";
import { embeddingList, requestOf, vectorsOf } from "./embedding-batches";
import { estimateTokens } from "./estimate-tokens";
import type { Exchange } from "./exchange";
import type { Gateway } from "./gateway";
import { GatewayError } from "./gateway-error";
import { enterLane } from "./generate-answer";
import { priceAnswer } from "./price-answer";
import { answerHeaders, sendAnswer } from "./send-answer";
import { tryTargets } from "./try-targets";
import { callWhole } from "./upstream-client";
import { hitEvent, usableUsage } from "./usage-recorder";
import type { Upstream } from "./config";

export async function answerEmbeddings(gateway: Gateway, exchange: Exchange, response: ServerResponse): Promise<void> {
  const { input: _input, stream: _stream, ...settings } = exchange.body;
  const whole: Exchange = { ...exchange, stream: false };
  const items = itemsOf(exchange.body["input"]);
  const sizes = items.map(estimateTokens);
  const inputTokens = sizes.reduce((sum, size) => sum + size, 0);
  const { maxInputTokens } = exchange.policy.tokens;
  if (maxInputTokens !== null && inputTokens > maxInputTokens) {
    const message = `The inputs have about ${inputTokens} tokens; at most ${maxInputTokens} are allowed here. Send fewer at once.`;
    throw new GatewayError(400, "context_length_exceeded", message);
  }
  const plan = planOf(gateway, whole, inputTokens);
  gateway.budgets.deposit(plan.route, plan.settings.retry.budgetPercent);

  const keys = keysOf(whole, plan, items);
  const now = Date.now();
  const known = await Promise.all(
    keys.map((key) => (key === null || exchange.wantsFresh ? null : gateway.answers.get(key, now))),
  );
  const missing = items.filter((_, index) => known[index] === null);
  const cached = keys.some((key) => key !== null);
  if (missing.length === 0) {
    answerFromCache(gateway, whole, plan, known as CachedAnswer[], response);
    return;
  }
  if (cached) gateway.metrics.cache.inc({ outcome: "miss" });

  const { lane, queueMs, leave } = await enterLane({ gateway, exchange: whole, plan }, exchange.signal);
  try {
    const { embeddings } = exchange.policy.batching;
    const { timeoutMs } = plan.settings;
    const call = (target: PlannedTarget, upstream: Upstream, signal: AbortSignal) => {
      const one = { upstream, settings: { ...settings, model: target.model }, items: missing, timeoutMs, signal };
      return embeddings.enabled ? gateway.batches.ask(one, embeddings) : callWhole(requestOf(one, missing, signal));
    };
    const tried = await tryTargets(gateway, {
      exchange: whole,
      plan,
      targets: plan.targets,
      attemptsBefore: 0,
      finalWhenFailed: true,
      queueMs,
      lane,
      lookup: { layer: cached ? "embedding" : "none", hit: false, similarity: null },
      signal: exchange.signal,
      call,
    });
    const { json, body } = tried.answer;
    const usage = usableUsage(json["usage"]);
    const vectors = vectorsOf(json, missing.length);
    tried.record({
      final: true,
      status: vectors ? "success" : "error",
      errorClass: vectors ? null : "answer_incomplete",
      ttftMs: null,
      latencyMs: tried.elapsedMs,
      usage,
      estimate: usage ? null : { input: inputTokens, output: 0 },
    });
    if (!vectors) throw new GatewayError(502, "upstream_error", `${tried.target.upstream} did not answer every input.`);

    const missingSizes = sizes.filter((_, index) => known[index] === null);
    const total = missingSizes.reduce((sum, size) => sum + size, 0);
    const spent = typeof usage?.["prompt_tokens"] === "number" ? usage["prompt_tokens"] : total;
    let at = 0;
    const merged = items.map((_, index) => {
      const hit = known[index];
      if (hit) return JSON.parse(hit.body.toString("utf8")) as unknown;
      const vector = vectors[at];
      const key = keys[index] ?? null;
      if (key !== null && tried.target.id === plan.targets[0]!.id) {
        const tokens = Math.round((spent * missingSizes[at]!) / total);
        const kept = { body: Buffer.from(JSON.stringify(vector)), usage: { prompt_tokens: tokens, total_tokens: tokens } };
        const { ttlSec } = exchange.policy.caching.retrieval;
        gateway.answers.set(key, { ...kept, model: tried.target.model, provider: tried.provider }, ttlSec, now);
      }
      at += 1;
      return vector;
    });
    const whenMerged = () => Buffer.from(JSON.stringify(embeddingList(json, merged)));
    const headers = {
      model: tried.target.model,
      attempts: tried.attempt,
      cache: cached ? ("miss" as const) : ("none" as const),
      costNanoUsd: priceAnswer(gateway.prices, tried.provider, tried.target.model, usage),
    };
    sendAnswer(whole, response, missing.length === items.length ? body : whenMerged(), answerHeaders(whole, plan, headers));
  } finally {
    leave();
  }
}

function answerFromCache(
  gateway: Gateway,
  exchange: Exchange,
  plan: RoutePlan,
  hits: readonly CachedAnswer[],
  response: ServerResponse,
): void {
  const { model, provider } = hits[0]!;
  const tokens = hits.reduce((sum, hit) => sum + Number(hit.usage?.["prompt_tokens"] ?? 0), 0);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  const latencyMs = Date.now() - exchange.startedAt;
  gateway.metrics.cache.inc({ outcome: "hit" });
  gateway.record(
    hitEvent(gateway.name, exchange, plan, { layer: "embedding", model, provider, usage, latencyMs, coalesced: false }),
  );
  const vectors = hits.map((hit) => JSON.parse(hit.body.toString("utf8")) as unknown);
  const body = Buffer.from(JSON.stringify(embeddingList({ model, usage: { prompt_tokens: 0, total_tokens: 0 } }, vectors)));
  sendAnswer(exchange, response, body, answerHeaders(exchange, plan, { model, attempts: 0, cache: "hit", costNanoUsd: 0n }));
}

function keysOf(exchange: Exchange, plan: RoutePlan, items: readonly unknown[]): (string | null)[] {
  const { body, identity, policy } = exchange;
  if (!policy.caching.retrieval.enabled || exchange.wantsNoStore) return items.map(() => null);
  const input = { body, model: plan.targets[0]!.model, routing: routingVersion(plan), identity };
  return items.map((item) => {
    const key = embeddingKeyText(item, input, policy.caching);
    return "refusal" in key ? null : key.text;
  });
}

/** One text, texts, one list of token ids, or lists of them. */
function itemsOf(input: unknown): unknown[] {
  const isIds = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every((id) => Number.isInteger(id));
  if (typeof input === "string" && input !== "") return [input];
  if (isIds(input)) return [input];
  const isItem = (value: unknown) => (typeof value === "string" && value !== "") || isIds(value);
  if (Array.isArray(input) && input.length > 0 && input.length <= 2_048 && input.every(isItem)) return input;
  throw new GatewayError(400, "invalid_input", '"input" is a text, a list of token ids, or a list of at most 2048 of either.');
}
