import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { runQuery } from "@/lib/metrics";
import { lastDays } from "../gather/last-days";
import { textOf } from "./measure";
import { endpointChoiceSchema, type ChecklistRow, type EndpointChoice } from "./schemas";
import { choiceOf, readChoices, writeChoice } from "./store";

const SEEN_DAYS = 30;
const MODELS_DAYS = 7;

/**
 * Every endpoint of 30 days that the actor may see, those without a documented choice first, then by spend. A model that served
 * in the last 7 days and is not the documented one is named: nobody upgrades an endpoint silently.
 */
export async function listChecklist(ctx: Ctx): Promise<ChecklistRow[]> {
  requireRole(ctx, "viewer");
  const [seen, served, choices] = await Promise.all([
    runQuery(ctx, {
      ...lastDays(ctx.now, SEEN_DAYS),
      metrics: ["cost_usd", "requests"],
      groupBy: ["endpoint"],
      orderBy: { metric: "cost_usd", direction: "desc" },
      limit: 500,
    }),
    runQuery(ctx, {
      ...lastDays(ctx.now, MODELS_DAYS),
      metrics: ["requests"],
      groupBy: ["endpoint", "modelServed"],
      orderBy: { metric: "requests", direction: "desc" },
      limit: 5_000,
    }),
    readChoices(ctx.db.prisma),
  ]);
  const models = new Map<string, string[]>();
  for (const { endpoint, modelServed } of served.rows) {
    if (modelServed !== "") models.set(String(endpoint), [...(models.get(String(endpoint)) ?? []), String(modelServed)]);
  }
  const documented = new Map(choices.map((row) => [row.endpoint, row]));
  const rows = seen.rows
    .filter(({ endpoint }) => endpoint !== "")
    .map((row): ChecklistRow => {
      const endpoint = String(row["endpoint"]);
      const known = documented.get(endpoint);
      const names = models.get(endpoint) ?? [];
      const choice = known && { ...choiceOf(known), by: known.updatedByName, at: known.updatedAt.toISOString() };
      return {
        endpoint,
        costUsd: textOf(row, "cost_usd"),
        requests: textOf(row, "requests"),
        models: names,
        choice: choice ?? null,
        undocumentedModels: choice ? names.filter((name) => name !== choice.model) : [],
      };
    });
  return rows.sort((a, b) => Number(a.choice !== null) - Number(b.choice !== null));
}

/** Documents the choice of an endpoint that exists; the audit log keeps what stood there before. */
export async function documentChoice(ctx: Ctx, endpoint: string, input: EndpointChoice): Promise<void> {
  requireRole(ctx, "lead");
  if (ctx.actor.tenants !== "all") {
    throw new AppError("forbidden", "An endpoint serves all tenants: this needs somebody who sees all of them.");
  }
  const choice = endpointChoiceSchema.parse(input);
  await ctx.db.prisma.$transaction(async (tx) => {
    await writeChoice(tx, ctx, endpoint, choice);
    await appendAudit(tx, ctx, { action: "endpoint_choice.document", subject: `endpoint:${endpoint}`, data: choice });
  });
}
