import { appendAudit } from "@/lib/audit";
import { AppError } from "@/lib/http";
import { requireWorkspaceAdmin, type Ctx } from "./actor";
import { forgetApiKey } from "./key-actor";
import { KEY_WITH_CREATOR, viewOfKey } from "./list-api-keys";
import type { ApiKeyView } from "./schemas";

/** End a key for good. Doing it again changes nothing. */
export async function revokeApiKey(ctx: Ctx, id: string): Promise<ApiKeyView> {
  requireWorkspaceAdmin(ctx);
  const row = await ctx.db.prisma.$transaction(async (tx) => {
    const { count } = await tx.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: ctx.now } });
    const found = await tx.apiKey.findUnique({ where: { id }, include: KEY_WITH_CREATOR });
    if (!found) throw new AppError("not_found", "There is no such API key.");
    if (count > 0) {
      const data = { name: found.name, prefix: found.prefix };
      await appendAudit(tx, ctx, { action: "api_key.revoke", subject: `api_key:${id}`, data });
    }
    return found;
  });
  forgetApiKey(ctx.db, row.hash);
  return viewOfKey(row);
}
