import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { refuseBadChecks, requireEverybodysLead } from "./may-edit-suites";
import { suiteDraftSchema, type SuiteDraft } from "./schemas";

/** `simulated`: its right answers are those of the simulated engines. */
export async function createSuite(
  ctx: Ctx,
  input: SuiteDraft,
  { simulated = false }: { simulated?: boolean } = {},
): Promise<{ id: string; version: number }> {
  requireRole(ctx, "lead");
  requireEverybodysLead(ctx);
  const { name, description, cases, tolerance } = suiteDraftSchema.parse(input);
  refuseBadChecks(cases);
  const { now, actor } = ctx;
  return ctx.db.prisma.$transaction(async (tx) => {
    if (await tx.evaluationSuite.findUnique({ where: { name } })) {
      throw new AppError("conflict", `There is already a suite called ${name}. Make a new version of it.`, { field: "name" });
    }
    const { id } = await tx.evaluationSuite.create({
      data: {
        name,
        description,
        simulated,
        createdByName: actor.name,
        createdAt: now,
        versions: {
          create: {
            version: 1,
            cases: cases as object[],
            tolerance,
            message: "First version",
            createdByName: actor.name,
            createdAt: now,
          },
        },
      },
      select: { id: true },
    });
    const data = { name, cases: cases.length, tolerance };
    await appendAudit(tx, ctx, { action: "evaluation_suite.create", subject: `evaluation_suite:${id}`, data });
    return { id, version: 1 };
  });
}
