/** One request against one model: attempts, retries and the fallback, as wire events. */
import type { NativeEvent } from "@/lib/telemetry";
import type { FleetCalendar } from "./calendar";
import { POOLS, type ModelPlan, type TenantPlan } from "./fleet";
import type { Random } from "@/lib/stats/random";
import { weatherOf } from "./traffic";

/** A wire event, and when its sender knows it: at the end of the attempt. `occurredAt` is its start. */
export interface TimedEvent {
  dueMs: number;
  event: NativeEvent;
}

/** Whose traffic this is and what the world is like: the same for all requests of one start. */
export interface Scene {
  random: Random;
  calendar: FleetCalendar;
  tenant: TenantPlan;
  endpoint: string;
}

export interface Call {
  startMs: number;
  feature: string;
  route: string;
  model: ModelPlan;
  /** Takes over when the attempts on `model` are used up. */
  fallback?: ModelPlan;
  attempts: number;
  /** The client gives up after this long; the provider still bills what it had done. */
  timeoutMs: number;
  tokens: Tokens;
  stream?: boolean;
  batch?: boolean;
  actionId?: string;
  step?: string;
  requestHash?: string;
  prefixHash?: string;
  /** Which caches were asked and did not know the answer. */
  missed?: "exact" | "semantic" | "retrieval" | "embedding";
  /** Time in the queue of an own node, and which node. */
  queueMs?: number;
  node?: string;
  /** Chance that a node runs out of memory on this request. */
  oom?: number;
}

/** One request of a recipe. `hit`: a cache is to know the answer. */
export interface Ask {
  call: Call;
  hit?: { layer: "exact" | "semantic" | "retrieval" | "embedding"; similarity: number | null };
}

/** Disjoint meters. */
export interface Tokens {
  input: number;
  cacheRead?: number;
  cacheWrite5m?: number;
  output: number;
  reasoning?: number;
}

export interface Answer {
  requestId: string;
  endMs: number;
  ok: boolean;
}

const GENERATION = 1;

interface PlayedAnswer extends Answer {
  events: TimedEvent[];
}

/** Send one request: attempts until one succeeds or all are used up. */
export function callModel(scene: Scene, call: Call): PlayedAnswer {
  const { random, calendar } = scene;
  const requestId = `req-${random.hex(16)}`;
  const models = [...Array.from({ length: call.attempts }, () => call.model), ...(call.fallback ? [call.fallback] : [])];
  const events: TimedEvent[] = [];
  let startMs = call.startMs;
  for (const [index, model] of models.entries()) {
    const weather = weatherOf(model, calendar, startMs);
    const slow = weather.slowness;
    const ttftMs = random.around(model.ttftMs * slow, 0.35) + (call.tokens.input / 1_000) * (model.pool ? 180 : 22);
    const decodeMs = model.tokensPerSec === 0 ? 0 : (call.tokens.output / random.around(model.tokensPerSec, 0.15)) * 1_000 * slow;
    const queueMs = (call.queueMs ?? 0) + (model.pool ? random.around(8, 0.8) : random.around(3, 0.5));
    const fullMs = queueMs + ttftMs + decodeMs;
    const fate = fateOf(random, weather, call, fullMs);
    const done = fate === "success" ? 1 : fate === "timeout" || fate === "cancelled" ? Math.min(1, call.timeoutMs / fullMs) : 0;
    const latencyMs =
      fate === "success"
        ? fullMs
        : fate === "timeout"
          ? call.timeoutMs
          : fate === "oom"
            ? queueMs + ttftMs
            : random.around(fate === "rate_limited" ? 60 : 900 * slow, 0.5);
    const last = fate === "success" || index === models.length - 1;
    const hasFirstToken = fate === "success" || (done > 0 && call.timeoutMs > queueMs + ttftMs);
    const outputShare = done * (hasFirstToken ? 1 : 0);
    const tokens: Tokens =
      done > 0
        ? {
            ...call.tokens,
            output: Math.round(call.tokens.output * outputShare),
            reasoning: Math.round((call.tokens.reasoning ?? 0) * outputShare),
          }
        : { input: 0, output: 0 };
    events.push(
      wireEvent(scene, call, {
        requestId,
        startMs,
        attempt: index + 1,
        final: last,
        model,
        status: fate,
        tokens,
        queueMs,
        ttftMs: call.stream && hasFirstToken ? queueMs + ttftMs : null,
        latencyMs,
        prefillMs: model.pool && hasFirstToken ? ttftMs : null,
        decodeMs: model.pool && fate === "success" ? decodeMs : null,
      }),
    );
    startMs += latencyMs;
    if (last) return { events, requestId, endMs: startMs, ok: fate === "success" };
    startMs += random.around(200 * 2 ** Math.min(index, 4), 0.3);
  }
  throw new Error("A call needs at least one attempt.");
}

/** An answer from a cache: no upstream call. The meters say what was avoided. */
export function answerFromCache(
  scene: Scene,
  call: Call,
  layer: "exact" | "semantic" | "retrieval" | "embedding",
  similarity: number | null = null,
): PlayedAnswer {
  const { random } = scene;
  const requestId = `req-${random.hex(16)}`;
  const latencyMs = layer === "exact" ? random.around(4, 0.4) : random.around(22, 0.4);
  const timed = wireEvent(scene, call, {
    requestId,
    startMs: call.startMs,
    attempt: 1,
    final: true,
    model: call.model,
    status: "success",
    tokens: call.tokens,
    queueMs: null,
    ttftMs: call.stream ? latencyMs : null,
    latencyMs,
    prefillMs: null,
    decodeMs: null,
    hit: { layer, similarity },
  });
  return { events: [timed], requestId, endMs: call.startMs + latencyMs, ok: true };
}

