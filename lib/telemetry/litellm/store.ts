/** Deliveries and pulls in the database: the only file here that touches it. */
import type pg from "pg";

type Client = Pick<pg.ClientBase, "query">;

interface NewDelivery {
  receivedAt: number;
  dueAt: number;
  apiKeyId: string | null;
  tenants: "all" | readonly string[];
  /** Set for one failed attempt that waits for the next one of its trace. */
  traceId: string | null;
  /** gzip. */
  body: Buffer;
}

interface Delivery {
  id: bigint;
  receivedAt: number;
  failures: number;
  apiKeyId: string | null;
  tenants: "all" | string[];
  held: boolean;
  body: Buffer;
}

export async function keepDelivery(db: Client, delivery: NewDelivery): Promise<void> {
  await db.query(
    `insert into telemetry.litellm_delivery (received_at, due_at, api_key_id, tenants, trace_id, body) values ($1, $2, $3, $4, $5, $6)`,
    [
      new Date(delivery.receivedAt),
      new Date(delivery.dueAt),
      delivery.apiKeyId,
      delivery.tenants === "all" ? null : delivery.tenants,
      delivery.traceId,
      delivery.body,
    ],
  );
}

interface Row {
  id: bigint;
  received_at: Date;
  failures: number;
  api_key_id: string | null;
  tenants: string[] | null;
  trace_id: string | null;
  body: Buffer;
}

const COLUMNS = "id, received_at, failures, api_key_id, tenants, trace_id, body";

function deliveryOf(row: Row): Delivery {
  return {
    id: row.id,
    receivedAt: row.received_at.getTime(),
    failures: row.failures,
    apiKeyId: row.api_key_id,
    tenants: row.tenants ?? "all",
    held: row.trace_id !== null,
    body: row.body,
  };
}

/** The oldest due delivery, locked until the transaction ends; other workers skip it. */
export async function claimDelivery(client: Client, now: Date): Promise<Delivery | null> {
  const { rows } = await client.query<Row>(
    `select ${COLUMNS} from telemetry.litellm_delivery where due_at <= $1 order by due_at, id limit 1 for update skip locked`,
    [now],
  );
  return rows[0] ? deliveryOf(rows[0]) : null;
}

/** Failed attempts of these traces that the same sender has waiting, locked likewise. */
export async function claimHeld(client: Client, traceIds: readonly string[], apiKeyId: string | null): Promise<Delivery[]> {
  if (traceIds.length === 0) return [];
  const { rows } = await client.query<Row>(
    `select ${COLUMNS} from telemetry.litellm_delivery
     where trace_id = any($1::text[]) and api_key_id is not distinct from $2 order by id for update skip locked`,
    [traceIds, apiKeyId],
  );
  return rows.map(deliveryOf);
}

export async function forgetDeliveries(client: Client, ids: readonly bigint[]): Promise<void> {
  await client.query("delete from telemetry.litellm_delivery where id = any($1::bigint[])", [ids.map(String)]);
}

export async function postponeDelivery(client: Client, id: bigint, dueAt: Date): Promise<void> {
  await client.query("update telemetry.litellm_delivery set failures = failures + 1, due_at = $2 where id = $1", [
    id.toString(),
    dueAt,
  ]);
}

export async function countDeliveries(client: Client): Promise<{ waiting: number; oldestAt: Date | null }> {
  const { rows } = await client.query<{ waiting: number; oldest_at: Date | null }>(
    "select count(*)::int as waiting, min(received_at) as oldest_at from telemetry.litellm_delivery where trace_id is null",
  );
  return { waiting: rows[0]!.waiting, oldestAt: rows[0]!.oldest_at };
}

/** Until when the spend logs of a LiteLLM are reconciled; null before the first time. */
export async function readPull(client: Client, source: string): Promise<Date | null> {
  const { rows } = await client.query<{ done_to: Date }>("select done_to from telemetry.litellm_pull where source = $1", [
    source,
  ]);
  return rows[0]?.done_to ?? null;
}

export async function notePull(
  client: Client,
  pull: { source: string; doneTo: Date; now: Date; error: string | null; filled: number },
): Promise<void> {
  await client.query(
    `insert into telemetry.litellm_pull as p (source, done_to, last_at, last_error, filled) values ($1, $2, $3, $4, $5)
     on conflict (source) do update set done_to = greatest(p.done_to, excluded.done_to), last_at = excluded.last_at,
       last_error = excluded.last_error, filled = p.filled + excluded.filled`,
    [pull.source, pull.doneTo, pull.now, pull.error, pull.filled],
  );
}
