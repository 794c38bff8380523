import { appendAudit } from "@/lib/audit";
import { AppError } from "@/lib/http";
import { requireWorkspaceAdmin, type Ctx } from "./actor";
import { generatePassword, hashPassword } from "./password";
import { forgetUser } from "./user-actor";

/** Give somebody a made password, shown this once, and end their sessions. */
export async function resetUserPassword(ctx: Ctx, id: string): Promise<{ password: string }> {
  requireWorkspaceAdmin(ctx);
  const password = generatePassword();
  const passwordHash = await hashPassword(password);
  await ctx.db.prisma.$transaction(async (tx) => {
    const { count } = await tx.user.updateMany({ where: { id }, data: { passwordHash, sessionEpoch: { increment: 1 } } });
    if (count === 0) throw new AppError("not_found", "There is no such user.");
    await appendAudit(tx, ctx, { action: "user.reset_password", subject: `user:${id}`, data: {} });
  });
  forgetUser(ctx.db, id);
  return { password };
}
