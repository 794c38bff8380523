/** Who may see a change, and who somebody is to the machine. */
import { hasRole, type Actor, type Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { Person } from "../request/machine";
import type { ChangeRow, Reader } from "./rows";

/** `*`: what concerns everybody is for those who see everybody. */
export const covers = (tenants: Actor["tenants"], touched: readonly string[]): boolean =>
  tenants === "all" || touched.every((tenant) => tenant !== "*" && tenants.includes(tenant));

/** What one may not see does not exist: its title is not for these eyes either. */
export function requireSeen<T extends Pick<ChangeRow, "tenants">>(ctx: Pick<Ctx, "actor">, row: T | null): T {
  if (row && covers(ctx.actor.tenants, row.tenants)) return row;
  throw new AppError("not_found", "There is no such change.");
}

export async function personOf(reader: Reader, actor: Actor, touched: readonly string[]): Promise<Person> {
  const user =
    actor.kind === "user" ? await reader.user.findUnique({ where: { id: actor.id }, select: { mayBreakGlass: true } }) : null;
  return {
    id: actor.id,
    isLead: hasRole(actor, "lead"),
    isAdmin: hasRole(actor, "admin"),
    mayDraft: hasRole(actor, "analyst"),
    mayBreakGlass: user?.mayBreakGlass ?? false,
    covers: covers(actor.tenants, touched),
  };
}

/** Of those who approved: who still may, by role, tenants and not being shut out, now. */
export async function activeApprovers(tx: Reader, row: ChangeRow): Promise<Set<string>> {
  const users = await tx.user.findMany({
    where: { id: { in: row.approvals.map(({ userId }) => userId) }, disabledAt: null, role: { in: ["lead", "admin"] } },
    include: { tenants: { select: { tenantId: true } } },
  });
  return new Set(
    users
      .filter((user) => covers(user.tenantLimited ? user.tenants.map(({ tenantId }) => tenantId) : "all", row.tenants))
      .map(({ id }) => id),
  );
}

/** Who takes part through this actor: of an API key also whoever made it, so that nobody approves what their key drafted. */
export async function contributorsOf(tx: Tx, actor: Actor): Promise<string[]> {
  if (actor.kind !== "api_key") return [actor.id];
  const key = await tx.apiKey.findUnique({ where: { id: actor.id }, select: { createdById: true } });
  return [actor.id, ...(key?.createdById ? [key.createdById] : [])];
}
