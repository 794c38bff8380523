import { appendAudit } from "@/lib/audit";
import { AppError } from "@/lib/http";
import type { Ctx } from "./actor";
import { hashPassword, verifyPassword } from "./password";
import { changePasswordSchema, type ChangePasswordInput } from "./schemas";
import type { SessionClaims } from "./session";
import { countSignInTry } from "./sign-in-limit";
import { forgetUser } from "./user-actor";

const TRIES = 5;

/** Change one's own password. Ends every session of the person; the claims of a fresh one come back. */
export async function changeOwnPassword(ctx: Ctx, input: ChangePasswordInput): Promise<SessionClaims> {
  if (ctx.actor.kind !== "user") throw new AppError("forbidden", "Only a signed-in person has a password.");
  const { currentPassword, newPassword } = changePasswordSchema.parse(input);
  const { id } = ctx.actor;
  const user = await ctx.db.prisma.user.findUniqueOrThrow({ where: { id } });
  if (user.passwordHash === null)
    throw new AppError("conflict", "You sign in through your identity provider; there is no password.");
  // An open session on a borrowed machine must not become a way to guess the password.
  await countSignInTry(ctx.db, { email: `change:${id}`, address: "session" }, TRIES, ctx.now);
  if (!(await verifyPassword(currentPassword, user.passwordHash))) {
    throw new AppError("unprocessable", "The current password is wrong.", { field: "currentPassword" });
  }
  const passwordHash = await hashPassword(newPassword);
  const epoch = await ctx.db.prisma.$transaction(async (tx) => {
    const { sessionEpoch } = await tx.user.update({ where: { id }, data: { passwordHash, sessionEpoch: { increment: 1 } } });
    await appendAudit(tx, ctx, { action: "user.change_password", subject: `user:${id}`, data: {} });
    return sessionEpoch;
  });
  forgetUser(ctx.db, id);
  return { userId: id, epoch };
}
