/**
 * A delivery is one worker's at a time: a lease with a fencing epoch, written with an attempt before anything is sent.
 *
 *   queued ─ claim ─► sending ─ answer ─► delivered
 *     ▲                  │ ├─ refused, or 8 attempts ─► failed ─► its fallback channel is told
 *     └──── retry ───────┘ └─ worker dies: the lease runs out, the outcome of its attempt is unknown ─ claim ─► sending
 */
import { withTransaction, type Db } from "@/lib/db";
import type { IncidentState, Severity } from "../schemas";
import type { ChannelKind } from "../schemas";
import { causeNote, type Told } from "../render/message";
import { labelsOf } from "../routing/plan-now";

export interface ClaimedDelivery {
  id: string;
  epoch: bigint;
  attempt: number;
  messageId: string;
  test: boolean;
  note: string | null;
  told: Told[];
  channel: {
    id: string;
    kind: ChannelKind;
    name: string;
    config: Record<string, unknown>;
    secrets: Record<string, string>;
  };
}

interface Row {
  id: string;
  epoch: bigint;
  attempts: number;
  message_id: string;
  cause: string;
  origin_id: string | null;
  channel_id: string;
  requested_by_name: string | null;
}

/** The oldest that is due and behind nobody of its lane; null: there is none. */
export async function claimDelivery(db: Pick<Db, "pool">, now: Date, leaseMs: number): Promise<ClaimedDelivery | null> {
  return withTransaction(db.pool, async (client) => {
    const { rows } = await client.query<Row>(
      `update notification_delivery set status = 'sending', epoch = epoch + 1, lease_until = $2, attempts = attempts + 1
       where id = (
         select d.id from notification_delivery d
         where ((d.status = 'queued' and d.next_attempt_at <= $1) or (d.status = 'sending' and d.lease_until <= $1))
           and d.channel_id is not null
           and not exists (select 1 from notification_delivery e where e.channel_id = d.channel_id and e.lane = d.lane
                           and e.seq < d.seq and e.status in ('queued', 'sending'))
         order by d.seq limit 1 for update of d skip locked)
       returning id::text, epoch, attempts, message_id, cause, origin_id::text, channel_id::text, requested_by_name`,
      [now, new Date(now.getTime() + leaseMs)],
    );
    const row = rows[0];
    if (!row) return null;
    // Whoever was at it died: nobody knows whether it was heard.
    await client.query(
      "update notification_attempt set outcome = 'unknown', ended_at = $2, answer = 'The worker ended while it was sending.' where delivery_id = $1 and outcome is null",
      [row.id, now],
    );
    await client.query("insert into notification_attempt (delivery_id, number, started_at) values ($1, $2, $3)", [
      row.id,
      row.attempts,
      now,
    ]);
    const channel = await client.query<ClaimedDelivery["channel"]>(
      "select id::text, kind, name, config, secrets from notification_channel where id = $1",
      [row.channel_id],
    );
    const origin = row.origin_id
      ? await client.query<{ channel_name: string }>("select channel_name from notification_delivery where id = $1", [
          row.origin_id,
        ])
      : null;
    const told = await client.query<{
      id: bigint;
      source: string;
      kind: string;
      severity: Severity;
      title: string;
      body: string;
      path: string;
      labels: Record<string, string>;
      tenants: string[];
      incident_key: string | null;
      incident_state: IncidentState | null;
      facts: { label: string; value: string }[];
      at: Date;
    }>(
      `select n.* from notification n join notification_delivery_item i on i.notification_id = n.id where i.delivery_id = $1
       order by n.id`,
      [row.id],
    );
    return {
      id: row.id,
      epoch: row.epoch,
      attempt: row.attempts,
      messageId: row.message_id,
      test: row.cause.startsWith("test"),
      note: causeNote(row.cause, origin?.rows[0]?.channel_name ?? null),
      told: row.cause.startsWith("test")
        ? [testTold(row.id, row.requested_by_name, now)]
        : told.rows.map((one) => ({
            id: String(one.id),
            source: one.source,
            kind: one.kind,
            severity: one.severity,
            title: one.title,
            body: one.body,
            path: one.path,
            labels: labelsOf(one),
            incidentKey: one.incident_key,
            incidentState: one.incident_state,
            facts: one.facts,
            at: one.at,
          })),
      channel: channel.rows[0]!,
    };
  });
}

const testTold = (id: string, by: string | null, at: Date): Told => ({
  id,
  source: "system",
  kind: "test",
  severity: "info",
  title: "Headroom reaches this channel",
  body: `${by ?? "Somebody"} pressed the test button. There is nothing to do.`,
  path: "/alerts/channels",
  labels: {},
  incidentKey: null,
  incidentState: null,
  facts: [],
  at,
});
