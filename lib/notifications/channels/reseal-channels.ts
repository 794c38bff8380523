import { config } from "@/lib/config";
import type { Db } from "@/lib/db";
import { keyIdOf, secretKeysOf } from "@/lib/secrets";
import { openSecrets, sealSecrets } from "./sealed-secrets";

/** Seals with the key of now what another key sealed. How many channels that were. May run while everything runs. */
export async function resealChannels(db: Pick<Db, "prisma">): Promise<number> {
  const [{ id: current }] = secretKeysOf(config());
  const rows = await db.prisma.notificationChannel.findMany({ select: { id: true } });
  let resealed = 0;
  for (const { id } of rows) {
    await db.prisma.$transaction(async (tx) => {
      await tx.$queryRaw`select 1 from notification_channel where id = ${id}::uuid for update`;
      const row = await tx.notificationChannel.findUnique({ where: { id } });
      const sealed = (row?.secrets ?? {}) as Record<string, string>;
      if (Object.values(sealed).every((text) => keyIdOf(text) === current)) return;
      await tx.notificationChannel.update({ where: { id }, data: { secrets: sealSecrets(id, openSecrets(id, sealed)) } });
      resealed += 1;
    });
  }
  return resealed;
}
