import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import { worst } from "../render/message";
import type { ChannelKind, Severity } from "../schemas";

export interface NewDelivery {
  channel: { id: string; name: string; kind: ChannelKind };
  cause: string;
  lane: string;
  /** Empty: a test. */
  about: readonly { id: bigint; title: string; severity: Severity }[];
  now: Date;
  originId?: string;
  /** Default: one of its own. */
  messageId?: string;
  requestedBy?: string;
}

/** Due at once. A notification that this channel was given for this cause already breaks the transaction. */
export async function insertDelivery(
  client: ClientBase,
  { channel, cause, lane, about, now, originId, messageId, requestedBy }: NewDelivery,
): Promise<string> {
  const id = randomUUID();
  const more = about.length > 1 ? ` and ${about.length - 1} more` : "";
  await client.query(
    `insert into notification_delivery (id, channel_id, channel_name, channel_kind, cause, lane, message_id, title, severity, status,
       next_attempt_at, origin_id, requested_by_name, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', $10, $11, $12, $10)`,
    [
      id,
      channel.id,
      channel.name,
      channel.kind,
      cause,
      lane,
      messageId ?? `msg_${id}`,
      about[0] ? `${about[0].title}${more}` : "Test message",
      worst(about),
      now,
      originId ?? null,
      requestedBy ?? null,
    ],
  );
  for (const { id: notificationId } of about) {
    await client.query(
      "insert into notification_delivery_item (delivery_id, notification_id, channel_id, cause) values ($1, $2, $3, $4)",
      [id, notificationId, channel.id, cause],
    );
  }
  return id;
}
