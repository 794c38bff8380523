/** Channels are made, changed and taken away by admins of the whole workspace. What is audited holds names of secrets only. */
import { randomUUID } from "node:crypto";
import { appendAudit } from "@/lib/audit";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { z } from "zod";
import { makeWebhookSecret } from "../render/webhook";
import { currentRouting, storeRouting } from "../routing/read-routing";
import { allRoutes } from "../routing/schemas";
import type { ChannelKind } from "../schemas";
import { openSecrets, readConfig, readSecrets, sealSecrets } from "./sealed-secrets";
import { createChannelSchema, updateChannelSchema, type CreateChannelInput } from "./schemas";

/** `secret`: what a webhook's receiver verifies with. It is shown here, and never again. */
export async function createChannel(ctx: Ctx, input: CreateChannelInput): Promise<{ id: string; secret: string | null }> {
  requireWorkspaceAdmin(ctx);
  const wish = createChannelSchema.parse(input);
  const config = readConfig(wish.kind, wish.config);
  const secret = wish.kind === "webhook" ? makeWebhookSecret() : null;
  const secrets = { ...readSecrets(wish.kind, wish.secrets, true), ...(secret === null ? {} : { secret }) };
  const id = randomUUID();
  await ctx.db.prisma.$transaction(async (tx) => {
    await requireFree(tx, wish.name);
    await requireFallback(tx, id, wish.fallbackId);
    const { name, kind, tenants, enabled, fallbackId } = wish;
    await tx.notificationChannel.create({
      data: {
        id,
        name,
        kind,
        config,
        secrets: sealSecrets(id, secrets),
        tenants: [...new Set(tenants)],
        enabled,
        fallbackId,
        createdByName: ctx.actor.name,
        createdAt: ctx.now,
        updatedAt: ctx.now,
      },
    });
    const data = { name, kind, config, secrets: Object.keys(secrets), tenants, enabled, fallbackId };
    await appendAudit(tx, ctx, { action: "notification_channel.create", subject: `notification_channel:${id}`, data });
    if (!wish.receivesAll) return;
    const { version, document } = await currentRouting(tx);
    const root = { ...document.root, channels: [...document.root.channels, id] };
    await storeRouting(tx, ctx, version, { ...document, root });
  });
  return { id, secret };
}

export async function updateChannel(ctx: Ctx, id: string, input: z.input<typeof updateChannelSchema>): Promise<void> {
  requireWorkspaceAdmin(ctx);
  const { baseVersion, config, secrets, ...more } = updateChannelSchema.parse(input);
  await ctx.db.prisma.$transaction(async (tx) => {
    const row = await requireChannel(tx, id);
    const kind = row.kind as ChannelKind;
    const renewed = secrets ? readSecrets(kind, secrets, false) : {};
    if (more.name !== undefined && more.name !== row.name) await requireFree(tx, more.name);
    await requireFallback(tx, id, more.fallbackId ?? null);
    const read = config === undefined ? undefined : readConfig(kind, config);
    const { count } = await tx.notificationChannel.updateMany({
      where: { id, version: baseVersion },
      data: {
        ...(more.name === undefined ? {} : { name: more.name }),
        ...(more.tenants === undefined ? {} : { tenants: [...new Set(more.tenants)] }),
        ...(more.enabled === undefined ? {} : { enabled: more.enabled }),
        ...(more.fallbackId === undefined ? {} : { fallbackId: more.fallbackId }),
        ...(read === undefined ? {} : { config: read }),
        secrets: { ...(row.secrets as Record<string, string>), ...sealSecrets(id, renewed) },
        version: baseVersion + 1,
        updatedAt: ctx.now,
      },
    });
    if (count === 0) throw new AppError("conflict", "Somebody else changed the channel at the same moment. Load it again.");
    const data = { ...more, ...(read === undefined ? {} : { config: read }), secrets: Object.keys(renewed) };
    await appendAudit(tx, ctx, { action: "notification_channel.update", subject: `notification_channel:${id}`, data });
  });
}

