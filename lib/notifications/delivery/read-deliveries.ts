import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import type { Prisma } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { ChannelKind, Severity } from "../schemas";
import { deliveriesQuerySchema, type DeliveryDetail, type DeliveryStatus, type DeliveryView } from "./schemas";
import type { z } from "zod";

const PAGE = 100;

/** Newest first. `next`: there are more; ask with it as `before`. */
export async function listDeliveries(
  ctx: Ctx,
  query: z.input<typeof deliveriesQuerySchema>,
): Promise<{ deliveries: DeliveryView[]; next: string | null }> {
  requireWorkspaceAdmin(ctx);
  const { channel, status, about, before } = deliveriesQuerySchema.parse(query);
  const rows = await ctx.db.prisma.notificationDelivery.findMany({
    where: {
      ...(channel === undefined ? {} : { channelId: channel }),
      ...(status === undefined ? {} : { status }),
      ...(about === undefined ? {} : { items: { some: { notification: { path: about } } } }),
      ...(before === undefined ? {} : { seq: { lt: BigInt(before) } }),
    },
    orderBy: { seq: "desc" },
    take: PAGE + 1,
  });
  const shown = rows.slice(0, PAGE);
  return { deliveries: shown.map(viewOf), next: rows.length > PAGE ? String(shown.at(-1)!.seq) : null };
}

export async function readDelivery(ctx: Ctx, id: string): Promise<DeliveryDetail> {
  requireWorkspaceAdmin(ctx);
  const row = await ctx.db.prisma.notificationDelivery.findUnique({
    where: { id },
    include: {
      tries: { orderBy: { number: "asc" } },
      items: { include: { notification: true }, orderBy: { notificationId: "asc" } },
    },
  });
  if (!row) throw new AppError("not_found", "There is no such delivery.");
  return {
    ...viewOf(row),
    messageId: row.messageId,
    payload: row.payload,
    requestedBy: row.requestedByName,
    notifications: row.items.map(({ notification }) => ({
      id: String(notification.id),
      title: notification.title,
      path: notification.path,
      at: notification.at.toISOString(),
    })),
    tries: row.tries.map(({ number, startedAt, endedAt, outcome, statusCode, answer }) => ({
      number,
      startedAt: startedAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
      outcome,
      statusCode,
      answer,
    })),
  };
}

const viewOf = (row: Prisma.NotificationDeliveryGetPayload<object>): DeliveryView => ({
  id: row.id,
  seq: String(row.seq),
  channelId: row.channelId,
  channel: row.channelName,
  kind: row.channelKind as ChannelKind,
  cause: row.cause.split(":")[0]!,
  title: row.title,
  severity: row.severity as Severity,
  status: row.status as DeliveryStatus,
  attempts: row.attempts,
  nextAttemptAt: row.status === "queued" ? (row.nextAttemptAt?.toISOString() ?? null) : null,
  answer: row.answer,
  createdAt: row.createdAt.toISOString(),
  endedAt: row.endedAt?.toISOString() ?? null,
});
