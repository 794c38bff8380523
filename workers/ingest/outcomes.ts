/**
 * Outcomes → rows, once. What the sender left out, tenant and endpoint, comes from the events of the same request or
 * action; an outcome that is faster than its events is joined later (`joinWaitingOutcomes`).
 *
 *   item ─┬─ unreadable ───────────► dead letter `invalid_outcome`
 *         ├─ new id ───────────────► stored ─ events known? ─┬─ yes ► tenant, endpoint
 *         │                                                  └─ no ─► waits, up to a day
 *         ├─ known id, same content ► nothing
 *         └─ known id, other ───────► dead letter `conflict`
 */
import type { ClientBase, Pool } from "pg";
import { withTransaction } from "@/lib/db";
import { addDeadLetters, hash64, readOutcome, type DeadLetter, type Outcome } from "@/lib/telemetry";
import type { IngestDeps } from "./ingest-events";
import type { KindBatch } from "./kinds";

interface Reported {
  outcome: Outcome;
  contentHash: bigint;
}

/** Safe to repeat. */
export async function ingestOutcomes(deps: IngestDeps, batch: KindBatch): Promise<void> {
  const letters: DeadLetter[] = [];
  const first = new Map<string, Reported>();
  for (const item of batch.items) {
    // The door checked; what a person edited and replayed was not.
    const read = readOutcome(item, { now: batch.receivedAt, rawRetentionDays: Number.POSITIVE_INFINITY, tenants: "all" });
    if ("refusal" in read) {
      letters.push(letterOf(batch, item, "invalid_outcome", read.refusal.field, read.refusal.message));
      continue;
    }
    const earlier = first.get(read.id);
    if (earlier === undefined) first.set(read.id, { outcome: read.item, contentHash: read.contentHash });
    else if (earlier.contentHash !== read.contentHash) letters.push(conflict(batch, read.item));
  }
  // Sorted: concurrent workers wait for each other instead of deadlocking.
  const reported = [...first.values()].sort((a, b) => (a.outcome.id < b.outcome.id ? -1 : 1));

  await withTransaction(deps.db.pool, async (client) => {
    const stored = await storeOutcomes(client, reported, batch.receivedAt);
    const known = await knownHashes(
      client,
      reported.filter(({ outcome }) => !stored.has(outcome.id)).map(({ outcome }) => outcome.id),
    );
    for (const { outcome, contentHash } of reported) {
      const hash = known.get(outcome.id);
      if (hash !== undefined && hash !== contentHash) letters.push(conflict(batch, outcome));
    }
    await joinOutcomes(client, [...stored]);
    await addDeadLetters(client, letters);
  });
}

async function storeOutcomes(client: ClientBase, reported: readonly Reported[], receivedAt: number): Promise<Set<string>> {
  if (reported.length === 0) return new Set();
  const column = <T>(read: (outcome: Outcome) => T) => reported.map(({ outcome }) => read(outcome));
  const { rows } = await client.query<{ id: string }>(
    `insert into telemetry.outcome (id, occurred_at, received_at, tenant, endpoint, request_id, action_id, kpi, value, label, content_hash)
     select o.id, o.occurred_at, $11, o.tenant, o.endpoint, o.request_id, o.action_id, o.kpi, o.value, o.label, o.content_hash
     from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[], $9::text[], $10::bigint[])
       as o(id, occurred_at, tenant, endpoint, request_id, action_id, kpi, value, label, content_hash)
     on conflict do nothing returning id`,
    [
      column((o) => o.id),
      column((o) => new Date(o.occurredAt).toISOString()),
      column((o) => o.tenant ?? null),
      column((o) => o.endpoint ?? null),
      column((o) => o.requestId ?? null),
      column((o) => o.actionId ?? null),
      column((o) => o.kpi),
      column((o) => o.value),
      column((o) => o.label ?? null),
      reported.map(({ contentHash }) => contentHash.toString()),
      new Date(receivedAt),
    ],
  );
  return new Set(rows.map((row) => row.id));
}

async function knownHashes(client: ClientBase, ids: readonly string[]): Promise<Map<string, bigint>> {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<{ id: string; content_hash: bigint }>(
    "select id, content_hash from telemetry.outcome where id = any($1::text[])",
    [ids],
  );
  return new Map(rows.map((row) => [row.id, BigInt(row.content_hash)]));
}

/**
 * Give outcomes the tenant and the endpoint (of the first event) of their request, else of their action. An id that
 * two tenants use is nobody's: it stays without a tenant unless the sender named one. Aggregates in the laterals keep
 * it one index look-up an outcome, however large the event table is. Returns how many were joined.
 */
async function joinOutcomes(client: ClientBase | Pool, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const { rowCount } = await client.query(
    `with found as (
       select o.id, coalesce(r.tenant, a.tenant) as tenant, case when r.tenant is null then a.endpoint else r.endpoint end as endpoint
       from telemetry.outcome o
       left join lateral (
         select case when min(e.tenant) = max(e.tenant) then min(e.tenant) end as tenant,
           (array_agg(e.endpoint order by e.occurred_at, e.endpoint))[1] as endpoint
         from telemetry.event e where e.request_id = o.request_id and (o.tenant is null or e.tenant = o.tenant)
       ) r on true
       left join lateral (
         select case when min(e.tenant) = max(e.tenant) then min(e.tenant) end as tenant,
           (array_agg(e.endpoint order by e.occurred_at, e.endpoint))[1] as endpoint
         from telemetry.event e where e.action_id = o.action_id and (o.tenant is null or e.tenant = o.tenant)
       ) a on true
       where o.id = any($1::text[])
     )
     update telemetry.outcome o set tenant = found.tenant, endpoint = coalesce(o.endpoint, found.endpoint)
     from found where o.id = found.id and found.tenant is not null`,
    [ids],
  );
  return rowCount ?? 0;
}

const WAITS_MS = 24 * 3_600_000;
const AT_ONCE = 1_000;

/** Join the newest outcomes whose events had not come yet. Returns how many were joined. */
export async function joinWaitingOutcomes(pool: Pool, now: Date): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from telemetry.outcome where (tenant is null or endpoint is null) and occurred_at > $1::timestamptz and received_at > $1::timestamptz
     order by occurred_at desc limit $2`,
    [new Date(now.getTime() - WAITS_MS), AT_ONCE],
  );
  return joinOutcomes(
    pool,
    rows.map((row) => row.id),
  );
}

function conflict(batch: KindBatch, outcome: Outcome): DeadLetter {
  return letterOf(batch, outcome, "conflict", "id", "Another outcome with this id and other content was stored before.");
}

function letterOf(batch: KindBatch, payload: unknown, code: string, field: string | null, reason: string): DeadLetter {
  const { id, tenant } = (payload ?? {}) as { id?: unknown; tenant?: unknown };
  return {
    receivedAt: batch.receivedAt,
    source: "outcomes",
    code,
    field,
    reason,
    eventId: typeof id === "string" ? id.slice(0, 200) : null,
    tenant: typeof tenant === "string" ? tenant : null,
    payload,
    fingerprint: hash64(`outcomes\n${code}\n${JSON.stringify(payload)}`),
  };
}
