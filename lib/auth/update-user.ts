import { appendAudit } from "@/lib/audit";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { requireWorkspaceAdmin, type Ctx, type Role } from "./actor";
import { tenantsOf, USER_WITH_TENANTS, viewOfUser } from "./list-users";
import { updateUserSchema, type UpdateUserInput, type UserView } from "./schemas";
import { requireTenantGrant } from "./tenant-grant";
import { forgetUser } from "./user-actor";

/** Change name, role, tenants, or whether somebody may sign in. A change of power ends that person's sessions. */
export async function updateUser(ctx: Ctx, id: string, input: UpdateUserInput): Promise<UserView> {
  requireWorkspaceAdmin(ctx);
  const patch = updateUserSchema.parse(input);
  const user = await ctx.db.prisma.$transaction(async (tx) => {
    // One at a time: two admins must not remove each other at once.
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('auth.admins'))`;
    const before = await tx.user.findUnique({ where: { id }, include: USER_WITH_TENANTS });
    if (!before) throw new AppError("not_found", "There is no such user.");
    const role = patch.role ?? (before.role as Role);
    const tenants = patch.tenants ?? tenantsOf(before);
    const disabled = patch.disabled ?? before.disabledAt !== null;
    await requireTenantGrant(tx, role, tenants);
    if (role !== "admin" || disabled) await requireAnotherAdmin(tx, before);
    const changesPower = role !== before.role || disabled !== (before.disabledAt !== null) || patch.tenants !== undefined;
    const after = await tx.user.update({
      where: { id },
      data: {
        role,
        tenantLimited: tenants !== "all",
        disabledAt: disabled ? (before.disabledAt ?? ctx.now) : null,
        ...(patch.name === undefined ? {} : { name: patch.name }),
        ...(patch.mayBreakGlass === undefined ? {} : { mayBreakGlass: patch.mayBreakGlass }),
        ...(changesPower ? { sessionEpoch: { increment: 1 } } : {}),
        ...(patch.tenants === undefined
          ? {}
          : {
              tenants: {
                deleteMany: {},
                create: tenants === "all" ? [] : [...new Set(tenants)].map((tenantId) => ({ tenantId })),
              },
            }),
      },
      include: USER_WITH_TENANTS,
    });
    const stateOf = (row: typeof before) => ({
      name: row.name,
      role: row.role,
      tenants: tenantsOf(row),
      disabled: row.disabledAt !== null,
      mayBreakGlass: row.mayBreakGlass,
    });
    const data = { before: stateOf(before), after: stateOf(after) };
    await appendAudit(tx, ctx, { action: "user.update", subject: `user:${id}`, data });
    return viewOfUser(after);
  });
  forgetUser(ctx.db, id);
  return user;
}

async function requireAnotherAdmin(tx: Tx, user: { id: string; role: string; disabledAt: Date | null }): Promise<void> {
  if (user.role !== "admin" || user.disabledAt) return;
  const others = await tx.user.count({ where: { role: "admin", disabledAt: null, id: { not: user.id } } });
  if (others === 0) {
    throw new AppError("conflict", "This is the last admin. Make somebody else an admin first.", { field: "role" });
  }
}
