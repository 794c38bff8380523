import { appendAudit } from "@/lib/audit";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { viewOfTenant } from "./list-tenants";
import { updateTenantSchema, type TenantView, type UpdateTenantInput } from "./schemas";

/** Rename a tenant (which also confirms a discovered one), archive it, or bring it back. The id never changes. */
export async function updateTenant(ctx: Ctx, id: string, input: UpdateTenantInput): Promise<TenantView> {
  requireWorkspaceAdmin(ctx);
  const { name, archived } = updateTenantSchema.parse(input);
  return ctx.db.prisma.$transaction(async (tx) => {
    const before = await tx.tenant.findUnique({ where: { id } });
    if (!before) throw new AppError("not_found", `There is no tenant "${id}".`);
    const after = await tx.tenant.update({
      where: { id },
      data: {
        ...(name === undefined ? {} : { name, discovered: false }),
        ...(archived === undefined ? {} : { archivedAt: archived ? (before.archivedAt ?? ctx.now) : null }),
      },
    });
    const stateOf = (row: typeof before) => ({ name: row.name, discovered: row.discovered, archived: row.archivedAt !== null });
    const data = { before: stateOf(before), after: stateOf(after) };
    await appendAudit(tx, ctx, { action: "tenant.update", subject: `tenant:${id}`, data });
    return viewOfTenant(after);
  });
}