function fateOf(random: Random, weather: ReturnType<typeof weatherOf>, call: Call, fullMs: number): NativeEvent["status"] {
  // Both draws happen always, so that one outcome does not shift the randomness of the next.
  const luck = random.next();
  const oom = random.next() < (call.oom ?? 0);
  if (oom) return "oom";
  if (luck < weather.errors) return "error";
  if (luck < weather.errors + weather.rateLimited) return "rate_limited";
  if (fullMs > call.timeoutMs) return "timeout";
  return luck > 0.997 && call.stream ? "cancelled" : "success";
}

interface Attempt {
  requestId: string;
  startMs: number;
  attempt: number;
  final: boolean;
  model: ModelPlan;
  status: NativeEvent["status"];
  tokens: Tokens;
  queueMs: number | null;
  ttftMs: number | null;
  latencyMs: number;
  prefillMs: number | null;
  decodeMs: number | null;
  hit?: { layer: "exact" | "semantic" | "retrieval" | "embedding"; similarity: number | null };
}

const ERROR_CLASSES: Partial<Record<NativeEvent["status"], string>> = {
  error: "provider_5xx",
  timeout: "client_timeout",
  oom: "cuda_out_of_memory",
  rate_limited: "http_429",
  cancelled: "client_cancelled",
};

function wireEvent(scene: Scene, call: Call, attempt: Attempt): TimedEvent {
  const { tenant, endpoint, random } = scene;
  const { model, tokens } = attempt;
  const startMs = Math.round(attempt.startMs);
  const ms = (value: number | null) => (value === null ? null : Math.round(value * 10) / 10);
  const cacheRead = tokens.cacheRead ?? 0;
  const cache = attempt.hit
    ? { layer: attempt.hit.layer, hit: true, similarity: attempt.hit.similarity }
    : call.missed
      ? { layer: call.missed, hit: false, similarity: null }
      : { layer: cacheRead > 0 ? ("prefix" as const) : ("none" as const), hit: cacheRead > 0, similarity: null };
  const event: NativeEvent = {
    id: timeId(startMs, random),
    occurredAt: new Date(startMs).toISOString(),
    tenant: tenant.id,
    endpoint,
    feature: call.feature,
    route: call.route,
    provider: model.provider,
    modelRequested: call.model.model,
    modelServed: model.model,
    gateway: tenant.gateway,
    ...(model.pool && !attempt.hit
      ? {
          pool: model.pool,
          node: call.node ?? nodeFor(model.pool, random),
          engine: "vllm",
          precision: model.precision ?? null,
        }
      : {}),
    region: tenant.region,
    lane: call.batch ? "batch" : "interactive",
    requestId: attempt.requestId,
    attempt: attempt.attempt,
    final: attempt.final,
    actionId: call.actionId ?? null,
    actionStep: call.step ?? null,
    status: attempt.status,
    errorClass: ERROR_CLASSES[attempt.status] ?? null,
    cache,
    stream: call.stream ?? false,
    ...usageOf(tenant.gateway, model, tokens, attempt.hit !== undefined),
    timing: {
      queueMs: ms(attempt.queueMs),
      ttftMs: ms(attempt.ttftMs),
      latencyMs: ms(attempt.latencyMs),
      prefillMs: ms(attempt.prefillMs),
      decodeMs: ms(attempt.decodeMs),
    },
    generation: GENERATION,
    requestHash: call.requestHash ?? null,
    prefixHash: call.prefixHash ?? null,
    batch: false,
    tags: { team: tenant.team },
  };
  return { dueMs: startMs + Math.ceil(attempt.latencyMs), event };
}

function nodeFor(pool: NonNullable<ModelPlan["pool"]>, random: Random): string {
  const { nodes } = POOLS.find((plan) => plan.id === pool)!;
  return nodes[random.int(0, nodes.length - 1)]!;
}

/** The European gateway passes the provider's usage object on as it came; the other one sends disjoint meters. */
function usageOf(
  gateway: string,
  model: ModelPlan,
  tokens: Tokens,
  hit: boolean,
): Pick<NativeEvent, "meters" | "usage" | "usageFormat"> {
  const { input, output, cacheRead = 0, cacheWrite5m = 0, reasoning = 0 } = tokens;
  const nothing = input + output + cacheRead + cacheWrite5m === 0;
  if (gateway !== "gw-eu-1" || hit || nothing || model.provider === "self-hosted") {
    return { meters: { input, cacheRead, cacheWrite5m, output, reasoning } };
  }
  if (model.provider === "anthropic") {
    return {
      usageFormat: "anthropic",
      usage: {
        input_tokens: input,
        cache_creation_input_tokens: cacheWrite5m,
        cache_read_input_tokens: cacheRead,
        output_tokens: output,
      },
    };
  }
  if (model.provider === "google") {
    return {
      usageFormat: "gemini",
      usage: {
        promptTokenCount: input + cacheRead,
        cachedContentTokenCount: cacheRead,
        candidatesTokenCount: output - reasoning,
        thoughtsTokenCount: reasoning,
        totalTokenCount: input + cacheRead + output,
      },
    };
  }
  return {
    usageFormat: "openai",
    usage: {
      prompt_tokens: input + cacheRead,
      completion_tokens: output,
      total_tokens: input + cacheRead + output,
      prompt_tokens_details: { cached_tokens: cacheRead },
      completion_tokens_details: { reasoning_tokens: reasoning },
    },
  };
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID: ten characters of time, sixteen of randomness. Ids in order of time keep the identity index fast. */
function timeId(ms: number, random: Random): string {
  let time = "";
  for (let rest = ms, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = CROCKFORD[rest % 32] + time;
  let tail = "";
  for (let i = 0; i < 16; i++) tail += CROCKFORD[random.int(0, 31)];
  return time + tail;
}
