import { requireRole, type Ctx } from "@/lib/auth/actor";
import { maySee } from "./access";
import type { PolicyHeadView } from "./schemas";
import { loadHeads, loadNodes, loadTargets, viewOf } from "./store";

export interface PolicyList {
  /** One sees and edits the layers of some tenants only. */
  limited: boolean;
  /** What is in force, without the documents. */
  policies: PolicyHeadView[];
  /** Scopes that one can choose, those without a policy included. Endpoints come from telemetry. */
  choices: {
    environments: string[];
    tenants: { id: string; name: string }[];
    pools: string[];
    nodes: { name: string; pool: string | null }[];
  };
}

export async function listPolicies(ctx: Ctx): Promise<PolicyList> {
  requireRole(ctx, "viewer");
  const reader = ctx.db.prisma;
  const { tenants: allowed } = ctx.actor;
  const [heads, targets, tenants, pools] = await Promise.all([
    loadHeads(reader),
    loadTargets(reader),
    reader.tenant.findMany({
      where: { archivedAt: null, ...(allowed === "all" ? {} : { id: { in: [...allowed] } }) },
      select: { id: true, name: true },
      orderBy: { name: "asc" },
    }),
    reader.pool.findMany({ select: { id: true } }),
  ]);
  const seen = heads.filter((head) => maySee(ctx.actor, head));
  const scoped = (level: string) => seen.flatMap(({ scope }) => (scope.level === level ? [scope.value!] : []));
  const unlimited = allowed === "all";
  const nodes = unlimited ? await loadNodes(reader, targets) : [];
  return {
    limited: !unlimited,
    policies: seen.map((head) => ({ kind: head.kind, scope: head.scope, ...viewOf(head) }) as PolicyHeadView),
    choices: {
      // A workspace without a gateway has to begin somewhere.
      environments: sorted(["production", ...targets.map((target) => target.environment), ...scoped("environment")]),
      tenants,
      pools: unlimited ? sorted([...pools.map(({ id }) => id), ...scoped("pool")]) : [],
      nodes: nodes.map(({ name, pool }) => ({ name, pool })),
    },
  };
}

const sorted = (values: readonly string[]) => [...new Set(values)].sort();
