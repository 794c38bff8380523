import type { Prisma } from "@/lib/db";
import { requireWorkspaceAdmin, type Ctx } from "./actor";
import type { ApiKeyView } from "./schemas";

export const KEY_WITH_CREATOR = { createdBy: { select: { name: true } } } as const;
type KeyRow = Prisma.ApiKeyGetPayload<{ include: typeof KEY_WITH_CREATOR }>;

/** Every key, the newest first; revoked ones stay, because audit rows and events point at them. */
export async function listApiKeys(ctx: Ctx): Promise<ApiKeyView[]> {
  requireWorkspaceAdmin(ctx);
  const rows = await ctx.db.prisma.apiKey.findMany({ include: KEY_WITH_CREATOR, orderBy: { createdAt: "desc" } });
  return rows.map(viewOfKey);
}

export function viewOfKey(row: KeyRow): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    tenantId: row.tenantId,
    createdBy: row.createdBy?.name ?? null,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}
