import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import type { Prisma } from "@/lib/db";
import { listAuditSchema, type AuditPage, type ListAuditInput } from "./schemas";

/** Who did what, the newest first. */
export async function listAudit(ctx: Ctx, input: ListAuditInput): Promise<AuditPage> {
  requireWorkspaceAdmin(ctx);
  const { before, limit, action, subject, actor } = listAuditSchema.parse(input);
  const where: Prisma.AuditEventWhereInput = {
    ...(before === undefined ? {} : { seq: { lt: BigInt(before) } }),
    ...(action ? { action: action.includes(".") ? action : { startsWith: `${action}.` } } : {}),
    ...(subject ? { subject } : {}),
    ...(actor ? { OR: [{ actorId: actor }, { actorName: { contains: actor, mode: "insensitive" } }] } : {}),
  };
  const rows = await ctx.db.prisma.auditEvent.findMany({ where, orderBy: { seq: "desc" }, take: limit + 1 });
  const shown = rows.slice(0, limit);
  return {
    events: shown.map((row) => ({
      seq: row.seq.toString(),
      at: row.at.toISOString(),
      actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
      action: row.action,
      subject: row.subject,
      data: row.data,
      hash: row.hash,
    })),
    next: rows.length > limit ? (shown.at(-1)?.seq.toString() ?? null) : null,
  };
}
