import { requireRole, type Ctx } from "@/lib/auth/actor";
import type { PolicyEdit } from "@/lib/changes/schemas";
import { maySee } from "@/lib/policies/store/access";

import { loadHeads } from "@/lib/policies/store/store";
import { frozenPriceBook } from "@/lib/pricing";
import { priceNow } from "../gather/price-now";
import { gatherPools } from "../gather/read-pools";
import { readSample } from "../gather/read-sample";
import { estimateOf, type EstimateInput, type SavingEstimate } from "./estimate";
import { estimateSchema, type EstimateRequest, type EstimateView } from "./schemas";
import { readProviders } from "./store";
import { usdOrNull } from "./usd-or-null";

const WEEK_MS = 7 * 86_400_000;
const LIMITS = { rows: 20_000, scanned: 400_000 };

/** What a draft would save, without keeping it. */
export async function estimateSaving(ctx: Ctx, input: EstimateRequest): Promise<EstimateView> {
  requireRole(ctx, "analyst");
  const { edits } = estimateSchema.parse(input);
  const { lowNanoUsd, highNanoUsd, basis } = await estimateEdits(ctx, edits, ctx.now);
  return { lowUsd: usdOrNull(lowNanoUsd), highUsd: usdOrNull(highNanoUsd), basis, pricesAt: ctx.now.toISOString() };
}

/** From the week before `pricesAt`, of the actor's tenants only, at the prices of that moment. */
export async function estimateEdits(ctx: Ctx, edits: readonly PolicyEdit[], pricesAt: Date): Promise<SavingEstimate> {
  const heads = (await loadHeads(ctx.db.prisma)).filter((head) => maySee(ctx.actor, head));
  const providers = await readProviders(ctx.db);
  const price = priceNow(await frozenPriceBook(ctx.db, pricesAt), pricesAt.getTime());
  const modelOf = (route: string, target: string) => {
    const models = heads.flatMap(({ document }) => {
      const routes = (document as { routes?: Record<string, { targets?: Record<string, { model?: string }> }> }).routes;
      return routes?.[route]?.targets?.[target]?.model ?? [];
    });
    const model = models[0] ?? target;
    const provider = providers.get(model);
    return provider === undefined ? null : { model, provider };
  };
  const inputs: EstimateInput[] = [];
  for (const edit of edits.filter(({ scope }) => scope.level !== "pool" && scope.level !== "node")) {
    const { level, value } = edit.scope;
    const of = (level === "tenant" || level === "endpoint") && value !== null ? { [level]: value } : {};
    const sample = await readSample(ctx, { from: pricesAt.getTime() - WEEK_MS, to: pricesAt.getTime(), ...of }, LIMITS);
    inputs.push({ edit, sample, price, modelOf });
  }
  const engines = edits.filter(({ kind }) => kind === "engine");
  const nothing = { events: [], share: 1, from: 0, to: WEEK_MS };
  // Bills of pools are for those who may see everybody's.
  const pools =
    engines.length === 0 || ctx.actor.tenants !== "all"
      ? []
      : await gatherPools(ctx, { from: pricesAt.getTime() - WEEK_MS, to: pricesAt.getTime() });
  const poolOf = ({ scope }: PolicyEdit) => pools.find(({ id }) => scope.level === "pool" && id === scope.value);
  const ofEngines = engines.map((edit): EstimateInput => {
    const pool = poolOf(edit);
    return { edit, sample: nothing, price, modelOf, ...(pool ? { pool } : {}) };
  });
  return estimateOf([...inputs, ...ofEngines]);
}
