import type { Ctx } from "@/lib/auth/actor";
import type { TenantView } from "./schemas";

interface TenantRow {
  id: string;
  name: string;
  discovered: boolean;
  archivedAt: Date | null;
  createdAt: Date;
}

/** The tenants that the actor may see, by name. Archived ones are listed: their spend does not disappear. */
export async function listTenants(ctx: Ctx): Promise<TenantView[]> {
  const { tenants } = ctx.actor;
  const rows = await ctx.db.prisma.tenant.findMany({
    ...(tenants === "all" ? {} : { where: { id: { in: [...tenants] } } }),
    orderBy: [{ name: "asc" }, { id: "asc" }],
  });
  return rows.map(viewOfTenant);
}

export function viewOfTenant(row: TenantRow): TenantView {
  return {
    id: row.id,
    name: row.name,
    discovered: row.discovered,
    archivedAt: row.archivedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
