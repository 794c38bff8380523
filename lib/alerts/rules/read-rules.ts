import { mayUseTenant, requireRole, type Actor, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { findRule, findRules, findVersions } from "../store/rules";
import { tenantsOf, type AlertRule } from "./schemas";
import type { RuleDetails, RuleView } from "./views";

/** Who is limited to tenants sees the rules whose alerts can be about those alone. */
export async function listRules(ctx: Ctx): Promise<{ rules: RuleView[] }> {
  requireRole(ctx, "viewer");
  const rules = await findRules(ctx.db.pool, scopeOf(ctx), ctx.now);
  return { rules: rules.filter((rule) => maySee(ctx.actor, rule)) };
}

export async function getRule(ctx: Ctx, id: string): Promise<RuleDetails> {
  requireRole(ctx, "viewer");
  const rule = await findRule(ctx.db.pool, id, scopeOf(ctx), ctx.now);
  if (!rule || !maySee(ctx.actor, rule)) throw new AppError("not_found", "There is no such rule.");
  const versions = await findVersions(ctx.db.pool, id);
  return { ...rule, versions: versions.filter((version) => maySee(ctx.actor, version.rule)) };
}

const scopeOf = ({ actor }: Pick<Ctx, "actor">) => (actor.tenants === "all" ? null : actor.tenants);

function maySee(actor: Actor, { filters, groupBy }: Pick<AlertRule, "filters" | "groupBy">): boolean {
  if (actor.tenants === "all") return true;
  const tenants = tenantsOf(filters);
  // Filters may name other tenants; grouped by tenant without naming any, everybody has their own alert.
  if (tenants === "all") return groupBy.includes("tenant");
  return tenants.length > 0 && tenants.every((tenant) => mayUseTenant(actor, tenant));
}
