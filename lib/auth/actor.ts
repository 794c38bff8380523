import { AppError } from "@/lib/http";
import type { Db } from "@/lib/db";
import type { Logger } from "@/lib/log";

/** Rising power: each role may do what the ones before it may. */
export const ROLES = ["viewer", "analyst", "lead", "admin"] as const;
export type Role = (typeof ROLES)[number];

export const API_SCOPES = ["ingest", "read", "admin"] as const;
export type ApiScope = (typeof API_SCOPES)[number];

/** Which tenants an actor may see and act on. `all` is explicit: an empty list means nothing. */
export type TenantScope = "all" | readonly string[];

export interface Actor {
  kind: "user" | "api_key" | "system";
  id: string;
  name: string;
  /** The role of a user; what an API key or the system is equal to. */
  role: Role;
  tenants: TenantScope;
  /** Only API keys have scopes. */
  scopes?: readonly ApiScope[];
}

/** What every verb gets first: who, where, when. Time is a value. */
export interface Ctx {
  actor: Actor;
  db: Db;
  now: Date;
  log: Logger;
}

export const SYSTEM_ACTOR: Actor = { kind: "system", id: "system", name: "Headroom", role: "admin", tenants: "all" };

export function hasRole(actor: Actor, role: Role): boolean {
  return ROLES.indexOf(actor.role) >= ROLES.indexOf(role);
}

/** Throws `forbidden` unless the actor has at least `role`. */
export function requireRole(ctx: Pick<Ctx, "actor">, role: Role): void {
  if (!hasRole(ctx.actor, role)) throw new AppError("forbidden", `This needs the role ${role}; you are ${ctx.actor.role}.`);
}

/** Throws `forbidden` unless the API key carries `scope`. People and the system pass. */
export function requireScope(actor: Actor, scope: ApiScope): void {
  if (actor.kind !== "api_key") return;
  if (!actor.scopes?.includes(scope) && !actor.scopes?.includes("admin")) {
    throw new AppError(
      "forbidden",
      `This API key lacks the scope "${scope}". An admin can make a key with it under Settings → API keys.`,
    );
  }
}

export function mayUseTenant(actor: Actor, tenant: string): boolean {
  return actor.tenants === "all" || actor.tenants.includes(tenant);
}

/**
 * Throws unless the actor administers the whole workspace. Users, keys, tenants and the audit chain are not divided by
 * tenant, so somebody limited to some tenants must not touch them, whatever the role says.
 */
export function requireWorkspaceAdmin(ctx: Pick<Ctx, "actor">): void {
  requireRole(ctx, "admin");
  if (ctx.actor.tenants !== "all") {
    throw new AppError("forbidden", "This needs an admin of the whole workspace; you are limited to some tenants.");
  }
}
