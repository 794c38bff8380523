/**
 * What one start of each endpoint does: the requests it makes, in order, and what people thought of the result.
 * Endpoints with a planted problem say so; README.md lists what each should look like in the data.
 */
import type { Answer, Ask, Call, Scene, Tokens } from "./attempts";
import { MODELS, POOLS, type EndpointId, type TenantId } from "./fleet";

/** A result that a person or a system reports afterwards. */
export interface SceneOutcome {
  kpi: "resolved" | "accepted" | "escalated" | "rating";
  value: number;
  label: string | null;
  requestId?: string;
  actionId?: string;
  atMs: number;
}

/**
 * Yields the requests that are under way together and is given their answers; returns the outcomes. Who makes the
 * requests is left open: the history works answers out (play-recipe.ts), live traffic sends them to the gateways.
 */
type Steps<Result> = Generator<readonly Ask[], Result, readonly Answer[]>;
export type Recipe = (scene: Scene, startMs: number) => Steps<SceneOutcome[]>;

function* ask(call: Call, hit?: Ask["hit"]): Steps<Answer> {
  const [answer] = yield [hit ? { call, hit } : { call }];
  return answer!;
}

const SECOND = 1_000;
const round = Math.round;

/** Clean: short prompts, capped answers, a response cache that works. One to three turns. */
const supportChat: Recipe = function* (scene, startMs) {
  const { random, tenant } = scene;
  const actionId = `conv-${random.hex(12)}`;
  const semantic = tenant.id === "northwind-bank" || tenant.id === "orbit-logistics";
  const layer = semantic ? "semantic" : "exact";
  let at = startMs;
  let ok = true;
  const turns = 1 + (random.chance(0.5) ? 1 : 0) + (random.chance(0.3) ? 1 : 0);
  for (let turn = 0; turn < turns; turn++) {
    const call: Call = {
      startMs: at,
      feature: "chat",
      route: "chat-default",
      model: MODELS.gpt41mini,
      fallback: MODELS.flash,
      attempts: 2,
      timeoutMs: 30 * SECOND,
      tokens: { input: round(random.around(1_500 + 380 * turn, 0.25)), output: Math.min(450, round(random.around(190, 0.45))) },
      stream: true,
      actionId,
      step: "reply",
      requestHash: `chat-${random.hex(20)}`,
      missed: layer,
    };
    const hit = turn === 0 && random.chance(semantic ? 0.31 : 0.22);
    const similarity = semantic ? round(random.around(0.955, 0.01) * 1000) / 1000 : null;
    const answer = yield* ask(call, hit ? { layer, similarity: similarity && Math.min(0.999, similarity) } : undefined);
    ok &&= answer.ok;
    at = answer.endMs + random.around(40 * SECOND, 0.4);
  }
  const outcomes: SceneOutcome[] = [];
  if (random.chance(0.6)) {
    const resolved = ok && random.chance(0.83);
    outcomes.push({ kpi: "resolved", value: resolved ? 1 : 0, label: null, actionId, atMs: at });
    if (!resolved) outcomes.push({ kpi: "escalated", value: 1, label: "human agent", actionId, atMs: at + 5 * SECOND });
    if (random.chance(0.25)) {
      const stars = resolved ? random.int(3, 5) : random.int(1, 3);
      outcomes.push({ kpi: "rating", value: stars, label: `${stars} stars`, actionId, atMs: at + 20 * SECOND });
    }
  }
  return outcomes;
};

/** Shared by RAG and search: one embedding, or the cache that knew it. */
function* embedQuery(scene: Scene, startMs: number, actionId: string, route: string): Steps<Answer> {
  const { random, tenant } = scene;
  const withRetrievalCache = tenant.id === "northwind-bank" || tenant.id === "brightcart";
  const layer = withRetrievalCache ? "retrieval" : "embedding";
  const call: Call = {
    startMs,
    feature: "retrieval",
    route,
    model: MODELS.embed,
    attempts: 2,
    timeoutMs: 5 * SECOND,
    tokens: { input: round(random.around(26, 0.4)), output: 0 },
    actionId,
    step: "retrieve",
    missed: layer,
  };
  return yield* ask(call, random.chance(withRetrievalCache ? 0.34 : 0.27) ? { layer, similarity: null } : undefined);
}

