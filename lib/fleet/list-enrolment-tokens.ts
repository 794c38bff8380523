import type { Ctx } from "@/lib/auth/actor";
import type { Prisma } from "@/lib/db";
import type { Connector } from "@/lib/protocol";
import { DAY_MS } from "@/lib/time";
import { requireFleet } from "./may-run-fleet";
import type { EnrolmentTokenView } from "./schemas";

export const TOKEN_WITH_CREATOR = { createdBy: { select: { name: true } } } as const;
type TokenRow = Prisma.EnrolmentTokenGetPayload<{ include: typeof TOKEN_WITH_CREATOR }>;

/** Tokens of the last seven days, used up and ended ones too: they tell who let what in. */
export async function listEnrolmentTokens(ctx: Ctx): Promise<EnrolmentTokenView[]> {
  requireFleet(ctx, "lead");
  const rows = await ctx.db.prisma.enrolmentToken.findMany({
    where: { createdAt: { gte: new Date(ctx.now.getTime() - 7 * DAY_MS) } },
    include: TOKEN_WITH_CREATOR,
    orderBy: { createdAt: "desc" },
    take: 200,
  });
  return rows.map(viewOfToken);
}

export function viewOfToken(row: TokenRow): EnrolmentTokenView {
  return {
    id: row.id,
    name: row.name,
    connector: row.connector as Connector | null,
    environment: row.environment,
    pool: row.poolId,
    maxUses: row.maxUses,
    uses: row.uses,
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy?.name ?? null,
  };
}
