/** What one API key has sent since a moment: newest events and what was refused. `/welcome` watches this. */
import { z } from "zod";
import { type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { nanoToUsd } from "@/lib/money";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { connectionQuerySchema, type Connection } from "./schemas";
import { readReceived, readRefused } from "./store";

const SHOWN = 20;

export async function readConnection(ctx: Ctx, input: z.input<typeof connectionQuerySchema>): Promise<Connection> {
  const { key, since } = connectionQuerySchema.parse(input);
  const found = await findKey(ctx, key);
  const from = new Date(Math.max(Date.parse(since), ctx.now.getTime() - DAY_MS));
  const tenants = ctx.actor.tenants === "all" ? null : ctx.actor.tenants;
  const [received, refused] = await Promise.all([
    // A sender's clock may be an hour off.
    readReceived(ctx.db, {
      apiKeyId: found.id,
      since: from,
      occurredFrom: new Date(from.getTime() - HOUR_MS),
      tenants,
      limit: SHOWN,
    }),
    readRefused(ctx.db, { since: from, tenants, limit: SHOWN }),
  ]);
  return {
    key: { id: found.id, name: found.name, prefix: found.prefix, lastUsedAt: found.lastUsedAt?.toISOString() ?? null },
    received: received.map((row) => ({
      id: row.id,
      requestId: row.requestId,
      occurredAt: row.occurredAt.toISOString(),
      receivedAt: row.receivedAt.toISOString(),
      tenant: row.tenant,
      endpoint: row.endpoint,
      provider: row.provider,
      model: row.model,
      status: row.status,
      dialect: row.dialect,
      totalTokens: row.totalTokens.toString(),
      pricingState: row.pricingState,
      costUsd: nanoToUsd(row.costNano),
    })),
    refused: refused.map((row) => ({ ...row, receivedAt: row.receivedAt.toISOString() })),
  };
}

/** By id, or by the prefix that the key list shows. A key that is bound to another tenant does not exist for a limited actor. */
async function findKey(ctx: Ctx, key: string) {
  const byId = z.uuid().safeParse(key).success;
  const candidates = await ctx.db.prisma.apiKey.findMany({
    where: byId ? { id: key } : { prefix: key },
    orderBy: { createdAt: "desc" },
    take: 2,
  });
  const visible = candidates.filter(({ tenantId, createdById }) => {
    if (ctx.actor.tenants === "all" || createdById === ctx.actor.id) return true;
    // A key of the whole workspace may well carry this actor's events; those of other tenants are cut below.
    return tenantId === null || ctx.actor.tenants.includes(tenantId);
  });
  const found = visible[0];
  if (!found)
    throw new AppError("not_found", "There is no API key with this id or prefix. Check the first characters of the key.");
  return found;
}