/** Planted: the same popular questions again and again, each answered afresh by the dearest model; no response cache. */
const kbAnswer: Recipe = function* (scene, startMs) {
  const { random, tenant } = scene;
  const actionId = `ask-${random.hex(12)}`;
  const retrieved = yield* embedQuery(scene, startMs, actionId, "embed-default");
  const popular = random.chance(0.62);
  const question = popular ? `kb-${tenant.id}-${random.zipf(45)}` : `kb-${random.hex(20)}`;
  const own = tenant.id === "lumen-health";
  // The corpus prompt is long and stable, so the provider reads a part of it from its prefix cache.
  const prefixRead = !own && random.chance(0.55) ? 1_024 + 128 * random.int(0, 6) : 0;
  const tokens: Tokens = {
    input: round(random.around(own ? 3_900 : 6_400, 0.3)),
    cacheRead: own ? 0 : prefixRead,
    output: Math.min(900, round(random.around(380, 0.4))),
  };
  const answer = yield* ask({
    startMs: retrieved.endMs + random.around(45, 0.3),
    feature: "answer",
    route: own ? "rag-private" : "rag-default",
    model: own ? MODELS.llama : MODELS.gpt41,
    fallback: own ? MODELS.llama : MODELS.sonnet,
    attempts: 2,
    timeoutMs: 60 * SECOND,
    tokens,
    stream: true,
    actionId,
    step: "generate",
    requestHash: question,
    prefixHash: `prefix-kb-${tenant.id}`,
  });
  const outcomes: SceneOutcome[] = [];
  if (random.chance(0.2)) {
    const good = answer.ok && random.chance(0.88);
    outcomes.push({ kpi: "resolved", value: good ? 1 : 0, label: null, actionId, atMs: answer.endMs + 30 * SECOND });
  }
  return outcomes;
};

/** Planted: a frontier model that only ever says one of six words. */
const ticketClassify: Recipe = function* (scene, startMs) {
  const { random } = scene;
  const answer = yield* ask({
    startMs,
    feature: "triage",
    route: "classify",
    model: MODELS.sonnet,
    fallback: MODELS.gpt41mini,
    attempts: 2,
    timeoutMs: 20 * SECOND,
    tokens: { input: round(random.around(1_700, 0.4)), output: random.int(2, 5) },
    requestHash: `ticket-${random.hex(20)}`,
  });
  const outcomes: SceneOutcome[] = random.chance(0.05)
    ? [
        {
          kpi: "accepted",
          value: answer.ok && random.chance(0.96) ? 1 : 0,
          label: null,
          requestId: answer.requestId,
          atMs: answer.endMs + 60 * SECOND,
        },
      ]
    : [];
  return outcomes;
};

/** Planted for Orbit Logistics: a timeout shorter than the work, and up to six tries without a budget. Clean elsewhere. */
const invoiceExtract: Recipe = function* (scene, startMs) {
  const { random, tenant } = scene;
  const storm = tenant.id === "orbit-logistics";
  const output = Math.min(1_800, round(random.around(680, 0.35)));
  const reasoning = round(output * 0.2);
  const call: Call = {
    startMs,
    feature: "documents",
    route: "extract",
    model: MODELS.flash,
    attempts: storm ? 6 : 2,
    timeoutMs: storm ? 6_000 : 30 * SECOND,
    tokens: { input: round(random.around(6_200, 0.35)), output, reasoning },
    requestHash: `doc-${random.hex(20)}`,
    batch: tenant.id === "fernway-legal",
  };
  const first = yield* ask(call);
  // A queue worker that delivers twice: the same document again within seconds.
  if (random.chance(storm ? 0.06 : 0.012)) yield* ask({ ...call, startMs: startMs + random.int(2, 40) * SECOND });
  const outcomes: SceneOutcome[] = random.chance(0.1)
    ? [
        {
          kpi: "accepted",
          value: first.ok && random.chance(0.93) ? 1 : 0,
          label: "no correction",
          requestId: first.requestId,
          atMs: first.endMs + 90 * SECOND,
        },
      ]
    : [];
  return outcomes;
};

/** Clean: popular search terms come from the embedding cache. */
const searchEmbed: Recipe = function* (scene, startMs) {
  const { random } = scene;
  const call: Call = {
    startMs,
    feature: "search",
    route: "embed-default",
    model: MODELS.embed,
    attempts: 3,
    timeoutMs: 5 * SECOND,
    tokens: { input: round(random.around(240, 0.6)), output: 0 },
    missed: "embedding",
  };
  yield* ask(call, random.chance(0.57) ? { layer: "embedding", similarity: null } : undefined);
  return [];
};

/** Planted: no output cap: some drafts run to thousands of tokens that nobody reads. The chain grows its own prefix. */
const assistantAgent: Recipe = function* (scene, startMs) {
  const { random, tenant } = scene;
  const actionId = `run-${random.hex(12)}`;
  const steps = ["plan", ...Array.from({ length: random.int(2, 5) }, () => (random.chance(0.5) ? "search" : "tool")), "draft"];
  let context = 5_200;
  let at = startMs;
  let ok = true;
  for (const [index, step] of steps.entries()) {
    const fresh = round(random.around(1_400, 0.5));
    const runaway = step === "draft" && random.chance(0.16);
    const output = runaway ? round(random.around(5_200, 0.3)) : round(random.around(step === "draft" ? 780 : 190, 0.4));
    const answer = yield* ask({
      startMs: at,
      feature: "agent",
      route: "agent",
      model: MODELS.sonnet,
      fallback: MODELS.gpt41,
      attempts: 2,
      timeoutMs: 180 * SECOND,
      tokens: { input: fresh, cacheRead: index === 0 ? 0 : context, cacheWrite5m: index === 0 ? context : 0, output },
      stream: step === "draft",
      actionId,
      step,
      prefixHash: `prefix-agent-${tenant.id}`,
      requestHash: `agent-${random.hex(20)}`,
    });
    context += fresh + output;
    ok = answer.ok;
    if (!ok) break;
    at = answer.endMs + random.around(900, 0.7);
  }
  const outcomes: SceneOutcome[] = random.chance(0.7)
    ? [{ kpi: "resolved", value: ok && random.chance(0.76) ? 1 : 0, label: null, actionId, atMs: at + 15 * SECOND }]
    : [];
  return outcomes;
};

