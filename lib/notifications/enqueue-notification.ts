import type { ClientBase } from "pg";
import type { Tx } from "@/lib/db";
import { notificationSchema, type Notification } from "./schemas";

const COLUMNS = `dedupe_key, source, kind, severity, title, body, path, labels, tenants, group_key, incident_key,
  incident_state, facts, at, created_at`;

/**
 * Hand it to the outbox, in the transaction of what it is about: when that rolls back, nobody hears of it. The second one
 * with a `dedupeKey` changes nothing, ever. False: there was one already. Prisma's or pg's transaction, whichever is at hand.
 */
export async function enqueueNotification(tx: Tx | ClientBase, notification: Notification): Promise<boolean> {
  const n = notificationSchema.parse(notification);
  const values = [
    n.dedupeKey,
    n.source,
    n.kind,
    n.severity,
    n.title,
    n.body,
    n.path,
    JSON.stringify(n.labels),
    n.tenants,
    n.groupKey,
    n.incidentKey ?? null,
    n.incidentState ?? null,
    JSON.stringify(n.facts),
    n.at,
  ];
  const sql = `insert into notification (${COLUMNS})
    values ($1, $2, $3, $4, $5, $6, $7, $8::json, $9::text[], $10, $11, $12, $13::json, $14::timestamptz, now())
    on conflict (dedupe_key) do nothing`;
  if ("$executeRawUnsafe" in tx) return (await tx.$executeRawUnsafe(sql, ...values)) === 1;
  return (await tx.query(sql, values)).rowCount === 1;
}
