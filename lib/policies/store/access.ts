/**
 * Who may see and change which policy. Routing of everybody and what machines run concern the whole workspace; only the
 * layer of a tenant is that tenant's own. So somebody limited to tenants sees and changes those layers, and sees what is
 * effective for them.
 */
import { mayUseTenant, type Actor, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import type { PolicyLayer } from "../schemas";
import type { PolicyRef, TargetOutcome } from "./schemas";

export const maySee = (actor: Actor, { scope }: PolicyRef): boolean =>
  actor.tenants === "all" || (scope.level === "tenant" && mayUseTenant(actor, scope.value));

export function requireSeen(ctx: Pick<Ctx, "actor">, ref: PolicyRef): void {
  if (maySee(ctx.actor, ref)) return;
  // Without its name: what one asks for in vain is not confirmed.
  throw new AppError(
    "forbidden",
    "You are limited to some tenants, and this policy is not theirs alone. Choose the layer of one of your tenants.",
  );
}

/** Layers that decide what happens to the actor's tenants. What is said about the others is not for their eyes. */
export const concerns = (actor: Actor, layer: PolicyLayer): boolean =>
  layer.scope.level !== "tenant" || mayUseTenant(actor, layer.scope.value);

/** Why a target refuses may name other tenants. */
export function outcomesFor(actor: Actor, outcomes: readonly TargetOutcome[]): TargetOutcome[] {
  if (actor.tenants === "all") return [...outcomes];
  const reason = "It cannot do what the policies ask; somebody who sees all tenants can see why.";
  return outcomes.map((one) => ({ ...one, reasons: one.outcome === "refused" ? [reason] : [], warnings: [] }));
}
