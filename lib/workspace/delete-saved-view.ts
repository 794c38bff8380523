import { appendAudit } from "@/lib/audit";
import { hasRole, requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";

/** Delete one's own view; an admin of the whole workspace may delete anybody's shared one. Others' do not exist. */
export async function deleteSavedView(ctx: Ctx, id: string): Promise<void> {
  requireRole(ctx, "analyst");
  await ctx.db.prisma.$transaction(async (tx) => {
    const row = await tx.savedView.findUnique({ where: { id } });
    const mayDeleteShared = row?.shared && hasRole(ctx.actor, "admin") && ctx.actor.tenants === "all";
    if (!row || (row.ownerId !== ctx.actor.id && !mayDeleteShared))
      throw new AppError("not_found", "There is no such saved view.");
    await tx.savedView.delete({ where: { id } });
    await appendAudit(tx, ctx, {
      action: "saved_view.delete",
      subject: `saved_view:${id}`,
      data: { name: row.name, path: row.path },
    });
  });
}
