import type { Ctx } from "@/lib/auth/actor";
import { effectiveEngine, policyReader } from "@/lib/policies/merge";
import type { EnginePolicy, GatewayPolicy } from "@/lib/policies/schemas";
import { policySetOf } from "@/lib/policies/store/policy-set";
import { loadHeads, loadTargets } from "@/lib/policies/store/store";

export interface KnownPolicies {
  policyOf: (tenant: string | null, endpoint: string | null) => GatewayPolicy;
  engineOf: (pool: string) => EnginePolicy;
}

/** What gateways and engines are told now, as they put it together themselves. */
export async function readPolicies(ctx: Pick<Ctx, "db">): Promise<KnownPolicies> {
  const [heads, targets] = await Promise.all([loadHeads(ctx.db.prisma), loadTargets(ctx.db.prisma)]);
  const { gateway, engine } = policySetOf(heads);
  // Several environments: the one with the most gateways, which is where the traffic is.
  const counts = new Map<string, number>();
  for (const { environment, pool } of targets) if (pool === null) counts.set(environment, (counts.get(environment) ?? 0) + 1);
  const environment = [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "production";
  const read = policyReader(gateway, environment);
  return {
    policyOf: (tenant, endpoint) => read({ tenant, endpoint }).effective,
    engineOf: (pool) => effectiveEngine(engine, { pool, node: null }).effective,
  };
}
