/** Reads what the planner needs, and writes what it decided, in one transaction. One planner at a time, whichever process. */
import type { PoolClient } from "pg";
import { withTransaction, type Db } from "@/lib/db";
import type { ChannelKind, IncidentState, Severity } from "../schemas";
import { insertDelivery } from "../delivery/insert-delivery";
import { planDeliveries, plannedKey, type ChannelFacts, type Entry, type Item } from "./plan-deliveries";
import { DEFAULT_ROUTING, type Matcher, type Routing } from "./schemas";

const LOCK = 7_270_001;
const MOST_ARRIVALS = 500;

interface NotificationRow {
  id: bigint;
  source: string;
  kind: string;
  severity: Severity;
  title: string;
  labels: Record<string, string>;
  tenants: string[];
  group_key: string;
  incident_key: string | null;
  incident_state: IncidentState | null;
}

export const labelsOf = (
  row: Pick<NotificationRow, "source" | "kind" | "severity" | "labels" | "tenants">,
): Record<string, string> => ({
  ...(row.tenants.length === 1 && row.tenants[0] !== "*" ? { tenant: row.tenants[0]! } : {}),
  ...row.labels,
  source: row.source,
  kind: row.kind,
  severity: row.severity,
});

const toEntry = (row: NotificationRow): Entry => ({
  id: row.id,
  severity: row.severity,
  title: row.title,
  labels: labelsOf(row),
  tenants: row.tenants,
  groupKey: row.group_key,
  incidentKey: row.incident_key,
  incidentState: row.incident_state,
});

/** How many were routed and how many deliveries were made; null: another process is at it. */
export async function planNow(db: Pick<Db, "pool">, now: Date): Promise<{ routed: number; deliveries: number } | null> {
  return withTransaction(db.pool, async (client) => {
    const { rows } = await client.query<{ ours: boolean }>("select pg_try_advisory_xact_lock($1) as ours", [LOCK]);
    if (!rows[0]!.ours) return null;
    return plan(client, now);
  });
}

async function plan(client: PoolClient, now: Date): Promise<{ routed: number; deliveries: number }> {
  const items = (
    await client.query<Item>(
      `select notification_id as "notificationId", route_id as "routeId", group_key as "groupKey", status, reason, since,
         sent_at as "sentAt", last_sent_at as "lastSentAt", repeats, escalations
       from notification_item where status in ('waiting', 'open') order by notification_id`,
    )
  ).rows;
  const arrivals = (
    await client.query<NotificationRow>("select * from notification where routed_at is null order by id limit $1", [
      MOST_ARRIVALS,
    ])
  ).rows;
  if (arrivals.length === 0 && items.length === 0) return { routed: 0, deliveries: 0 };

  const named = await client.query<NotificationRow>("select * from notification where id = any($1)", [
    items.map(({ notificationId }) => notificationId),
  ]);
  const entries = new Map([...named.rows, ...arrivals].map((row) => [row.id, toEntry(row)]));
  const incidents = [...new Set([...entries.values()].flatMap(({ incidentKey }) => incidentKey ?? []))];
  const routing =
    (await client.query<{ document: Routing }>("select document from notification_routing where id = 1")).rows[0]?.document ??
    DEFAULT_ROUTING;
  const newest = await client.query<{ key: string; id: bigint; state: IncidentState }>(
    `select distinct on (incident_key) incident_key as key, id, incident_state as state from notification
     where incident_key = any($1) order by incident_key, id desc`,
    [incidents],
  );
  const told = await client.query<{ notification_id: bigint; channel_id: string; cause: string; incident_key: string | null }>(
    `select i.notification_id, i.channel_id::text, i.cause, n.incident_key from notification_delivery_item i
     join notification n on n.id = i.notification_id where n.id = any($1) or n.incident_key = any($2)`,
    [[...entries.keys()], incidents],
  );
  const toldChannels = new Map<string, Set<string>>();
  for (const { incident_key: key, channel_id: channel } of told.rows) {
    if (key !== null) toldChannels.set(key, (toldChannels.get(key) ?? new Set()).add(channel));
  }
  const groups = await client.query<{ group_key: string; at: Date }>(
    `select group_key, max(last_sent_at) as at from notification_item where last_sent_at > $1::timestamptz - interval '1 day'
     group by group_key`,
    [now],
  );
  const silences = await client.query<{
    id: string;
    matchers: Matcher[];
    comment: string;
    by: string;
    startsAt: Date;
    endsAt: Date;
  }>(
    `select id::text, matchers, comment, created_by_name as by, starts_at as "startsAt", ends_at as "endsAt"
     from notification_silence where starts_at <= $1 and ends_at > $1`,
    [now],
  );
  const channels = await client.query<ChannelFacts & { name: string }>(
    `select id::text, name, kind, enabled, tenants, fallback_id::text as "fallbackId" from notification_channel`,
  );

  const decided = planDeliveries(
    {
      routing,
      silences: silences.rows,
      channels: channels.rows,
      entries,
      arrivals: arrivals.map(({ id }) => id),
      items,
      newest: new Map(newest.rows.map(({ key, id, state }) => [key, { id, state }])),
      openIncidents: routing.inhibitions.length > 0 ? await openIncidents(client) : [],
      groupsToldAt: new Map(groups.rows.map((row) => [row.group_key, row.at])),
      told: toldChannels,
      planned: new Set(told.rows.map((row) => plannedKey(row.notification_id, row.channel_id, row.cause))),
    },
    now,
  );

  for (const { id, quiet } of decided.routed) {
    await client.query("update notification set routed_at = $2, quiet = $3 where id = $1", [id, now, quiet]);
  }
  for (const item of decided.items) await saveItem(client, item);
  for (const { channelId, cause, lane, notificationIds } of decided.deliveries) {
    const channel = channels.rows.find(({ id }) => id === channelId)! as { id: string; name: string; kind: ChannelKind };
    const about = notificationIds.map((id) => entries.get(id)!);
    await insertDelivery(client, { channel, cause, lane, about, now });
  }
  return { routed: decided.routed.length, deliveries: decided.deliveries.length };
}

async function openIncidents(client: PoolClient) {
  const { rows } = await client.query<NotificationRow & { incident_key: string }>(
    `select * from (select distinct on (incident_key) * from notification where incident_key is not null
       order by incident_key, id desc) newest where incident_state <> 'resolved'`,
  );
  return rows.map((row) => ({ incidentKey: row.incident_key, title: row.title, labels: labelsOf(row) }));
}

async function saveItem(client: PoolClient, item: Item): Promise<void> {
  await client.query(
    `insert into notification_item (notification_id, route_id, group_key, status, reason, since, sent_at, last_sent_at, repeats, escalations)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (notification_id, route_id) do update set status = excluded.status, reason = excluded.reason,
       sent_at = excluded.sent_at, last_sent_at = excluded.last_sent_at, repeats = excluded.repeats, escalations = excluded.escalations`,
    [
      item.notificationId,
      item.routeId,
      item.groupKey,
      item.status,
      item.reason,
      item.since,
      item.sentAt,
      item.lastSentAt,
      item.repeats,
      item.escalations,
    ],
  );
}
