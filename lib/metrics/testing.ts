/** Random but realistic rated events for tests and benchmarks of metrics; deterministic by seed. */
import type { ClientBase } from "pg";
import type { NodeReading } from "./node-measures";
import { CACHE_LAYERS, PRICING_STATES, STATUSES, type RatedEvent } from "@/lib/telemetry/event";

/** mulberry32: small, fast, seedable. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const MODELS = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4", "llama-3.1-70b"];

/** One event at `occurredAt`, every branch of the measures reachable. */
export function randomRatedEvent(random: () => number, id: string, occurredAt: number): RatedEvent {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const chance = (share: number) => random() < share;
  const int = (max: number) => Math.floor(random() * max);
  const skewed = (scale: number) => Math.round(Math.exp(random() * 4 - 2) * scale * 1_000) / 1_000;
  const model = pick(MODELS);
  const layer = chance(0.5) ? "none" : pick(CACHE_LAYERS);
  const hit = layer !== "none" && chance(0.5);
  const attempt = chance(0.85) ? 1 : 2 + int(2);
  const latencyMs = chance(0.97) ? skewed(900) : null;
  const cost = chance(0.1) ? 0n : BigInt(int(40_000_000)) * BigInt(1 + int(3)) + BigInt(int(7));
  return {
    id,
    occurredAt,
    tenant: pick(["acme", "globex", "initech", "umbrella"]),
    endpoint: pick(["support.answer", "search.rank", "code.review"]),
    feature: chance(0.5) ? null : pick(["chat", "bulk"]),
    route: pick(["chat-default", "chat-cheap"]),
    provider: pick(["openai", "anthropic", "self-hosted"]),
    modelRequested: model,
    modelServed: chance(0.8) ? model : pick(MODELS),
    gateway: chance(0.5) ? "gw-1" : null,
    pool: chance(0.3) ? "pool-a" : null,
    node: null,
    region: pick(["eu-west-1", "us-east-1"]),
    engine: null,
    precision: chance(0.3) ? "fp8" : null,
    lane: chance(0.9) ? "interactive" : "batch",
    requestId: `r-${id}`,
    attempt,
    final: chance(0.88),
    actionId: chance(0.3) ? `a-${id}` : null,
    actionStep: null,
    status: chance(0.8) ? "success" : pick(STATUSES),
    errorClass: chance(0.9) ? null : pick(["invalid", "provider_5xx"]),
    cacheLayer: layer,
    cacheHit: hit,
    cacheSimilarity: null,
    stream: chance(0.6),
    meters: {
      input: int(4_000),
      cacheRead: chance(0.4) ? int(3_000) : 0,
      cacheWrite5m: chance(0.2) ? int(500) : 0,
      cacheWrite1h: chance(0.1) ? int(500) : 0,
      output: int(900),
      audioIn: chance(0.05) ? int(100) : 0,
      audioOut: chance(0.05) ? int(100) : 0,
      image: chance(0.05) ? 1 : 0,
      reasoning: chance(0.2) ? int(100) : 0,
    },
    queueMs: chance(0.8) ? int(40) : null,
    ttftMs: chance(0.7) ? skewed(120) : null,
    latencyMs,
    prefillMs: cost % 5n === 0n ? Number(cost % 90n) : null,
    decodeMs: chance(0.2) ? skewed(600) : null,
    variant: chance(0.9) ? "control" : "canary",
    generation: chance(0.5) ? null : 40 + int(3),
    requestHash: null,
    prefixHash: null,
    serviceTier: null,
    batch: false,
    shadow: chance(0.05),
    tags: chance(0.5) ? {} : { team: pick(["cx", "ops,night"]), secret: "x" },
    dialect: "native",
    usageRaw: null,
    tokenMismatch: chance(0.05) ? int(3) : null,
    providerCostNanoUsd: chance(0.4) ? cost + BigInt(int(1_000)) : null,
    apiKeyId: null,
    contentHash: 0n,
    rating: {
      pricingState: chance(0.9) ? "priced" : pick(PRICING_STATES),
      costNanoUsd: hit && layer !== "prefix" ? 0n : cost,
      // Two lines that add up to the cost, as rating makes them.
      lines:
        hit && layer !== "prefix"
          ? []
          : [
              { meter: "input", quantity: 1, unitPriceUsd: "1", modifiers: [], costNanoUsd: cost / 3n },
              {
                meter: (["output", "cacheWrite5m", "request"] as const)[Number(cost % 3n)]!,
                quantity: 1,
                unitPriceUsd: "1",
                modifiers: [],
                costNanoUsd: cost - cost / 3n,
              },
            ],
      priceRuleId: null,
      savedNanoUsd: hit ? cost : 0n,
    },
    duplicate: chance(0.06),
    firstOfAction: chance(0.1),
  };
}