/**
 * Planted: long documents in pieces on a pool whose 16-bit weights leave little room for the KV cache: twelve pieces at
 * once fill it, the rest wait, some run out of memory. Map on the own pool, reduce on an API model.
 */
const docsSummarize: Recipe = function* (scene, startMs) {
  const { random } = scene;
  const actionId = `job-${random.hex(12)}`;
  const { nodes } = POOLS[0]!;
  const first = random.int(0, nodes.length - 1);
  const pieces = random.int(8, 16);
  const map: Ask[] = Array.from({ length: pieces }, (_, piece) => {
    const input = round(random.around(9_500, 0.25));
    const wave = Math.floor(piece / (nodes.length * 3));
    const call: Call = {
      startMs: startMs + piece * 120,
      feature: "summaries",
      route: "summarize",
      model: MODELS.llama,
      attempts: 3,
      timeoutMs: 180 * SECOND,
      tokens: { input, output: Math.min(1_100, round(random.around(820, 0.2))) },
      batch: true,
      actionId,
      step: "map",
      node: nodes[(first + piece) % nodes.length]!,
      queueMs: wave * random.around(45 * SECOND, 0.3) + (piece % 3) * random.around(2_500, 0.5),
      oom: input > 11_500 ? 0.11 : 0.012,
      requestHash: `piece-${random.hex(20)}`,
    };
    return { call };
  });
  const end = Math.max(startMs, ...(yield map).map(({ endMs }) => endMs));
  const reduce = yield* ask({
    startMs: end + random.around(300, 0.3),
    feature: "summaries",
    route: "summarize-reduce",
    model: MODELS.gpt41mini,
    attempts: 3,
    timeoutMs: 60 * SECOND,
    tokens: { input: pieces * 800, output: Math.min(900, round(random.around(520, 0.3))) },
    batch: true,
    actionId,
    step: "reduce",
    requestHash: `reduce-${random.hex(20)}`,
  });
  const outcomes: SceneOutcome[] = random.chance(0.4)
    ? [{ kpi: "rating", value: reduce.ok ? random.int(3, 5) : 1, label: null, actionId, atMs: reduce.endMs + 60 * SECOND }]
    : [];
  return outcomes;
};

/** Clean requests on a pool that is far too large for them: the idle pool is the planted problem. */
const ideComplete: Recipe = function* (scene, startMs) {
  const { random } = scene;
  const call: Call = {
    startMs,
    feature: "completion",
    route: "code",
    model: MODELS.qwen,
    attempts: 2,
    timeoutMs: 8 * SECOND,
    tokens: {
      input: round(random.around(900, 0.4)),
      cacheRead: random.chance(0.5) ? 1_408 : 0,
      output: Math.min(128, round(random.around(38, 0.5))),
    },
    stream: true,
    requestHash: `code-${random.hex(20)}`,
    missed: "exact",
  };
  const answer = yield* ask(call, random.chance(0.08) ? { layer: "exact", similarity: null } : undefined);
  const outcomes: SceneOutcome[] = random.chance(0.35)
    ? [
        {
          kpi: "accepted",
          value: answer.ok && random.chance(0.34) ? 1 : 0,
          label: null,
          requestId: answer.requestId,
          atMs: answer.endMs + 4 * SECOND,
        },
      ]
    : [];
  return outcomes;
};

export const RECIPES: Record<EndpointId, Recipe> = {
  "support.chat": supportChat,
  "kb.answer": kbAnswer,
  "ticket.classify": ticketClassify,
  "invoice.extract": invoiceExtract,
  "search.embed": searchEmbed,
  "assistant.agent": assistantAgent,
  "docs.summarize": docsSummarize,
  "ide.complete": ideComplete,
};

/** Where each planted problem lives, for tests and for whoever checks the advisor. */
export const PLANTED = {
  repeatedPrompts: "kb.answer" satisfies EndpointId,
  oversizedModel: "ticket.classify" satisfies EndpointId,
  retryStorm: { endpoint: "invoice.extract" satisfies EndpointId, tenant: "orbit-logistics" satisfies TenantId },
  uncappedOutput: "assistant.agent" satisfies EndpointId,
  kvPressure: { endpoint: "docs.summarize" satisfies EndpointId, pool: "llama-8b" },
  idlePool: "qwen-coder-32b",
  clean: ["support.chat", "search.embed"] satisfies EndpointId[],
} as const;
