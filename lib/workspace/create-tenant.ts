import { appendAudit } from "@/lib/audit";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { viewOfTenant } from "./list-tenants";
import { createTenantSchema, type CreateTenantInput, type TenantView } from "./schemas";

/** A tenant before its first event, so that keys and people can be limited to it. */
export async function createTenant(ctx: Ctx, input: CreateTenantInput): Promise<TenantView> {
  requireWorkspaceAdmin(ctx);
  const { id, name } = createTenantSchema.parse(input);
  return ctx.db.prisma.$transaction(async (tx) => {
    // Telemetry may discover the same tenant at this very moment.
    const made = await tx.$executeRaw`
      insert into tenant (id, name, created_at) values (${id}, ${name}, ${ctx.now}) on conflict (id) do nothing`;
    if (made === 0) throw new AppError("conflict", `There is already a tenant "${id}".`, { field: "id" });
    await appendAudit(tx, ctx, { action: "tenant.create", subject: `tenant:${id}`, data: { name } });
    return viewOfTenant(await tx.tenant.findUniqueOrThrow({ where: { id } }));
  });
}
