/**
 * Realistic usage for benchmarks: deterministic by seed, ids that begin with time, 6 tenants × 8 endpoints with two
 * models each, a tenth of it on a canary: some 150 series, about 0.1 rollup rows an event in batches of 5,000.
 */
import { createHash } from "node:crypto";
import type { NativeEvent } from "@/lib/telemetry";

const TENANTS = ["acme", "globex", "initech", "umbrella", "hooli", "stark"];
/** Each endpoint has one feature and lane, and a main model with a cheaper second, as products do. */
const ENDPOINTS = [
  ["support.answer", "chat", "interactive", 1, 2],
  ["search.rerank", "search", "interactive", 1, 4],
  ["code.review", "code", "interactive", 2, 0],
  ["docs.summarise", "docs", "batch", 4, 3],
  ["mail.draft", "chat", "interactive", 0, 1],
  ["intake.classify", "intake", "batch", 3, 1],
  ["intake.extract", "intake", "batch", 1, 3],
  ["agent.run", "agent", "interactive", 2, 3],
] as const;
const MODELS = [
  ["openai", "gpt-4o"],
  ["openai", "gpt-4o-mini"],
  ["anthropic", "claude-sonnet-4-5"],
  ["anthropic", "claude-haiku-4-5"],
  ["google", "gemini-2.5-flash"],
] as const;
const STATUSES = [
  ...Array<"success">(94).fill("success"),
  "error",
  "error",
  "timeout",
  "rate_limited",
  "cancelled",
  "oom",
] as const;

/** mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `count` events in order of time, spread evenly over [from, to). */
export function benchEvents(count: number, from: number, to: number, seed: number): NativeEvent[] {
  const random = randomFrom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const int = (max: number) => Math.floor(random() * max);
  return Array.from({ length: count }, (_, index) => {
    const occurredAt = Math.floor(from + ((to - from) * index) / count);
    const id = `${occurredAt.toString(36).padStart(9, "0")}${seed.toString(36)}${index.toString(36).padStart(6, "0")}${int(2 ** 31).toString(36)}`;
    const tenant = pick(TENANTS);
    const [endpoint, feature, lane, main, second] = pick(ENDPOINTS);
    const [provider, model] = MODELS[random() < 0.8 ? main : second]!;
    const latencyMs = 200 + int(4_000);
    return {
      id,
      occurredAt: new Date(occurredAt).toISOString(),
      tenant,
      endpoint,
      feature,
      route: "chat-default",
      provider,
      modelRequested: model,
      modelServed: model,
      gateway: tenant < "h" ? "gw-1" : "gw-2",
      region: "eu-west-1",
      lane,
      requestId: `req_${id}`,
      attempt: 1,
      final: true,
      actionId: random() < 0.4 ? `act_${Math.floor(index / 5)}_${seed}` : null,
      actionStep: null,
      status: pick(STATUSES),
      cache: { layer: "none", hit: false, similarity: null },
      stream: random() < 0.6,
      meters: { input: 200 + int(3_000), cacheRead: random() < 0.4 ? 1_024 : 0, output: 20 + int(800), reasoning: 0 },
      timing: { queueMs: int(20), ttftMs: 80 + int(600), latencyMs, prefillMs: null, decodeMs: null },
      variant: main === 1 && random() < 0.1 ? "canary" : "control",
      generation: 42,
      requestHash: createHash("md5")
        .update(`${tenant}${endpoint}${int(count)}`)
        .digest("hex"),
      prefixHash: createHash("md5").update(endpoint).digest("hex"),
      serviceTier: "standard",
      batch: false,
      tags: { team: pick(["cx", "search", "platform"]), plan: pick(["free", "pro"]) },
    };
  });
}
