/**
 * A bounded look at raw requests. What is drawn are contents, not rows: a request hash is in or out with all its
 * repetitions and attempts, so that repetition and retries keep their true rates. When the window itself is too long to
 * read, it is shortened to its newest part. `share` says what part of all requests came of both.
 */
import type { Ctx } from "@/lib/auth/actor";
import { runQuery } from "@/lib/metrics";
import type { Meters } from "@/lib/telemetry/event";
import { metersOf } from "@/lib/telemetry/stored-meters";
import type { Sample, SampleEvent } from "../detectors/input";

export interface SampleLimits {
  /** Events that are kept. */
  rows: number;
  /** Events that the database reads to find them. */
  scanned: number;
}

export interface SampleScope {
  from: number;
  to: number;
  tenant?: string;
  endpoint?: string;
}

interface Row {
  occurred_at: Date;
  tenant: string;
  endpoint: string;
  route: string | null;
  provider: string;
  model_requested: string;
  model_served: string;
  pool: string | null;
  precision: string | null;
  lane: SampleEvent["lane"];
  request_id: string;
  attempt: number;
  final: boolean;
  action_id: string | null;
  action_step: string | null;
  status: SampleEvent["status"];
  cache_layer: SampleEvent["cacheLayer"];
  cache_hit: boolean;
  cache_similarity: number | null;
  stream: boolean;
  queue_ms: number | null;
  ttft_ms: number | null;
  latency_ms: number | null;
  decode_ms: number | null;
  request_hash: string | null;
  prefix_hash: string | null;
  service_tier: string | null;
  batch: boolean;
  cost_nano: bigint;
  input: bigint;
  cache_read: bigint;
  cache_write_5m: bigint;
  cache_write_1h: bigint;
  output: bigint;
  audio_in: bigint;
  audio_out: bigint;
  image: bigint;
  reasoning: bigint;
}

/** Only the actor's tenants. */
export async function readSample(ctx: Ctx, scope: SampleScope, limits: SampleLimits): Promise<Sample> {
  const filters = (["tenant", "endpoint"] as const).flatMap((dimension) => {
    const value = scope[dimension];
    return value === undefined ? [] : [{ dimension, in: [value] }];
  });
  const counted = await runQuery(ctx, {
    metrics: ["attempts", "cache_hits"],
    filters,
    from: new Date(scope.from).toISOString(),
    to: new Date(scope.to).toISOString(),
  });
  const of = (metric: string) => Number((counted.rows[0]?.[metric] as { value: string | null } | undefined)?.value ?? 0);
  const events = of("attempts") + of("cache_hits");
  const length = scope.to - scope.from;
  const timeShare = Math.min(1, limits.scanned / Math.max(1, events));
  const from = timeShare === 1 ? scope.from : Math.round(scope.to - length * timeShare);
  const every = Math.max(1, Math.ceil((events * timeShare) / limits.rows));
  const { tenants } = ctx.actor;
  const { rows } = await ctx.db.pool.query<Row>(
    `select occurred_at, tenant, endpoint, route, provider, model_requested, model_served, pool, precision, lane, request_id,
       attempt, final, action_id, action_step, status, cache_layer, cache_hit, cache_similarity, stream, queue_ms, ttft_ms,
       latency_ms, decode_ms, request_hash, prefix_hash, service_tier, batch, cost_nano, input, cache_read, cache_write_5m,
       cache_write_1h, output, audio_in, audio_out, image, reasoning
     from telemetry.event
     where occurred_at >= $1 and occurred_at < $2 and not shadow
       and ($3::text[] is null or tenant = any($3)) and ($4::text is null or tenant = $4) and ($5::text is null or endpoint = $5)
       and (hashtextextended(coalesce(request_hash, request_id), 0) & 9223372036854775807) % $6 = 0
     order by occurred_at, id`,
    [
      new Date(from),
      new Date(scope.to),
      tenants === "all" ? null : [...tenants],
      scope.tenant ?? null,
      scope.endpoint ?? null,
      every,
    ],
  );
  return { events: rows.map(toSampleEvent), share: timeShare / every, from, to: scope.to };
}

function toSampleEvent(row: Row): SampleEvent {
  const meters: Meters = metersOf(row);
  return {
    occurredAt: row.occurred_at.getTime(),
    tenant: row.tenant,
    endpoint: row.endpoint,
    route: row.route,
    provider: row.provider,
    modelRequested: row.model_requested,
    modelServed: row.model_served,
    pool: row.pool,
    precision: row.precision,
    lane: row.lane,
    requestId: row.request_id,
    attempt: row.attempt,
    final: row.final,
    actionId: row.action_id,
    step: row.action_step,
    status: row.status,
    cacheLayer: row.cache_layer,
    cacheHit: row.cache_hit,
    similarity: row.cache_similarity,
    stream: row.stream,
    meters,
    queueMs: row.queue_ms,
    ttftMs: row.ttft_ms,
    latencyMs: row.latency_ms,
    decodeMs: row.decode_ms,
    requestHash: row.request_hash,
    prefixHash: row.prefix_hash,
    serviceTier: row.service_tier,
    batch: row.batch,
    costNanoUsd: row.cost_nano,
  };
}
