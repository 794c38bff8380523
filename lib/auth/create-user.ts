import { appendAudit } from "@/lib/audit";
import { AppError } from "@/lib/http";
import { requireWorkspaceAdmin, type Ctx } from "./actor";
import { USER_WITH_TENANTS, viewOfUser } from "./list-users";
import { generatePassword, hashPassword } from "./password";
import { createUserSchema, type CreateUserInput, type UserView } from "./schemas";
import { requireTenantGrant } from "./tenant-grant";

/** A new person. `password` comes back only when it was made here, and only this once. */
export async function createUser(ctx: Ctx, input: CreateUserInput): Promise<{ user: UserView; password?: string }> {
  requireWorkspaceAdmin(ctx);
  const { email, name, role, tenants, password, ssoOnly } = createUserSchema.parse(input);
  const made = !ssoOnly && password === undefined ? generatePassword() : undefined;
  const chosen = ssoOnly ? undefined : (password ?? made);
  const passwordHash = chosen === undefined ? null : await hashPassword(chosen);
  const user = await ctx.db.prisma.$transaction(async (tx) => {
    await requireTenantGrant(tx, role, tenants);
    if (await tx.user.findUnique({ where: { email } })) {
      throw new AppError("conflict", `There is already a user with the email ${email}.`, { field: "email" });
    }
    const row = await tx.user.create({
      data: {
        email,
        name,
        role,
        passwordHash,
        tenantLimited: tenants !== "all",
        tenants: { create: tenants === "all" ? [] : [...new Set(tenants)].map((tenantId) => ({ tenantId })) },
        createdAt: ctx.now,
      },
      include: USER_WITH_TENANTS,
    });
    await appendAudit(tx, ctx, {
      action: "user.create",
      subject: `user:${row.id}`,
      data: { email, name, role, tenants, ssoOnly },
    });
    return viewOfUser(row);
  });
  return { user, ...(made === undefined ? {} : { password: made }) };
}
