/**
 * Ratings of stored events: read in order of time, and replaced. The version that is replaced goes to
 * telemetry.rating_history first, so that what was known at a date can be asked for.
 */
import { toCostLines, type StoredLines } from "./stored-lines";
import { metersOf } from "./stored-meters";
import type { ClientBase } from "pg";
import type { CostLine, PricingState, RatedEvent, Rating } from "./event";
import { costLinesJson } from "./store";

export interface RatingScope {
  from: Date;
  to: Date;
  tenant: string | null;
  provider: string | null;
  /** The model that served. */
  model: string | null;
}

/** Where a walk through events stands: after the event of this time and id. */
export interface RatingCursor {
  occurredAt: Date;
  id: string;
}

const PLAIN = `id, tenant, endpoint, feature, route, provider, gateway, pool, node, region, engine, precision, lane, attempt,
  final, status, stream, variant, generation, batch, shadow, duplicate, tags, dialect`;

interface StoredRow extends Pick<
  RatedEvent,
  | "id"
  | "tenant"
  | "endpoint"
  | "feature"
  | "route"
  | "provider"
  | "gateway"
  | "pool"
  | "node"
  | "region"
  | "engine"
  | "precision"
  | "lane"
  | "attempt"
  | "final"
  | "status"
  | "stream"
  | "variant"
  | "generation"
  | "batch"
  | "shadow"
  | "duplicate"
  | "tags"
  | "dialect"
> {
  occurred_at: Date;
  model_requested: string;
  model_served: string;
  request_id: string;
  action_id: string | null;
  action_step: string | null;
  error_class: string | null;
  cache_layer: RatedEvent["cacheLayer"];
  cache_hit: boolean;
  cache_similarity: number | null;
  input: bigint;
  cache_read: bigint;
  cache_write_5m: bigint;
  cache_write_1h: bigint;
  output: bigint;
  audio_in: bigint;
  audio_out: bigint;
  image: bigint;
  reasoning: bigint;
  queue_ms: number | null;
  ttft_ms: number | null;
  latency_ms: number | null;
  prefill_ms: number | null;
  decode_ms: number | null;
  request_hash: string | null;
  prefix_hash: string | null;
  service_tier: string | null;
  token_mismatch: number | null;
  provider_cost_nano: bigint | null;
  api_key_id: string | null;
  first_of_action: boolean;
  pricing_state: PricingState;
  cost_nano: bigint;
  saved_nano: bigint;
  cost_lines: StoredLines | null;
  price_rule_id: number | null;
}

/** Bound in this order by `scopeValues`. */
const IN_SCOPE = `occurred_at >= $1 and occurred_at < $2 and ($3::text is null or tenant = $3)
  and ($4::text is null or provider = $4) and ($5::text is null or model_served = $5)`;
const scopeValues = (scope: RatingScope) => [scope.from, scope.to, scope.tenant, scope.provider, scope.model];

export async function countEvents(client: ClientBase, scope: RatingScope): Promise<bigint> {
  const { rows } = await client.query<{ n: bigint | string }>(
    `select count(*) as n from telemetry.event where ${IN_SCOPE}`,
    scopeValues(scope),
  );
  return BigInt(rows[0]!.n);
}

/**
 * The next events of a period in order of time and id, with their ratings; what the provider sent is left out.
 */
export async function readRatedEvents(
  client: ClientBase,
  scope: RatingScope,
  after: RatingCursor | null,
  limit: number,
): Promise<RatedEvent[]> {
  const { rows } = await client.query<StoredRow>(
    `select ${PLAIN}, occurred_at, model_requested, model_served, request_id, action_id, action_step, error_class, cache_layer,
       cache_hit, cache_similarity, input, cache_read, cache_write_5m, cache_write_1h, output, audio_in, audio_out, image, reasoning,
       queue_ms, ttft_ms, latency_ms, prefill_ms, decode_ms, request_hash, prefix_hash, service_tier, token_mismatch,
       provider_cost_nano, api_key_id, first_of_action, pricing_state, cost_nano, saved_nano, price_rule_id,
       cost_lines
     from telemetry.event
     where ${IN_SCOPE} and ($6::timestamptz is null or (occurred_at >= $6 and (occurred_at, id) > ($6, $7)))
     order by occurred_at, id limit $8`,
    [...scopeValues(scope), after?.occurredAt ?? null, after?.id ?? null, limit],
  );
  return rows.map(toRatedEvent);
}

