import type { Actor, Ctx } from "./actor";

export interface Me {
  kind: Actor["kind"];
  id: string;
  name: string;
  role: Actor["role"];
  tenants: "all" | string[];
  scopes?: string[];
  /** People only. */
  email?: string;
  hasPassword?: boolean;
}

export async function loadMe(ctx: Ctx): Promise<Me> {
  const { kind, id, name, role, tenants, scopes } = ctx.actor;
  const base: Me = { kind, id, name, role, tenants: tenants === "all" ? "all" : [...tenants] };
  if (kind !== "user") return { ...base, ...(scopes ? { scopes: [...scopes] } : {}) };
  const user = await ctx.db.prisma.user.findUniqueOrThrow({ where: { id }, select: { email: true, passwordHash: true } });
  return { ...base, email: user.email, hasPassword: user.passwordHash !== null };
}
