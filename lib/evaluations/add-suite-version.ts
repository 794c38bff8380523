import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { refuseBadChecks, requireEverybodysLead } from "./may-edit-suites";
import { suiteVersionSchema, type SuiteVersionDraft } from "./schemas";

/** Earlier versions and what was measured with them stay. */
export async function addSuiteVersion(ctx: Ctx, id: string, input: SuiteVersionDraft): Promise<{ id: string; version: number }> {
  requireRole(ctx, "lead");
  requireEverybodysLead(ctx);
  const { baseVersion, message, cases, tolerance } = suiteVersionSchema.parse(input);
  refuseBadChecks(cases);
  const { now, actor } = ctx;
  return ctx.db.prisma.$transaction(async (tx) => {
    const found = await tx.$queryRaw<{ name: string }[]>`select name from evaluation_suite where id::text = ${id} for update`;
    if (found.length === 0) throw new AppError("not_found", "There is no such suite.");
    const newest = await tx.evaluationSuiteVersion.findFirstOrThrow({ where: { suiteId: id }, orderBy: { version: "desc" } });
    if (newest.version !== baseVersion) {
      throw new AppError("conflict", `Somebody else made version ${newest.version}. Look at it, then edit that one.`);
    }
    const version = baseVersion + 1;
    await tx.evaluationSuiteVersion.create({
      data: { suiteId: id, version, cases: cases as object[], tolerance, message, createdByName: actor.name, createdAt: now },
    });
    const data = { name: found[0]!.name, version, message, cases: cases.length, tolerance };
    await appendAudit(tx, ctx, { action: "evaluation_suite.edit", subject: `evaluation_suite:${id}`, data });
    return { id, version };
  });
}
