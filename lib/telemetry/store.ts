/**
 * The event store: the only file that writes telemetry tables of events. Every function works inside the caller's
 * transaction, and takes its row locks in sorted order, so that concurrent workers queue up instead of deadlocking.
 */
import type { ClientBase, Pool } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { BinaryRows } from "./binary-rows";
import type { CostLine, RatedEvent, UsageEvent } from "./event";

const UNIQUE_VIOLATION = "23505";
const DUPLICATE_TABLE = "42P07";

/** What is stored under an id. */
export interface Identity {
  occurredAt: number;
  contentHash: bigint;
}

/** Stream one finished buffer into a table. */
async function copyInto(client: ClientBase, target: string, rows: BinaryRows): Promise<void> {
  const stream = client.query(copyFrom(`copy ${target} from stdin (format binary)`));
  await new Promise<void>((resolve, reject) => {
    stream.once("finish", resolve);
    // Stays: a connection that breaks may report more than once.
    stream.on("error", reject);
    stream.end(rows.finish());
  });
  // Only now, after PostgreSQL has answered, is it certain that the socket has read every byte.
  rows.release();
}

/** COPY inside a savepoint; false, and nothing written, when a row was there already. */
async function tryCopy(client: ClientBase, target: string, encode: () => BinaryRows): Promise<boolean> {
  const rows = encode();
  await client.query("savepoint copy_rows");
  try {
    await copyInto(client, target, rows);
    await client.query("release savepoint copy_rows");
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
    await client.query("rollback to savepoint copy_rows");
    return false;
  }
}

/**
 * Claim ids: returns those that were new and now belong to this transaction. `events` have distinct ids.
 * Optimistic: a plain COPY into the unique index, and only when that meets a known id the slower ON CONFLICT insert.
 */
export async function claimIdentities(client: ClientBase, events: readonly UsageEvent[]): Promise<Set<string>> {
  if (events.length === 0) return new Set();
  const sorted = events.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const copied = await tryCopy(client, "telemetry.event_identity (id, occurred_at, content_hash)", () => {
    const rows = new BinaryRows(sorted.length * 80 + 1_024);
    for (const event of sorted) {
      rows.row(3);
      rows.text(event.id);
      rows.time(event.occurredAt);
      rows.bigint(event.contentHash);
    }
    return rows;
  });
  if (copied) return new Set(sorted.map((event) => event.id));
  const inserted = await client.query<{ id: string }>({
    name: "claim-identities",
    text: `insert into telemetry.event_identity (id, occurred_at, content_hash)
     select * from unnest($1::text[], $2::timestamptz[], $3::bigint[]) on conflict do nothing returning id`,
    values: [
      sorted.map((event) => event.id),
      sorted.map((event) => new Date(event.occurredAt).toISOString()),
      sorted.map((event) => event.contentHash.toString()),
    ],
  });
  return new Set(inserted.rows.map((row) => row.id));
}

/** What is stored under these ids. */
export async function readIdentities(client: ClientBase, ids: readonly string[]): Promise<Map<string, Identity>> {
  if (ids.length === 0) return new Map();
  const found = await client.query<{ id: string; occurred_at: Date; content_hash: bigint | string }>(
    "select id, occurred_at, content_hash from telemetry.event_identity where id = any($1::text[])",
    [ids],
  );
  return new Map(
    found.rows.map((row) => [row.id, { occurredAt: row.occurred_at.getTime(), contentHash: BigInt(row.content_hash) }]),
  );
}

/**
 * Note request fingerprints; returns those that were not known. Looking first and copying the rest costs half of an
 * INSERT … ON CONFLICT, which remains for the rare race between the two.
 */