/** Write events as raw rows, partitions included; what lib/telemetry does, without its ids. */
export async function insertRawEvents(client: ClientBase, events: readonly RatedEvent[]): Promise<void> {
  const days = [...new Set(events.map((event) => new Date(event.occurredAt).toISOString().slice(0, 10)))];
  await client.query("select telemetry.ensure_event_partition(day) from unnest($1::date[]) day", [days]);
  const columns: [string, string, (event: RatedEvent) => unknown][] = [
    ["id", "text", (event) => event.id],
    ["occurred_at", "timestamptz", (event) => new Date(event.occurredAt)],
    ["received_at", "timestamptz", (event) => new Date(event.occurredAt)],
    ["tenant", "text", (event) => event.tenant],
    ["endpoint", "text", (event) => event.endpoint],
    ["feature", "text", (event) => event.feature],
    ["route", "text", (event) => event.route],
    ["provider", "text", (event) => event.provider],
    ["model_requested", "text", (event) => event.modelRequested],
    ["model_served", "text", (event) => event.modelServed],
    ["gateway", "text", (event) => event.gateway],
    ["pool", "text", (event) => event.pool],
    ["node", "text", (event) => event.node],
    ["region", "text", (event) => event.region],
    ["engine", "text", (event) => event.engine],
    ["precision", "text", (event) => event.precision],
    ["lane", "text", (event) => event.lane],
    ["request_id", "text", (event) => event.requestId],
    ["attempt", "int", (event) => event.attempt],
    ["final", "boolean", (event) => event.final],
    ["action_id", "text", (event) => event.actionId],
    ["action_step", "text", (event) => event.actionStep],
    ["status", "text", (event) => event.status],
    ["error_class", "text", (event) => event.errorClass],
    ["cache_layer", "text", (event) => event.cacheLayer],
    ["cache_hit", "boolean", (event) => event.cacheHit],
    ["stream", "boolean", (event) => event.stream],
    ["input", "bigint", (event) => event.meters.input],
    ["cache_read", "bigint", (event) => event.meters.cacheRead],
    ["cache_write_5m", "bigint", (event) => event.meters.cacheWrite5m],
    ["cache_write_1h", "bigint", (event) => event.meters.cacheWrite1h],
    ["output", "bigint", (event) => event.meters.output],
    ["audio_in", "bigint", (event) => event.meters.audioIn],
    ["audio_out", "bigint", (event) => event.meters.audioOut],
    ["image", "bigint", (event) => event.meters.image],
    ["reasoning", "bigint", (event) => event.meters.reasoning],
    ["queue_ms", "double precision", (event) => event.queueMs],
    ["ttft_ms", "double precision", (event) => event.ttftMs],
    ["latency_ms", "double precision", (event) => event.latencyMs],
    ["prefill_ms", "double precision", (event) => event.prefillMs],
    ["decode_ms", "double precision", (event) => event.decodeMs],
    ["variant", "text", (event) => event.variant],
    ["generation", "int", (event) => event.generation],
    ["batch", "boolean", (event) => event.batch],
    ["shadow", "boolean", (event) => event.shadow],
    ["duplicate", "boolean", (event) => event.duplicate],
    ["first_of_action", "boolean", (event) => event.firstOfAction],
    ["tags", "jsonb", (event) => JSON.stringify(event.tags)],
    ["dialect", "text", (event) => event.dialect],
    ["token_mismatch", "int", (event) => event.tokenMismatch],
    ["provider_cost_nano", "bigint", (event) => event.providerCostNanoUsd?.toString() ?? null],
    ["pricing_state", "text", (event) => event.rating.pricingState],
    ["cost_nano", "bigint", (event) => event.rating.costNanoUsd.toString()],
    [
      "cost_lines",
      "jsonb",
      ({ rating: { lines } }) =>
        lines.length === 0 ? null : JSON.stringify(lines.map((line) => ({ m: line.meter, n: line.costNanoUsd.toString() }))),
    ],
    ["saved_nano", "bigint", (event) => event.rating.savedNanoUsd.toString()],
  ];
  await client.query(
    `insert into telemetry.event (${columns.map(([name]) => name).join(", ")})
     select * from unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(", ")})`,
    columns.map(([, , read]) => events.map(read)),
  );
}

/** Write readings as raw samples of one GPU. */
export async function insertSamples(client: ClientBase, readings: readonly NodeReading[]): Promise<void> {
  for (const reading of readings) {
    await client.query(
      `insert into telemetry.node_sample (node, at, pool, engine, gpu_count, interval_sec, memory_used_mib, memory_total_mib,
         kv_cache_usage, running, waiting, prompt_tokens, cached_tokens, generated_tokens, preemptions, power_watts, energy_mj,
         busy_gpu_ms, idle_gpu_ms, busy_nano, idle_nano)
       values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
      [
        reading.node,
        new Date(reading.at),
        reading.pool,
        reading.engine,
        reading.intervalSec,
        reading.memoryUsedMib,
        reading.memoryTotalMib,
        reading.kvCacheUsage,
        reading.running,
        reading.waiting,
        reading.promptTokens,
        reading.cachedTokens,
        reading.generatedTokens,
        reading.preemptions,
        reading.powerWatts,
        reading.energyMj,
        reading.busyGpuMs,
        reading.idleGpuMs,
        reading.busyNano,
        reading.idleNano,
      ],
    );
  }
}
