/** What an attempt came to, in one transaction: the delivery, its attempt, the health of the channel, and who else is told. */
import type { PoolClient } from "pg";
import { withTransaction, type Db } from "@/lib/db";
import { enqueueNotification } from "../enqueue-notification";
import type { ChannelKind, Severity } from "../schemas";
import type { ClaimedDelivery } from "./claim-delivery";
import { becomesFailing, nextAfter, type Answer } from "./decide-outcome";
import { insertDelivery } from "./insert-delivery";

const MOST_ANSWER = 2_000;
/** Postgres stores no NUL. */
const storable = (text: string) => text.replaceAll("\u0000", "").slice(0, MOST_ANSWER);

interface ChannelRow {
  id: string;
  name: string;
  failures: number;
  failing_since: Date | null;
  failing_number: number;
  fallback_id: string | null;
}

/** False: the lease went to another worker, and nothing is written. */
export async function finishAttempt(
  db: Pick<Db, "pool">,
  { id, epoch, attempt, channel }: Pick<ClaimedDelivery, "id" | "epoch" | "attempt" | "channel">,
  answer: Answer,
  { now, random, payload }: { now: Date; random: number; payload: string },
): Promise<boolean> {
  const next = nextAfter(answer, attempt, random);
  const text = storable(answer.text);
  return withTransaction(db.pool, async (client) => {
    const { rowCount } = await client.query(
      `update notification_delivery set status = $3, next_attempt_at = $4, lease_until = null, payload = $5, answer = $6, ended_at = $7
       where id = $1 and epoch = $2 and status = 'sending'`,
      [
        id,
        epoch,
        next.status,
        next.status === "queued" ? new Date(now.getTime() + next.waitMs) : null,
        storableAll(payload),
        text,
        next.status === "queued" ? null : now,
      ],
    );
    if (rowCount !== 1) return false;
    const outcome = answer.kind === "retry" && answer.unknown ? "unknown" : answer.kind;
    await client.query(
      "update notification_attempt set ended_at = $3, outcome = $4, status_code = $5, answer = $6 where delivery_id = $1 and number = $2",
      [id, attempt, now, outcome, answer.statusCode, text],
    );
    const { rows } = await client.query<ChannelRow>(
      `update notification_channel set failures = case when $2 then 0 else failures + 1 end,
         last_success_at = case when $2 then $3 else last_success_at end,
         last_failure_at = case when $2 then last_failure_at else $3 end, last_error = case when $2 then last_error else $4 end
       where id = $1 returning id::text, name, failures, failing_since, failing_number, fallback_id::text`,
      [channel.id, answer.kind === "delivered", now, text],
    );
    const row = rows[0];
    if (!row) return true;
    await noteHealth(client, row, answer, text, now);
    if (next.status === "failed") await tellFallback(client, id, row.fallback_id, now);
    return true;
  });
}

const storableAll = (text: string) => text.replaceAll("\u0000", "");

async function noteHealth(client: PoolClient, row: ChannelRow, answer: Answer, text: string, now: Date): Promise<void> {
  const works = row.failing_since !== null && answer.kind === "delivered";
  const fails = row.failing_since === null && becomesFailing(answer, row.failures);
  if (!works && !fails) return;
  const number = row.failing_number + (fails ? 1 : 0);
  await client.query("update notification_channel set failing_since = $2, failing_number = $3 where id = $1", [
    row.id,
    fails ? now : null,
    number,
  ]);
  const incidentKey = `channel:${row.id}:${number}`;
  await enqueueNotification(client, {
    dedupeKey: `${incidentKey}:${fails ? "triggered" : "resolved"}`,
    source: "system",
    kind: fails ? "channel.failing" : "channel.recovered",
    severity: "critical",
    title: fails ? `Notification channel ${row.name} is failing` : `Notification channel ${row.name} works again`,
    body: fails ? "What it was to be told is tried again, and goes to its fallback when it is given up." : "",
    path: "/alerts/channels",
    labels: { channel: row.name, channel_id: row.id },
    tenants: ["*"],
    groupKey: `channel:${row.id}`,
    incidentKey,
    incidentState: fails ? "triggered" : "resolved",
    facts: fails ? [{ label: "Last answer", value: text.slice(0, 500) }] : [],
    at: now,
  });
}

/** Another channel says it instead: once, and never one that has had it already on the way here. */
async function tellFallback(client: PoolClient, deliveryId: string, fallbackId: string | null, now: Date): Promise<void> {
  if (fallbackId === null) return;
  const tried = await client.query<{ channel_id: string | null; cause: string; lane: string }>(
    `with recursive chain as (
       select id, origin_id, channel_id, cause, lane from notification_delivery where id = $1
       union all select d.id, d.origin_id, d.channel_id, d.cause, d.lane from notification_delivery d join chain c on d.id = c.origin_id)
     select channel_id::text, cause, lane from chain`,
    [deliveryId],
  );
  if (tried.rows[0]!.cause.startsWith("test") || tried.rows.some(({ channel_id: id }) => id === fallbackId)) return;
  const channel = await client.query<{ id: string; name: string; kind: ChannelKind }>(
    `select id::text, name, kind from notification_channel c where id = $1 and enabled and ('*' = any(tenants) or not exists (
       select 1 from notification_delivery_item i join notification n on n.id = i.notification_id
       where i.delivery_id = $2 and not (n.tenants <@ c.tenants)))`,
    [fallbackId, deliveryId],
  );
  if (!channel.rows[0]) return;
  const about = await client.query<{ id: bigint; title: string; severity: Severity }>(
    `select n.id, n.title, n.severity from notification n join notification_delivery_item i on i.notification_id = n.id
     where i.delivery_id = $1 order by n.id`,
    [deliveryId],
  );
  await insertDelivery(client, {
    channel: channel.rows[0],
    cause: `fallback:${deliveryId}`,
    lane: tried.rows[0]!.lane,
    about: about.rows,
    now,
    originId: deliveryId,
  });
}
