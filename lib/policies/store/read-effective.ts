import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { effectiveEngine, effectivePolicy } from "../merge";
import { ENGINE_SCOPE_LEVELS, SCOPE_LEVELS, type AnyScope, type GatewayPolicy, type RoutingRule } from "../schemas";
import { concerns } from "./access";
import { policySetOf } from "./policy-set";
import { policyPlaceSchema, type PolicyPlaceInput } from "./schemas";
import { loadHeads, loadNodes, loadTargets } from "./store";

export interface EffectivePolicy {
  /** Defaults filled in. */
  effective: Record<string, unknown>;
  /** JSON pointer of each value that a scope sets → that scope. The others are the product's defaults. */
  provenance: Record<string, AnyScope>;
  /** Scopes that say something here, broad first. */
  layers: AnyScope[];
}

/** What applies in one place, and who said so. */
export async function readEffective(ctx: Ctx, input: PolicyPlaceInput): Promise<EffectivePolicy> {
  requireRole(ctx, "viewer");
  const place = policyPlaceSchema.parse(input);
  const limited = ctx.actor.tenants !== "all";
  const { gateway, engine } = policySetOf(await loadHeads(ctx.db.prisma));
  if (!("environment" in place)) {
    if (limited) {
      throw new AppError("forbidden", "Engines serve every tenant, and you are limited to some. Ask somebody who sees them all.");
    }
    const asked = { ...place, pool: place.pool ?? (await poolOf(ctx, place.node)) };
    const layers = engine.filter(({ scope }) => asked[scope.level] === scope.value);
    const { effective, provenance } = effectiveEngine(layers, asked);
    return { effective: { engine: effective }, provenance, layers: scopesOf(layers, ENGINE_SCOPE_LEVELS) };
  }
  const { tenant } = place;
  if (limited && (tenant === null || !ctx.actor.tenants.includes(tenant))) {
    throw new AppError("forbidden", "You are limited to some tenants. Choose one of them to see what applies to it.");
  }
  const layers = gateway.filter(
    (layer) => concerns(ctx.actor, layer) && (layer.scope.level === "global" || place[layer.scope.level] === layer.scope.value),
  );
  const { effective, provenance } = effectivePolicy(layers, place);
  const said = limited ? withoutRulesOfOthers(effective, provenance, tenant!) : { effective, provenance };
  return { ...said, effective: { ...said.effective }, layers: scopesOf(layers, SCOPE_LEVELS) };
}

function scopesOf(layers: readonly { scope: AnyScope }[], levels: readonly string[]): AnyScope[] {
  return layers.map(({ scope }) => scope).sort((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level));
}

async function poolOf(ctx: Ctx, node: string | null): Promise<string | null> {
  if (node === null) return null;
  const nodes = await loadNodes(ctx.db.prisma, await loadTargets(ctx.db.prisma));
  return nodes.find(({ name }) => name === node)?.pool ?? null;
}

/** A rule for another tenant never matches here, and its name is not for these eyes. */
function withoutRulesOfOthers(policy: GatewayPolicy, provenance: Record<string, AnyScope>, tenant: string) {
  const ours = ({ when }: RoutingRule) =>
    when.tenant === undefined ||
    (when.tenant.endsWith("*") ? tenant.startsWith(when.tenant.slice(0, -1)) : when.tenant === tenant);
  const rules = Object.fromEntries(Object.entries(policy.routing.rules).filter(([, rule]) => ours(rule)));
  const kept = ([pointer]: [string, unknown]) =>
    !pointer.startsWith("/routing/rules/") ||
    Object.hasOwn(rules, pointer.split("/")[3]!.replaceAll("~1", "/").replaceAll("~0", "~"));
  return {
    effective: { ...policy, routing: { ...policy.routing, rules } },
    provenance: Object.fromEntries(Object.entries(provenance).filter(kept)),
  };
}
