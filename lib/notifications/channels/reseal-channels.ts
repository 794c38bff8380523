import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import { config } from "@/lib/config";
import { keyIdOf, secretKeysOf } from "@/lib/secrets";
import { openSecrets, sealSecrets } from "./sealed-secrets";

export interface Resealed {
  resealed: number;
  /** Sealed with the key of now already, or without any secret. */
  unchanged: number;
  /** Sealed with a key that is not here: they stay as they are. */
  failed: { name: string; reason: string }[];
}

/** Seals with the key of now what another key sealed. May run while everything runs. */
export async function resealChannels(ctx: Ctx): Promise<Resealed> {
  const [{ id: current }] = secretKeysOf(config());
  const rows = await ctx.db.prisma.notificationChannel.findMany({ select: { id: true, name: true }, orderBy: { name: "asc" } });
  const done: Resealed = { resealed: 0, unchanged: 0, failed: [] };
  for (const { id, name } of rows) {
    try {
      const changed = await resealOne(ctx, id, current);
      done[changed ? "resealed" : "unchanged"] += 1;
    } catch (error) {
      done.failed.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return done;
}

function resealOne(ctx: Ctx, id: string, current: string): Promise<boolean> {
  return ctx.db.prisma.$transaction(async (tx) => {
    await tx.$queryRaw`select 1 from notification_channel where id = ${id}::uuid for update`;
    const row = await tx.notificationChannel.findUnique({ where: { id } });
    const sealed = (row?.secrets ?? {}) as Record<string, string>;
    if (Object.values(sealed).every((text) => keyIdOf(text) === current)) return false;
    await tx.notificationChannel.update({ where: { id }, data: { secrets: sealSecrets(id, openSecrets(id, sealed)) } });
    const data = { secrets: Object.keys(sealed), key: current };
    await appendAudit(tx, ctx, { action: "notification_channel.reseal", subject: `notification_channel:${id}`, data });
    return true;
  });
}
