/** A row of telemetry.event as it is read. The pool gives bigint as BigInt, numeric and jsonb as they are. */
import { toCostLines, type StoredLines } from "../stored-lines";
import { metersOf } from "../stored-meters";
import { nanoToUsd } from "@/lib/money";
import type { CacheLayer, Lane, PricingState, Status, Variant } from "../event";
import type { RequestEvent, RequestRow, StoredRating } from "./schemas";

export const LIST_COLUMNS = `id, occurred_at, tenant, endpoint, feature, route, provider, model_requested, model_served, gateway, pool, region,
  lane, request_id, attempt, final, action_id, action_step, status, error_class, cache_layer, cache_hit, stream, shadow, duplicate,
  variant, generation, input, cache_read, cache_write_5m, cache_write_1h, output, audio_in, audio_out, ttft_ms, latency_ms,
  pricing_state, cost_nano, saved_nano`;

export const DETAIL_COLUMNS = `${LIST_COLUMNS}, received_at, node, engine, precision, cache_similarity, image, reasoning, queue_ms, prefill_ms,
  decode_ms, request_hash, prefix_hash, service_tier, batch, tags, dialect, usage_raw, token_mismatch, provider_cost_nano, api_key_id,
  price_rule_id, cost_lines`;

export interface ListRecord {
  id: string;
  occurred_at: Date;
  tenant: string;
  endpoint: string;
  feature: string | null;
  route: string | null;
  provider: string;
  model_requested: string;
  model_served: string;
  gateway: string | null;
  pool: string | null;
  region: string | null;
  lane: Lane;
  request_id: string;
  attempt: number;
  final: boolean;
  action_id: string | null;
  action_step: string | null;
  status: Status;
  error_class: string | null;
  cache_layer: CacheLayer;
  cache_hit: boolean;
  stream: boolean;
  shadow: boolean;
  duplicate: boolean;
  variant: Variant;
  generation: number | null;
  input: bigint;
  cache_read: bigint;
  cache_write_5m: bigint;
  cache_write_1h: bigint;
  output: bigint;
  audio_in: bigint;
  audio_out: bigint;
  ttft_ms: number | null;
  latency_ms: number | null;
  pricing_state: PricingState;
  cost_nano: bigint;
  saved_nano: bigint;
}

export interface DetailRecord extends ListRecord {
  received_at: Date;
  node: string | null;
  engine: string | null;
  precision: string | null;
  cache_similarity: number | null;
  image: bigint;
  reasoning: bigint;
  queue_ms: number | null;
  prefill_ms: number | null;
  decode_ms: number | null;
  request_hash: string | null;
  prefix_hash: string | null;
  service_tier: string | null;
  batch: boolean;
  tags: Record<string, string>;
  dialect: string;
  usage_raw: unknown;
  token_mismatch: number | null;
  provider_cost_nano: bigint | null;
  api_key_id: string | null;
  price_rule_id: number | null;
  /** Written by store.ts. */
  cost_lines: StoredLines | null;
}

export function toListRow(row: ListRecord): Omit<RequestRow, "attempts" | "requestCostUsd"> {
  return {
    id: row.id,
    occurredAt: row.occurred_at.toISOString(),
    tenant: row.tenant,
    endpoint: row.endpoint,
    feature: row.feature,
    route: row.route,
    provider: row.provider,
    modelRequested: row.model_requested,
    modelServed: row.model_served,
    gateway: row.gateway,
    pool: row.pool,
    region: row.region,
    lane: row.lane,
    requestId: row.request_id,
    attempt: row.attempt,
    final: row.final,
    actionId: row.action_id,
    actionStep: row.action_step,
    status: row.status,
    errorClass: row.error_class,
    cacheLayer: row.cache_layer,
    cacheHit: row.cache_hit,
    stream: row.stream,
    shadow: row.shadow,
    duplicate: row.duplicate,
    variant: row.variant,
    generation: row.generation,
    tokensIn: Number(row.input + row.cache_read + row.cache_write_5m + row.cache_write_1h + row.audio_in),
    tokensCached: Number(row.cache_read),
    tokensOut: Number(row.output + row.audio_out),
    ttftMs: row.ttft_ms,
    latencyMs: row.latency_ms,
    pricingState: row.pricing_state,
    costUsd: nanoToUsd(row.cost_nano),
    savedUsd: nanoToUsd(row.saved_nano),
  };
}

export function toEvent(row: DetailRecord): RequestEvent {
  return {
    ...toListRow(row),
    receivedAt: row.received_at.toISOString(),
    node: row.node,
    engine: row.engine,
    precision: row.precision,
    cacheSimilarity: row.cache_similarity,
    meters: metersOf(row),
    queueMs: row.queue_ms,
    prefillMs: row.prefill_ms,
    decodeMs: row.decode_ms,
    requestHash: row.request_hash,
    prefixHash: row.prefix_hash,
    serviceTier: row.service_tier,
    batch: row.batch,
    tags: row.tags,
    dialect: row.dialect,
    usageRaw: row.usage_raw,
    tokenMismatch: row.token_mismatch,
    providerCostUsd: row.provider_cost_nano === null ? null : nanoToUsd(row.provider_cost_nano),
    apiKeyId: row.api_key_id,
    priceRuleId: row.price_rule_id,
  };
}

export function toRating(row: DetailRecord): StoredRating {
  return {
    costNanoUsd: row.cost_nano,
    savedNanoUsd: row.saved_nano,
    lines: toCostLines(row.cost_lines),
  };
}
