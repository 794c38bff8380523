/** Deliveries that a person orders: a test, and one again. The worker sends them as it sends all others. */
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { withTransaction } from "@/lib/db";
import { appendAuditRaw } from "@/lib/audit/append";
import type { ChannelKind, Severity } from "../schemas";
import { insertDelivery } from "./insert-delivery";

interface ChannelRow {
  id: string;
  name: string;
  kind: ChannelKind;
}

/** A marked message; what the channel answers is in the delivery. */
export async function testChannel(ctx: Ctx, channelId: string): Promise<{ deliveryId: string }> {
  requireWorkspaceAdmin(ctx);
  return withTransaction(ctx.db.pool, async (client) => {
    const { rows } = await client.query<ChannelRow>("select id::text, name, kind from notification_channel where id = $1", [
      channelId,
    ]);
    if (!rows[0]) throw new AppError("not_found", "There is no such channel.");
    const deliveryId = await insertDelivery(client, {
      channel: rows[0],
      cause: "test",
      lane: `test:${ctx.now.getTime()}`,
      about: [],
      now: ctx.now,
      requestedBy: ctx.actor.name,
    });
    await appendAuditRaw(client, ctx, {
      action: "notification_channel.test",
      subject: `notification_channel:${channelId}`,
      data: { delivery: deliveryId },
    });
    return { deliveryId };
  });
}

/** Machines get the id they know it by, so that one that has it does nothing; people get it again. */
export async function replayDelivery(ctx: Ctx, id: string): Promise<{ deliveryId: string }> {
  requireWorkspaceAdmin(ctx);
  return withTransaction(ctx.db.pool, async (client) => {
    const { rows } = await client.query<ChannelRow & { status: string; cause: string; lane: string; message_id: string }>(
      `select c.id::text, c.name, c.kind, d.status, d.cause, d.lane, d.message_id from notification_delivery d
       left join notification_channel c on c.id = d.channel_id where d.id = $1`,
      [id],
    );
    const row = rows[0];
    if (!row) throw new AppError("not_found", "There is no such delivery.");
    if (row.id === null) throw new AppError("unprocessable", "Its channel was taken away.");
    if (row.cause === "test") throw new AppError("unprocessable", "A test is sent again with the test button of the channel.");
    if (!["delivered", "failed"].includes(row.status)) throw new AppError("conflict", "It is still being delivered.");
    const about = await client.query<{ id: bigint; title: string; severity: Severity }>(
      `select n.id, n.title, n.severity from notification n join notification_delivery_item i on i.notification_id = n.id
       where i.delivery_id = $1 order by n.id`,
      [id],
    );
    const machine = row.kind === "webhook" || row.kind === "pagerduty";
    const deliveryId = await insertDelivery(client, {
      channel: row,
      cause: `replay:${id}:${ctx.now.getTime()}`,
      lane: row.lane,
      about: about.rows,
      now: ctx.now,
      originId: id,
      requestedBy: ctx.actor.name,
      ...(machine ? { messageId: row.message_id } : {}),
    });
    await appendAuditRaw(client, ctx, {
      action: "notification_delivery.replay",
      subject: `notification_delivery:${id}`,
      data: { delivery: deliveryId, channel: row.name },
    });
    return { deliveryId };
  });
}
