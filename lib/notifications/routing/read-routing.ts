import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { appendAudit } from "@/lib/audit";
import type { Db, Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { z } from "zod";
import { isMuted } from "./is-muted";
import { allRoutes, DEFAULT_ROUTING, saveRoutingSchema, type Routing, type RoutingView } from "./schemas";

export async function currentRouting(reader: Tx | Db["prisma"]): Promise<{ version: number; document: Routing }> {
  const row = await reader.notificationRouting.findUnique({ where: { id: 1 } });
  return row ? { version: row.version, document: row.document as unknown as Routing } : { version: 0, document: DEFAULT_ROUTING };
}

export async function readRouting(ctx: Ctx): Promise<RoutingView> {
  requireWorkspaceAdmin(ctx);
  const row = await ctx.db.prisma.notificationRouting.findUnique({ where: { id: 1 } });
  const document = (row?.document as unknown as Routing | undefined) ?? DEFAULT_ROUTING;
  return {
    version: row?.version ?? 0,
    document,
    updatedBy: row?.updatedByName ?? null,
    updatedAt: row?.updatedAt.toISOString() ?? null,
    mutedNow: document.schedules.filter((one) => isMuted(one, ctx.now)).map(({ name }) => name),
  };
}

export async function saveRouting(ctx: Ctx, input: z.input<typeof saveRoutingSchema>): Promise<RoutingView> {
  requireWorkspaceAdmin(ctx);
  const { baseVersion, document } = saveRoutingSchema.parse(input);
  await ctx.db.prisma.$transaction((tx) => storeRouting(tx, ctx, baseVersion, document));
  return readRouting(ctx);
}

/** Compare-and-set; its audit row holds the whole document, which has no secret. */
export async function storeRouting(tx: Tx, ctx: Ctx, baseVersion: number, document: Routing): Promise<void> {
  const named = [document.root, ...allRoutes(document.root)].flatMap(({ channels, escalation }) => [
    ...(channels ?? []),
    ...(escalation ?? []).flatMap((step) => step.channels),
  ]);
  const known = await tx.notificationChannel.findMany({ where: { id: { in: named } }, select: { id: true } });
  const unknown = named.find((id) => !known.some((channel) => channel.id === id));
  if (unknown !== undefined) throw new AppError("unprocessable", `There is no channel ${unknown}.`, { field: "document" });
  const data = { version: baseVersion + 1, document: document as object, updatedByName: ctx.actor.name, updatedAt: ctx.now };
  const { count } =
    baseVersion === 0
      ? await tx.notificationRouting.createMany({ data: { id: 1, ...data }, skipDuplicates: true })
      : await tx.notificationRouting.updateMany({ where: { id: 1, version: baseVersion }, data });
  if (count === 0) throw new AppError("conflict", "Somebody else changed the routing at the same moment. Load it again.");
  await appendAudit(tx, ctx, {
    action: "notification_routing.save",
    subject: "notification_routing:1",
    data: { version: data.version, document },
  });
}
