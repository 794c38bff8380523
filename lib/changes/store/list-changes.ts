import { requireRole, type Ctx } from "@/lib/auth/actor";
import { changeFilterSchema, type ChangeFilter, type ChangeList } from "../schemas";
import { contentOf } from "./rows";
import { SUMMARY, summariesOf } from "./summaries";

export async function listChanges(ctx: Ctx, input: ChangeFilter = {}): Promise<ChangeList> {
  requireRole(ctx, "viewer");
  const { status, text, author, policy, before, limit } = changeFilterSchema.parse(input);
  const reader = ctx.db.prisma;
  const visible = await visibleIds(ctx);
  const rows = await reader.change.findMany({
    where: {
      ...(visible === "all" ? {} : { id: { in: visible } }),
      ...(status ? { status: { in: status } } : {}),
      ...(text ? { title: { contains: text, mode: "insensitive" } } : {}),
      ...(author ? { authorId: author === "me" ? ctx.actor.id : author } : {}),
      ...(before === undefined ? {} : { number: { lt: before } }),
    },
    include: SUMMARY,
    orderBy: { number: "desc" },
    ...(policy === undefined ? { take: limit + 1 } : {}),
  });
  const matching = policy === undefined ? rows : rows.filter((row) => policy in contentOf(row).diff);
  const page = matching.slice(0, limit);
  return {
    changes: await summariesOf(reader, page, ctx.now),
    next: matching.length > limit ? page.at(-1)!.number : null,
  };
}

/** Prisma has no "all elements are in": asked once, in SQL. */
export async function visibleIds({ actor, db }: Pick<Ctx, "actor" | "db">): Promise<string[] | "all"> {
  if (actor.tenants === "all") return "all";
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    select id::text from change where tenants <@ ${[...actor.tenants]}::text[] and tenants <> '{}'`;
  return rows.map(({ id }) => id);
}
