import type { Ctx } from "@/lib/auth/actor";
import type { Prisma } from "@/lib/db";
import type { SavedView } from "./schemas";

export const VIEW_WITH_OWNER = { owner: { select: { id: true, name: true } } } as const;
type ViewRow = Prisma.SavedViewGetPayload<{ include: typeof VIEW_WITH_OWNER }>;

/**
 * One's own views, and those that others share. A view is free text that may name any tenant, so somebody limited to
 * tenants gets shared ones only from people who see no more than they do.
 */
export async function listSavedViews(ctx: Ctx, path?: string): Promise<SavedView[]> {
  const { id, tenants } = ctx.actor;
  const owner =
    tenants === "all" ? {} : { owner: { tenantLimited: true, tenants: { every: { tenantId: { in: [...tenants] } } } } };
  const rows = await ctx.db.prisma.savedView.findMany({
    where: { ...(path ? { path } : {}), OR: [{ ownerId: id }, { shared: true, ...owner }] },
    include: VIEW_WITH_OWNER,
    orderBy: [{ name: "asc" }, { createdAt: "asc" }],
  });
  return rows.map(viewOfSavedView);
}

export function viewOfSavedView(row: ViewRow): SavedView {
  return {
    id: row.id,
    name: row.name,
    path: row.path,
    query: row.query,
    shared: row.shared,
    owner: row.owner,
    createdAt: row.createdAt.toISOString(),
  };
}