export async function claimFingerprints(client: ClientBase, fingerprints: readonly bigint[], now: number): Promise<Set<bigint>> {
  if (fingerprints.length === 0) return new Set();
  const sorted = fingerprints.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const known = await client.query<{ fingerprint: bigint | string }>({
    name: "known-fingerprints",
    text: "select fingerprint from telemetry.request_fingerprint where fingerprint = any($1::bigint[])",
    values: [`{${sorted.join(",")}}`],
  });
  const taken = new Set(known.rows.map((row) => BigInt(row.fingerprint)));
  const unseen = taken.size === 0 ? sorted : sorted.filter((fingerprint) => !taken.has(fingerprint));
  const copied = await tryCopy(client, "telemetry.request_fingerprint (fingerprint, seen_at)", () => {
    const rows = new BinaryRows(unseen.length * 26 + 1_024);
    for (const fingerprint of unseen) {
      rows.row(2);
      rows.bigint(fingerprint);
      rows.time(now);
    }
    return rows;
  });
  if (copied) return new Set(unseen);
  const inserted = await client.query<{ fingerprint: bigint | string }>(
    `insert into telemetry.request_fingerprint (fingerprint, seen_at)
     select f, $2 from unnest($1::bigint[]) f on conflict do nothing returning fingerprint`,
    [`{${unseen.join(",")}}`, new Date(now)],
  );
  return new Set(inserted.rows.map((row) => BigInt(row.fingerprint)));
}

export interface ActionSighting {
  tenant: string;
  actionId: string;
  firstAt: number;
}

