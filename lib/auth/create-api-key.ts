import { randomBytes } from "node:crypto";
import { appendAudit } from "@/lib/audit";
import { AppError } from "@/lib/http";
import { requireWorkspaceAdmin, type Ctx } from "./actor";
import { hashApiKey } from "./key-actor";
import { KEY_WITH_CREATOR, viewOfKey } from "./list-api-keys";
import { createApiKeySchema, type ApiKeyView, type CreateApiKeyInput } from "./schemas";

/** How much of a key is shown afterwards, so that people can tell keys apart. */
export const SHOWN_PREFIX = 10;

/** Make a key. The key itself comes back only here: at rest there is only its hash. */
export async function createApiKey(ctx: Ctx, input: CreateApiKeyInput): Promise<{ apiKey: ApiKeyView; key: string }> {
  requireWorkspaceAdmin(ctx);
  const { name, scopes, tenantId = null, expiresAt } = createApiKeySchema.parse(input);
  const expires = expiresAt ? new Date(expiresAt) : null;
  if (expires && expires <= ctx.now) {
    throw new AppError("unprocessable", "The key would already be expired. Choose a later time.", { field: "expiresAt" });
  }
  const key = `hr_${randomBytes(32).toString("base64url")}`;
  const apiKey = await ctx.db.prisma.$transaction(async (tx) => {
    if (tenantId !== null && !(await tx.tenant.findUnique({ where: { id: tenantId } }))) {
      throw new AppError("unprocessable", `There is no tenant "${tenantId}". Create it under Settings → Tenants first.`, {
        field: "tenantId",
      });
    }
    const row = await tx.apiKey.create({
      data: {
        name,
        prefix: key.slice(0, SHOWN_PREFIX),
        hash: hashApiKey(key),
        scopes: [...new Set(scopes)],
        tenantId,
        createdById: ctx.actor.kind === "user" ? ctx.actor.id : null,
        expiresAt: expires,
        createdAt: ctx.now,
      },
      include: KEY_WITH_CREATOR,
    });
    const data = { name, prefix: row.prefix, scopes: row.scopes, tenantId, expiresAt: expires?.toISOString() ?? null };
    await appendAudit(tx, ctx, { action: "api_key.create", subject: `api_key:${row.id}`, data });
    return viewOfKey(row);
  });
  return { apiKey, key };
}
