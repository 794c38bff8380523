/** A whole chat answer from the targets: lane, tries, and the large model when the small one's answer is not good enough. */
import { escalationReason, type PlannedTarget, type RoutePlan } from "@/lib/policies";
import type { Upstream } from "./config";
import { estimateTokens } from "./estimate-tokens";
import type { Exchange } from "./exchange";
import type { Gateway, ServedAnswer } from "./gateway";
import { mirror } from "./mirror";
import { tryTargets, type Tried } from "./try-targets";
import { callWhole, type WholeAnswer } from "./upstream-client";
import type { CachedAnswer } from "./answer-store";
import { priceAnswer } from "./price-answer";
import type { CacheOutcome } from "./send-answer";
import { usableUsage, type CacheLookup } from "./usage-recorder";

export interface Ask {
  gateway: Gateway;
  exchange: Exchange;
  plan: RoutePlan;
  /** The limited request, for the target that answers. */
  bodyFor: (target: PlannedTarget) => Record<string, unknown>;
  lookup: CacheLookup;
  inputTokens: number;
  /** What the caches said, for the header. */
  cache: CacheOutcome;
  /** Into the caches; null: this answer is not kept. */
  keep: ((answer: CachedAnswer) => void) | null;
}

export async function generateAnswer(ask: Ask, signal: AbortSignal): Promise<ServedAnswer> {
  const { gateway, exchange, plan, bodyFor } = ask;
  const { lane, queueMs, leave } = await enterLane(ask, signal);
  try {
    if (plan.shadow) mirror(gateway, exchange, plan, plan.shadow, bodyFor(plan.shadow));
    const call = (target: PlannedTarget, upstream: Upstream, abort: AbortSignal) => {
      const { timeoutMs } = plan.settings;
      const body = bodyFor(target);
      return callWhole({
        upstream,
        path: "chat/completions",
        body,
        stream: false,
        timeoutMs,
        firstTokenTimeoutMs: null,
        signal: abort,
      });
    };
    const tryThese = (targets: readonly PlannedTarget[], attemptsBefore: number, finalWhenFailed: boolean) =>
      tryTargets(gateway, {
        exchange,
        plan,
        targets,
        attemptsBefore,
        finalWhenFailed,
        queueMs,
        lane,
        lookup: ask.lookup,
        signal,
        call,
      });
    const small = await tryThese(plan.targets, 0, true);
    const served = shouldEscalate(ask, small) ? await escalate(ask, small, tryThese, signal) : small;
    recordAnswer(ask, served, true);
    const answer: CachedAnswer = {
      body: served.answer.body,
      usage: usableUsage(served.answer.json["usage"]),
      model: served.target.model,
      provider: served.provider,
    };
    const planned = small.target.id === plan.targets[0]!.id;
    if (planned && isComplete(served.answer.json)) ask.keep?.(answer);
    const costs = (served === small ? [small] : [small, served]).map((tried) => priceOf(gateway, tried));
    const costNanoUsd = costs.reduce((sum, cost) => (sum === null || cost === null ? null : sum + cost));
    return { ...answer, attempts: Math.max(small.attempt, served.attempt), costNanoUsd };
  } finally {
    leave();
  }
}

const priceOf = ({ prices }: Gateway, { provider, target, answer }: Tried<WholeAnswer>): bigint | null =>
  priceAnswer(prices, provider, target.model, usableUsage(answer.json["usage"]));

type TryThese = (
  targets: readonly PlannedTarget[],
  attemptsBefore: number,
  finalWhenFailed: boolean,
) => Promise<Tried<WholeAnswer>>;

/** The large model's answer; the small one's when the large one fails: a weak answer is better than an error. */
async function escalate(
  ask: Ask,
  small: Tried<WholeAnswer>,
  tryThese: TryThese,
  signal: AbortSignal,
): Promise<Tried<WholeAnswer>> {
  try {
    const large = await tryThese([ask.plan.cascade!.escalateTo], small.attempt, false);
    recordAnswer(ask, small, false);
    return large;
  } catch (error) {
    if (!signal.aborted) return small;
    recordAnswer(ask, small, true);
    throw error;
  }
}

function shouldEscalate({ plan, bodyFor }: Ask, { answer, target }: Tried<WholeAnswer>): boolean {
  if (!plan.cascade || target.id !== plan.targets[0]!.id) return false;
  const choice = firstChoice(answer.json);
  const message = (choice["message"] ?? {}) as Record<string, unknown>;
  const content = message["content"];
  const format = bodyFor(target)["response_format"] as { type?: unknown } | undefined;
  const judged = {
    text: typeof content === "string" ? content : "",
    finishReason: typeof choice["finish_reason"] === "string" ? choice["finish_reason"] : null,
    jsonWanted: format?.type === "json_object" || format?.type === "json_schema",
    calledTools: Array.isArray(message["tool_calls"]) && message["tool_calls"].length > 0,
  };
  return escalationReason(plan.cascade.when, judged) !== null;
}

function recordAnswer(ask: Ask, tried: Tried<WholeAnswer>, final: boolean): void {
  const usage = usableUsage(tried.answer.json["usage"]);
  tried.record({
    final,
    status: "success",
    errorClass: null,
    ttftMs: null,
    latencyMs: tried.elapsedMs,
    usage,
    estimate: usage ? null : { input: ask.inputTokens, output: estimateTokens(tried.answer.json["choices"] ?? []) },
  });
}

const firstChoice = (json: Record<string, unknown>): Record<string, unknown> => {
  const choices = json["choices"];
  return (Array.isArray(choices) ? (choices[0] as Record<string, unknown> | undefined) : undefined) ?? {};
};

/** Refused by a content filter, or no answer at all: not to be given to the next one. */
function isComplete(json: Record<string, unknown>): boolean {
  const choices = json["choices"];
  const kept = new Set(["stop", "length", "tool_calls", "function_call"]);
  return Array.isArray(choices) && choices.length > 0 && choices.every((choice) => kept.has(choice?.finish_reason));
}

/** The lane a request runs in, and how long it waited for its turn. */
export async function enterLane({ gateway, exchange, plan }: Pick<Ask, "gateway" | "exchange" | "plan">, signal: AbortSignal) {
  const { background } = exchange.policy.batching;
  const batch = background.enabled && (exchange.wantsBatch || plan.lane === "batch");
  if (!batch) return { lane: "interactive" as const, queueMs: 0, leave: () => undefined };
  const clock = performance.now();
  const leave = await gateway.lane.enter(background, signal);
  return { lane: "batch" as const, queueMs: performance.now() - clock, leave };
}