function toRatedEvent(row: StoredRow): RatedEvent {
  return {
    ...row,
    occurredAt: row.occurred_at.getTime(),
    modelRequested: row.model_requested,
    modelServed: row.model_served,
    requestId: row.request_id,
    actionId: row.action_id,
    actionStep: row.action_step,
    errorClass: row.error_class,
    cacheLayer: row.cache_layer,
    cacheHit: row.cache_hit,
    cacheSimilarity: row.cache_similarity,
    meters: metersOf(row),
    queueMs: row.queue_ms,
    ttftMs: row.ttft_ms,
    latencyMs: row.latency_ms,
    prefillMs: row.prefill_ms,
    decodeMs: row.decode_ms,
    requestHash: row.request_hash,
    prefixHash: row.prefix_hash,
    serviceTier: row.service_tier,
    usageRaw: null,
    tokenMismatch: row.token_mismatch,
    providerCostNanoUsd: row.provider_cost_nano,
    apiKeyId: row.api_key_id,
    contentHash: 0n,
    firstOfAction: row.first_of_action,
    rating: {
      pricingState: row.pricing_state,
      costNanoUsd: row.cost_nano,
      savedNanoUsd: row.saved_nano,
      priceRuleId: row.price_rule_id,
      lines: toCostLines(row.cost_lines),
    },
  };
}

export interface NewRating {
  id: string;
  occurredAt: number;
  rating: Rating;
}

/** Put new ratings in the place of the stored ones, which go to the history as known until `now`. */
export async function replaceRatings(
  client: ClientBase,
  ratings: readonly NewRating[],
  { repricingId, now }: { repricingId: string; now: Date },
): Promise<void> {
  if (ratings.length === 0) return;
  const times = ratings.map(({ occurredAt }) => occurredAt);
  // The range lets the index of time find the rows: ids have an index only in event_identity.
  const [first, last] = [new Date(Math.min(...times)), new Date(Math.max(...times))];
  const ids = ratings.map(({ id }) => id);
  await client.query(
    `insert into telemetry.rating_history (event_id, occurred_at, known_to, repricing_id, pricing_state, cost_nano, saved_nano,
       price_rule_id, cost_lines)
     select id, occurred_at, $1, $2, pricing_state, cost_nano, saved_nano, price_rule_id, cost_lines
     from telemetry.event where occurred_at between $3 and $4 and id = any($5::text[])`,
    [now, repricingId, first, last, ids],
  );
  await client.query(
    `update telemetry.event e set pricing_state = r.pricing_state, cost_nano = r.cost_nano, saved_nano = r.saved_nano,
       price_rule_id = r.price_rule_id, cost_lines = r.cost_lines
     from unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::int[], $8::jsonb[])
       as r (id, pricing_state, cost_nano, saved_nano, price_rule_id, cost_lines)
     where e.occurred_at between $1 and $2 and e.id = r.id`,
    [
      first,
      last,
      ids,
      ratings.map(({ rating }) => rating.pricingState),
      ratings.map(({ rating }) => rating.costNanoUsd.toString()),
      ratings.map(({ rating }) => rating.savedNanoUsd.toString()),
      ratings.map(({ rating }) => rating.priceRuleId),
      ratings.map(({ rating }) => linesOf(rating.lines)),
    ],
  );
}

const linesOf = (lines: readonly CostLine[]): string | null => (lines.length === 0 ? null : costLinesJson(lines));

export interface KnownCost {
  tenant: string;
  model: string;
  events: bigint;
  costNanoUsd: bigint;
}

/**
 * What the events of a period cost as it was known at `asKnownOn`: those received by then, each with the rating it had.
 * The version of an instant is the history row that ended first after it; without one, what the event says now.
 */
export async function readCostAsKnown(client: ClientBase, scope: RatingScope, asKnownOn: Date): Promise<KnownCost[]> {
  const { rows } = await client.query<KnownCost>(
    `select e.tenant, e.model_served as model, count(*) as events,
       sum(coalesce(h.cost_nano, e.cost_nano))::bigint as "costNanoUsd"
     from (select * from telemetry.event where ${IN_SCOPE}) e
     left join lateral (
       select cost_nano from telemetry.rating_history h
       where h.occurred_at = e.occurred_at and h.event_id = e.id and h.known_to > $6
       order by h.known_to, h.version limit 1) h on true
     where e.received_at <= $6
     group by 1, 2 order by 1, 2`,
    [...scopeValues(scope), asKnownOn],
  );
  return rows;
}
