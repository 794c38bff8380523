import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { MINUTE_MS } from "@/lib/time";
import { hashEnrolmentToken, newEnrolmentToken } from "./enrolment-token";
import { TOKEN_WITH_CREATOR, viewOfToken } from "./list-enrolment-tokens";
import { requireFleet } from "./may-run-fleet";
import { createEnrolmentTokenSchema, type CreateEnrolmentTokenInput, type MadeEnrolmentToken } from "./schemas";

/** Make a token that lets machines in. It comes back only here: at rest there is only its hash. */
export async function createEnrolmentToken(ctx: Ctx, input: CreateEnrolmentTokenInput): Promise<MadeEnrolmentToken> {
  requireFleet(ctx, "lead");
  const { name = null, connector = null, environment, pool = null, maxUses, minutes } = createEnrolmentTokenSchema.parse(input);
  if (name !== null && maxUses > 1) {
    throw new AppError("unprocessable", "A token for one name works once. Leave out the name, or the number of uses.", {
      field: "maxUses",
    });
  }
  const token = newEnrolmentToken();
  const expiresAt = new Date(ctx.now.getTime() + minutes * MINUTE_MS);
  const enrolmentToken = await ctx.db.prisma.$transaction(async (tx) => {
    const row = await tx.enrolmentToken.create({
      data: {
        hash: hashEnrolmentToken(token),
        name,
        connector,
        environment,
        poolId: pool,
        maxUses,
        expiresAt,
        createdById: ctx.actor.kind === "user" ? ctx.actor.id : null,
        createdAt: ctx.now,
      },
      include: TOKEN_WITH_CREATOR,
    });
    const data = { name, connector, environment, pool, maxUses, expiresAt: expiresAt.toISOString() };
    await appendAudit(tx, ctx, { action: "enrolment_token.create", subject: `enrolment_token:${row.id}`, data });
    return viewOfToken(row);
  });
  return { enrolmentToken, token };
}