/** Its log stays; what waits for it is cancelled, and routes do without it. */
export async function deleteChannel(ctx: Ctx, id: string): Promise<void> {
  requireWorkspaceAdmin(ctx);
  await ctx.db.prisma.$transaction(async (tx) => {
    const { name, kind } = await requireChannel(tx, id);
    const { version, document } = await currentRouting(tx);
    const without = (channels: readonly string[]) => channels.filter((one) => one !== id);
    const copy = structuredClone(document);
    for (const route of [copy.root, ...allRoutes(copy.root)]) {
      if (route.channels) route.channels = without(route.channels);
      if (route.escalation) {
        route.escalation = route.escalation
          .map((step) => ({ ...step, channels: without(step.channels) }))
          .filter(({ channels }) => channels.length > 0);
      }
    }
    if (JSON.stringify(copy) !== JSON.stringify(document)) await storeRouting(tx, ctx, version, copy);
    await tx.notificationDelivery.updateMany({
      where: { channelId: id, status: { in: ["queued", "sending"] } },
      data: { status: "cancelled", endedAt: ctx.now, answer: "The channel was taken away." },
    });
    await tx.notificationChannel.delete({ where: { id } });
    await appendAudit(tx, ctx, {
      action: "notification_channel.delete",
      subject: `notification_channel:${id}`,
      data: { name, kind },
    });
  });
}

/** A new secret signs beside the old one until that is dropped: a receiver changes over in its own time. */
export async function rotateWebhookSecret(ctx: Ctx, id: string): Promise<{ secret: string }> {
  requireWorkspaceAdmin(ctx);
  const secret = makeWebhookSecret();
  await changeWebhookSecrets(ctx, id, "notification_channel.rotate_secret", ({ secret: previous }) => ({
    secret,
    ...(previous === undefined ? {} : { previous }),
  }));
  return { secret };
}

export const dropPreviousSecret = (ctx: Ctx, id: string): Promise<void> =>
  changeWebhookSecrets(ctx, id, "notification_channel.drop_previous_secret", (secrets) =>
    Object.fromEntries(Object.entries(secrets).filter(([name]) => name !== "previous")),
  );

async function changeWebhookSecrets(
  ctx: Ctx,
  id: string,
  action: string,
  change: (secrets: Record<string, string>) => Record<string, string>,
): Promise<void> {
  requireWorkspaceAdmin(ctx);
  await ctx.db.prisma.$transaction(async (tx) => {
    const row = await requireChannel(tx, id);
    if (row.kind !== "webhook") throw new AppError("unprocessable", "Only a webhook has a secret that is made here.");
    const secrets = sealSecrets(id, change(openSecrets(id, row.secrets as Record<string, string>)));
    const { count } = await tx.notificationChannel.updateMany({
      where: { id, version: row.version },
      data: { secrets, version: row.version + 1, updatedAt: ctx.now },
    });
    if (count === 0) throw new AppError("conflict", "Somebody else changed the channel at the same moment. Load it again.");
    await appendAudit(tx, ctx, { action, subject: `notification_channel:${id}`, data: { secrets: Object.keys(secrets) } });
  });
}

async function requireChannel(tx: Tx, id: string) {
  const row = await tx.notificationChannel.findUnique({ where: { id } });
  if (!row) throw new AppError("not_found", "There is no such channel.");
  return row;
}

async function requireFree(tx: Tx, name: string): Promise<void> {
  if (await tx.notificationChannel.findUnique({ where: { name } })) {
    throw new AppError("conflict", `There is already a channel called ${name}.`, { field: "name" });
  }
}

async function requireFallback(tx: Tx, id: string, fallbackId: string | null): Promise<void> {
  if (fallbackId === null) return;
  if (fallbackId === id) throw new AppError("invalid", "A channel cannot stand in for itself.", { field: "fallbackId" });
  if (!(await tx.notificationChannel.findUnique({ where: { id: fallbackId } }))) {
    throw new AppError("unprocessable", "There is no such channel to fall back to.", { field: "fallbackId" });
  }
}