/** Note actions; returns the keys (`actionKey`) of those seen for the first time. Looks first, as above. */
export async function claimActions(client: ClientBase, sightings: readonly ActionSighting[]): Promise<Set<string>> {
  if (sightings.length === 0) return new Set();
  const keyed = sightings.map((sighting) => ({ ...sighting, key: actionKey(sighting.tenant, sighting.actionId) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  const known = await client.query<{ tenant: string; id: string }>({
    name: "known-actions",
    text: `select a.tenant, a.id from unnest($1::text[], $2::text[]) k (tenant, id)
     join telemetry.action a on a.tenant = k.tenant and a.id = k.id`,
    values: [keyed.map((sighting) => sighting.tenant), keyed.map((sighting) => sighting.actionId)],
  });
  const taken = new Set(known.rows.map((row) => actionKey(row.tenant, row.id)));
  const unseen = taken.size === 0 ? keyed : keyed.filter((sighting) => !taken.has(sighting.key));
  const copied = await tryCopy(client, "telemetry.action (tenant, id, first_at)", () => {
    const rows = new BinaryRows(unseen.length * 80 + 1_024);
    for (const sighting of unseen) {
      rows.row(3);
      rows.text(sighting.tenant);
      rows.text(sighting.actionId);
      rows.time(sighting.firstAt);
    }
    return rows;
  });
  if (copied) return new Set(unseen.map((sighting) => sighting.key));
  const inserted = await client.query<{ tenant: string; id: string }>(
    `insert into telemetry.action (tenant, id, first_at)
     select * from unnest($1::text[], $2::text[], $3::timestamptz[]) on conflict do nothing returning tenant, id`,
    [
      unseen.map((sighting) => sighting.tenant),
      unseen.map((sighting) => sighting.actionId),
      unseen.map((sighting) => new Date(sighting.firstAt).toISOString()),
    ],
  );
  return new Set(inserted.rows.map((row) => actionKey(row.tenant, row.id)));
}

export const actionKey = (tenant: string, actionId: string): string => `${tenant}\n${actionId}`;

/** Tenants that telemetry names first are made here, to be confirmed by an admin later. */
export async function discoverTenants(client: ClientBase, tenants: readonly string[]): Promise<void> {
  if (tenants.length === 0) return;
  await client.query(
    `insert into tenant (id, name, discovered) select t, t, true from unnest($1::text[]) t on conflict do nothing`,
    [tenants.toSorted()],
  );
}

/**
 * Make the partitions of UTC days (yyyy-mm-dd). Own statement and own transaction: the lock is strong and short.
 * A session that waited for another one's creation may still have "there is none" in its catalogue cache, tries to
 * create, and is told that it exists: that is what was wanted.
 */
export async function ensureEventPartitions(pool: Pool, days: readonly string[]): Promise<void> {
  for (const day of days) {
    await pool.query("select telemetry.ensure_event_partition($1::date)", [day]).catch((error: { code?: string }) => {
      if (error.code !== DUPLICATE_TABLE && error.code !== UNIQUE_VIOLATION) throw error;
    });
  }
}

const EVENT_COLUMNS = `id, occurred_at, received_at, tenant, endpoint, feature, route, provider, model_requested, model_served,
  gateway, pool, node, region, engine, precision, lane, request_id, attempt, final, action_id, action_step, status, error_class,
  cache_layer, cache_hit, cache_similarity, stream, input, cache_read, cache_write_5m, cache_write_1h, output, audio_in,
  audio_out, image, reasoning, queue_ms, ttft_ms, latency_ms, prefill_ms, decode_ms, variant, generation, request_hash,
  prefix_hash, service_tier, batch, shadow, duplicate, first_of_action, tags, dialect, usage_raw, token_mismatch,
  provider_cost_nano, api_key_id, pricing_state, cost_nano, saved_nano, price_rule_id, cost_lines`;
const COLUMN_COUNT = EVENT_COLUMNS.split(",").length;

/** Write rated events, each with the time it was received. Their ids were claimed in the same transaction. */
export async function storeEvents(
  client: ClientBase,
  events: readonly RatedEvent[],
  receivedAt: (event: RatedEvent) => number,
): Promise<void> {
  if (events.length === 0) return;
  await copyInto(client, `telemetry.event (${EVENT_COLUMNS})`, encodeEventRows(events, receivedAt));
}

/** Rows of telemetry.event in binary COPY format; exported for the benchmark, which copies the same rows plainly. */
export function encodeEventRows(events: readonly RatedEvent[], receivedAt: (event: RatedEvent) => number): BinaryRows {
  const rows = new BinaryRows(events.length * 1_200 + 4_096);
  for (const event of events) writeEvent(rows, event, receivedAt(event));
  return rows;
}

function writeEvent(rows: BinaryRows, e: RatedEvent, receivedAt: number): void {
  const m = e.meters;
  rows.row(COLUMN_COUNT);
  rows.text(e.id);
  rows.time(e.occurredAt);
  rows.time(receivedAt);
  rows.text(e.tenant);
  rows.text(e.endpoint);
  rows.text(e.feature);
  rows.text(e.route);
  rows.text(e.provider);
  rows.text(e.modelRequested);
  rows.text(e.modelServed);
  rows.text(e.gateway);
  rows.text(e.pool);
  rows.text(e.node);
  rows.text(e.region);
  rows.text(e.engine);
  rows.text(e.precision);
  rows.text(e.lane);
  rows.text(e.requestId);
  rows.int4(e.attempt);
  rows.bool(e.final);
  rows.text(e.actionId);
  rows.text(e.actionStep);
  rows.text(e.status);
  rows.text(e.errorClass);
  rows.text(e.cacheLayer);
  rows.bool(e.cacheHit);
  rows.float4(e.cacheSimilarity);
  rows.bool(e.stream);
  rows.int8(m.input);
  rows.int8(m.cacheRead);
  rows.int8(m.cacheWrite5m);
  rows.int8(m.cacheWrite1h);
  rows.int8(m.output);
  rows.int8(m.audioIn);
  rows.int8(m.audioOut);
  rows.int8(m.image);
  rows.int8(m.reasoning);
  rows.float8(e.queueMs);
  rows.float8(e.ttftMs);
  rows.float8(e.latencyMs);
  rows.float8(e.prefillMs);
  rows.float8(e.decodeMs);
  rows.text(e.variant);
  rows.int4(e.generation);
  rows.text(e.requestHash);
  rows.text(e.prefixHash);
  rows.text(e.serviceTier);
  rows.bool(e.batch);
  rows.bool(e.shadow);
  rows.bool(e.duplicate);
  rows.bool(e.firstOfAction);
  rows.jsonb(JSON.stringify(e.tags));
  rows.text(e.dialect);
  rows.jsonb(e.usageRaw === null || e.usageRaw === undefined ? null : JSON.stringify(e.usageRaw));
  rows.int4(e.tokenMismatch);
  rows.bigint(e.providerCostNanoUsd);
  rows.uuid(e.apiKeyId);
  rows.text(e.rating.pricingState);
  rows.bigint(e.rating.costNanoUsd);
  rows.bigint(e.rating.savedNanoUsd);
  rows.int4(e.rating.priceRuleId);
  rows.jsonb(e.rating.lines.length === 0 ? null : costLinesJson(e.rating.lines));
}

/** `[{m, q, u, f: [[reason, factor]], n}]`: meter, quantity, unit price, factors, nano-USD (text, it may pass 2^53). */
export function costLinesJson(lines: readonly CostLine[]): string {
  let json = "[";
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (i > 0) json += ",";
    json += `{"m":"${line.meter}","q":${line.quantity},"u":"${line.unitPriceUsd}","n":"${line.costNanoUsd}"`;
    if (line.modifiers.length > 0) json += `,"f":${JSON.stringify(line.modifiers.map(({ reason, factor }) => [reason, factor]))}`;
    json += "}";
  }
  return `${json}]`;
}

/** Counters of one minute and tenant; absent ones are zero. */
export interface IngestCount {
  /** Epoch milliseconds of the minute of receipt. */
  minute: number;
  tenant: string;
  accepted: number;
  stored: number;
  duplicates: number;
  conflicts: number;
  rejected: number;
  late: number;
  mismatched: number;
}

export async function addIngestCounts(client: ClientBase | Pool, counts: readonly IngestCount[]): Promise<void> {
  if (counts.length === 0) return;
  const sorted = counts.toSorted((a, b) => a.minute - b.minute || (a.tenant < b.tenant ? -1 : 1));
  await client.query({
    name: "add-ingest-counts",
    text: `insert into telemetry.ingest_count as c (minute, tenant, accepted, stored, duplicates, conflicts, rejected, late, mismatched)
     select * from unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
     on conflict (minute, tenant) do update set accepted = c.accepted + excluded.accepted, stored = c.stored + excluded.stored,
       duplicates = c.duplicates + excluded.duplicates, conflicts = c.conflicts + excluded.conflicts,
       rejected = c.rejected + excluded.rejected, late = c.late + excluded.late, mismatched = c.mismatched + excluded.mismatched`,
    values: [
      sorted.map((count) => new Date(count.minute).toISOString()),
      sorted.map((count) => count.tenant),
      sorted.map((count) => count.accepted),
      sorted.map((count) => count.stored),
      sorted.map((count) => count.duplicates),
      sorted.map((count) => count.conflicts),
      sorted.map((count) => count.rejected),
      sorted.map((count) => count.late),
      sorted.map((count) => count.mismatched),
    ],
  });
}

/** Count what the door refused. */
export async function countRejected(
  pool: Pool,
  receivedAt: number,
  rejectedByTenant: ReadonlyMap<string, number>,
): Promise<void> {
  const minute = Math.floor(receivedAt / 60_000) * 60_000;
  const none = { accepted: 0, stored: 0, duplicates: 0, conflicts: 0, late: 0, mismatched: 0 };
  await addIngestCounts(
    pool,
    [...rejectedByTenant].map(([tenant, rejected]) => ({ minute, tenant, rejected, ...none })),
  );
}

export interface DeadLetter {
  receivedAt: number;
  /** Which door or kind it came through, e.g. `usage`. */
  source: string;
  code: string;
  field: string | null;
  reason: string;
  eventId: string | null;
  tenant: string | null;
  payload: unknown;
  /** The same fingerprint twice is one dead letter. */
  fingerprint: bigint | null;
}

/**
 * Keep what could not be stored. The same again is the same letter; one that was replayed and comes back, because the
 * replay failed too, is open again. (An old batch delivered late was received before the replay: it opens nothing.)
 */
export async function addDeadLetters(client: ClientBase | Pool, letters: readonly DeadLetter[]): Promise<void> {
  for (const letter of letters) {
    await client.query(
      `insert into telemetry.dead_letter (received_at, source, code, field, reason, event_id, tenant, payload, fingerprint)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (fingerprint) where fingerprint is not null do update
         set replayed_at = null, replay_result = null, received_at = excluded.received_at, reason = excluded.reason
         where telemetry.dead_letter.replayed_at <= excluded.received_at`,
      [
        new Date(letter.receivedAt),
        letter.source,
        letter.code,
        letter.field,
        storable(letter.reason),
        letter.eventId === null ? null : storable(letter.eventId),
        letter.tenant === null ? null : storable(letter.tenant),
        // JSON.stringify escapes what jsonb refuses; a replacement character takes its place.
        JSON.stringify(letter.payload ?? null).replaceAll(/\\u0000|\\ud[89a-f][0-9a-f]{2}/g, "\\ufffd"),
        letter.fingerprint === null ? null : letter.fingerprint.toString(),
      ],
    );
  }
}

const storable = (text: string): string => Buffer.from(text).toString().replaceAll("\u0000", "\uFFFD");
