import { requireRole, type Ctx } from "@/lib/auth/actor";
import { DAY_MS } from "@/lib/time";
import { z } from "zod";
import { modelNames } from "../match";
import { canonicalProvider, SELF_HOSTED } from "../providers";
import { isEffective } from "../book";
import { loadPriceBook } from "../load";
import type { UnpricedModel } from "./schemas";

const inputSchema = z.strictObject({ days: z.coerce.number().int().min(1).max(366).default(30) });
const MAX_ROWS = 200;

/** Whose list prices are looked at for a suggestion, the makers before those who resell. */
const MAKERS = [
  "openai",
  "anthropic",
  "google",
  "mistral",
  "deepseek",
  "x-ai",
  "moonshotai",
  "cohere",
  "voyageai",
  "groq",
  "together",
  "fireworks",
  "openrouter",
];

/** Models that were used and have no price, most requests first, each with a list price to start from when there is one. */
export async function listUnpriced(ctx: Ctx, input: unknown): Promise<{ items: UnpricedModel[]; days: number }> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  const { days } = inputSchema.parse(input);
  const { tenants } = ctx.actor;
  const { rows } = await ctx.db.pool.query<{
    provider: string;
    model: string;
    own: boolean;
    requests: string;
    tokens: string;
    tenants: number;
    last: Date;
  }>(
    `select s.provider, s.model_served as model, s.pool <> '' as own, sum(r.req_unpriced)::text as requests,
       sum(coalesce(r.tok_input, 0) + coalesce(r.tok_cache_read, 0) + coalesce(r.tok_output, 0))::text as tokens,
       count(distinct s.tenant)::int as tenants, max(r.bucket) as last
     from telemetry.rollup_hour r join telemetry.series s on s.id = r.series_id
     where r.bucket >= $1 and r.bucket <= $2 and r.req_unpriced > 0 and ($3::text[] is null or s.tenant = any($3))
     group by 1, 2, 3 having sum(r.req_unpriced) > 0 order by sum(r.req_unpriced) desc limit $4`,
    [new Date(ctx.now.getTime() - days * DAY_MS), ctx.now, tenants === "all" ? null : tenants, MAX_ROWS],
  );
  const book = await loadPriceBook(ctx.db);
  const suggest = (model: string): UnpricedModel["suggestion"] => {
    for (const maker of MAKERS) {
      const key = { tenant: "", provider: maker, modelServed: model, modelRequested: model, pool: null };
      const rule = book.candidates(key).find(({ compiled }) => isEffective(compiled, ctx.now.getTime()))?.compiled.rule;
      if (rule && rule.state === "priced") {
        return { ruleId: rule.id, from: `${rule.model} (${rule.provider})`, prices: rule.prices };
      }
    }
    return null;
  };
  const pricedBy = (row: (typeof rows)[number]): number | null => {
    const { provider, model } = row;
    const key = { tenant: "", provider, modelServed: model, modelRequested: model, pool: row.own ? "own" : null };
    const rule = book.candidates(key).find(({ compiled }) => isEffective(compiled, ctx.now.getTime()))?.compiled.rule;
    // A list price that lacks a meter in use does not price it: a workspace price may still be written.
    return rule?.book === "workspace" ? rule.id : null;
  };
  return {
    days,
    items: rows.map((row) => {
      const own = row.own || canonicalProvider(row.provider, modelNames(row.model)[0]!) === SELF_HOSTED;
      return {
        provider: row.provider,
        model: row.model,
        ownGpus: own,
        requests: Number(row.requests),
        tokens: row.tokens,
        tenants: row.tenants,
        lastSeen: row.last.toISOString(),
        // A list price says nothing about what an own GPU costs.
        suggestion: own ? null : suggest(row.model),
        pricedBy: pricedBy(row),
      };
    }),
  };
}
