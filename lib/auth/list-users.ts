import type { Prisma } from "@/lib/db";
import { requireWorkspaceAdmin, type Ctx, type Role } from "./actor";
import type { UserView } from "./schemas";

export const USER_WITH_TENANTS = { tenants: { select: { tenantId: true }, orderBy: { tenantId: "asc" } } } as const;
export type UserRow = Prisma.UserGetPayload<{ include: typeof USER_WITH_TENANTS }>;

export async function listUsers(ctx: Ctx): Promise<UserView[]> {
  requireWorkspaceAdmin(ctx);
  const rows = await ctx.db.prisma.user.findMany({ include: USER_WITH_TENANTS, orderBy: [{ name: "asc" }, { email: "asc" }] });
  return rows.map(viewOfUser);
}

export function viewOfUser(row: UserRow): UserView {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role as Role,
    tenants: tenantsOf(row),
    hasPassword: row.passwordHash !== null,
    mayBreakGlass: row.mayBreakGlass,
    disabledAt: row.disabledAt?.toISOString() ?? null,
    lastSignInAt: row.lastSignInAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

export function tenantsOf(row: Pick<UserRow, "tenantLimited" | "tenants">): "all" | string[] {
  return row.tenantLimited ? row.tenants.map((tenant) => tenant.tenantId) : "all";
}
