import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { VIEW_WITH_OWNER, viewOfSavedView } from "./list-saved-views";
import { createSavedViewSchema, type CreateSavedViewInput, type SavedView } from "./schemas";

/** Keep a page's query string under a name, for oneself or for the team. */
export async function createSavedView(ctx: Ctx, input: CreateSavedViewInput): Promise<SavedView> {
  requireRole(ctx, "analyst");
  if (ctx.actor.kind !== "user") throw new AppError("forbidden", "Only a signed-in person can save views.");
  const { name, path, query, shared } = createSavedViewSchema.parse(input);
  const ownerId = ctx.actor.id;
  return ctx.db.prisma.$transaction(async (tx) => {
    if (await tx.savedView.findUnique({ where: { ownerId_path_name: { ownerId, path, name } } })) {
      throw new AppError("conflict", `You already have a view "${name}" on this page. Choose another name.`, { field: "name" });
    }
    const row = await tx.savedView.create({
      data: { ownerId, name, path, query, shared, createdAt: ctx.now },
      include: VIEW_WITH_OWNER,
    });
    await appendAudit(tx, ctx, {
      action: "saved_view.create",
      subject: `saved_view:${row.id}`,
      data: { name, path, query, shared },
    });
    return viewOfSavedView(row);
  });
}
