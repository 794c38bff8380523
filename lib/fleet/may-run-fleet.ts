import { requireRole, type Ctx, type Role } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";

/** The fleet is not divided by tenant: who is limited to some must not change it, nor read what it is told to run. */
export function requireFleet(ctx: Pick<Ctx, "actor">, role: Role): void {
  requireRole(ctx, role);
  if (ctx.actor.tenants !== "all") {
    throw new AppError("forbidden", "The fleet serves all tenants; you are limited to some. Ask somebody who is not.");
  }
}
