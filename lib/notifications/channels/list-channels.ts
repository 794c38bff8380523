import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import type { Prisma } from "@/lib/db";
import type { ChannelKind } from "../schemas";
import type { ChannelView } from "./schemas";

export async function listChannels(ctx: Ctx): Promise<{ channels: ChannelView[] }> {
  requireWorkspaceAdmin(ctx);
  const rows = await ctx.db.prisma.notificationChannel.findMany({ orderBy: { name: "asc" } });
  const waiting = await ctx.db.prisma.notificationDelivery.groupBy({
    by: ["channelId"],
    where: { status: { in: ["queued", "sending"] } },
    _count: true,
  });
  return {
    channels: rows.map((row) => viewOfChannel(row, waiting.find(({ channelId }) => channelId === row.id)?._count ?? 0)),
  };
}

/** Of its secrets only the names. */
function viewOfChannel(row: Prisma.NotificationChannelGetPayload<object>, waiting: number): ChannelView {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as ChannelKind,
    config: row.config as Record<string, unknown>,
    secrets: Object.keys(row.secrets as object),
    tenants: row.tenants,
    enabled: row.enabled,
    fallbackId: row.fallbackId,
    version: row.version,
    health: row.failingSince ? "failing" : row.lastSuccessAt ? "working" : "untried",
    failingSince: row.failingSince?.toISOString() ?? null,
    lastSuccessAt: row.lastSuccessAt?.toISOString() ?? null,
    lastFailureAt: row.lastFailureAt?.toISOString() ?? null,
    lastError: row.lastError,
    waiting,
    createdBy: row.createdByName,
    createdAt: row.createdAt.toISOString(),
  };
}
