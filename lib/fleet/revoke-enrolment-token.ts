import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { TOKEN_WITH_CREATOR, viewOfToken } from "./list-enrolment-tokens";
import { requireFleet } from "./may-run-fleet";
import type { EnrolmentTokenView } from "./schemas";

/** End a token before its time. What it let in stays. Doing it again changes nothing. */
export async function revokeEnrolmentToken(ctx: Ctx, id: string): Promise<EnrolmentTokenView> {
  requireFleet(ctx, "lead");
  return ctx.db.prisma.$transaction(async (tx) => {
    const { count } = await tx.enrolmentToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: ctx.now } });
    const row = await tx.enrolmentToken.findUnique({ where: { id }, include: TOKEN_WITH_CREATOR });
    if (!row) throw new AppError("not_found", "There is no such enrolment token.");
    if (count > 0) {
      const data = { uses: row.uses, maxUses: row.maxUses };
      await appendAudit(tx, ctx, { action: "enrolment_token.revoke", subject: `enrolment_token:${id}`, data });
    }
    return viewOfToken(row);
  });
}
