import { z } from "zod";
import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { nanoToUsd } from "@/lib/money";
import { DAY_MS } from "@/lib/time";

/** A chain is no sum of rows: it is put together at read time, over at most this long. */
const MAX_DAYS = 35;

export const ACTION_SORTS = ["cost", "calls", "duration", "recent"] as const;
export type ActionSort = (typeof ACTION_SORTS)[number];

export const actionListSchema = z
  .strictObject({
    from: z.iso.datetime({ offset: true }),
    to: z.iso.datetime({ offset: true }),
    tenant: z.array(z.string().max(200)).max(200).default([]),
    endpoint: z.array(z.string().max(200)).max(200).default([]),
    sort: z.enum(ACTION_SORTS).default("cost"),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], error: "must be after `from`" });

/** Dollars are exact decimal text. */
export interface ActionRow {
  id: string;
  tenant: string;
  endpoint: string;
  startedAt: string;
  /** From the first call to the end of the last. */
  durationMs: number;
  /** Requests; attempts count beyond them when something was tried again. */
  calls: number;
  attempts: number;
  failed: number;
  retries: number;
  duplicates: number;
  fallbacks: number;
  tokens: number;
  costUsd: string;
  /** What was reported of it, e.g. resolved 1. */
  outcomes: { kpi: string; value: number }[];
  /** Any request of it: leads to the chain. */
  requestId: string;
}

interface Row {
  action_id: string;
  tenant: string;
  endpoint: string;
  started_at: Date;
  duration_ms: number;
  calls: bigint;
  attempts: bigint;
  failed: bigint;
  retries: bigint;
  duplicates: bigint;
  fallbacks: bigint;
  tokens: bigint;
  cost_nano: bigint;
  request_id: string;
  outcomes: { kpi: string; value: number }[] | null;
}

const ORDER: Record<ActionSort, string> = { cost: "cost_nano", calls: "calls", duration: "duration_ms", recent: "started_at" };

/** The dearest (or longest, or latest) actions of a period that the actor may see. Mirrored traffic is no part of one. */
export async function listActions(ctx: Ctx, input: z.input<typeof actionListSchema>): Promise<{ actions: ActionRow[] }> {
  const { from, to, tenant, endpoint, sort, limit } = actionListSchema.parse(input);
  if (Date.parse(to) - Date.parse(from) > MAX_DAYS * DAY_MS) {
    throw new AppError("invalid", `Actions are listed over at most ${MAX_DAYS} days. Shorten the period.`, { field: "from" });
  }
  const { tenants } = ctx.actor;
  const { rows } = await ctx.db.pool.query<Row>(
    `select a.*, o.outcomes from (
       select e.action_id, e.tenant, (array_agg(e.endpoint order by e.occurred_at, e.id))[1] as endpoint,
         min(e.occurred_at) as started_at,
         extract(epoch from max(e.occurred_at + coalesce(e.latency_ms, 0) * interval '1 millisecond') - min(e.occurred_at))::float8 * 1000
           as duration_ms,
         count(*) filter (where e.final) as calls,
         count(*) filter (where not e.cache_hit or e.cache_layer = 'prefix') as attempts,
         count(*) filter (where e.final and e.status <> 'success') as failed,
         count(*) filter (where e.attempt > 1) as retries,
         count(*) filter (where e.final and e.duplicate) as duplicates,
         count(*) filter (where e.final and e.attempt > 1 and e.model_served <> e.model_requested) as fallbacks,
         sum(e.input + e.cache_read + e.cache_write_5m + e.cache_write_1h + e.output)::bigint as tokens,
         sum(e.cost_nano)::bigint as cost_nano, (array_agg(e.request_id order by e.occurred_at, e.id))[1] as request_id
       from telemetry.event e
       where e.occurred_at >= $1 and e.occurred_at < $2 and e.action_id is not null and not e.shadow
         and ($3::text[] is null or e.tenant = any($3)) and ($4::text[] is null or e.tenant = any($4))
         and ($5::text[] is null or e.endpoint = any($5))
       group by e.action_id, e.tenant order by ${ORDER[sort]} desc, e.action_id limit $6) a
     left join lateral (
       select jsonb_agg(jsonb_build_object('kpi', o.kpi, 'value', o.value) order by o.occurred_at, o.id) as outcomes
       from telemetry.outcome o where o.action_id = a.action_id and (o.tenant is null or o.tenant = a.tenant)) o on true
     order by ${ORDER[sort]} desc, a.action_id`,
    [
      new Date(from),
      new Date(to),
      tenants === "all" ? null : tenants,
      tenant.length === 0 ? null : tenant,
      endpoint.length === 0 ? null : endpoint,
      limit,
    ],
  );
  return {
    actions: rows.map((row) => ({
      id: row.action_id,
      tenant: row.tenant,
      endpoint: row.endpoint,
      startedAt: row.started_at.toISOString(),
      durationMs: Math.round(row.duration_ms),
      calls: Number(row.calls),
      attempts: Number(row.attempts),
      failed: Number(row.failed),
      retries: Number(row.retries),
      duplicates: Number(row.duplicates),
      fallbacks: Number(row.fallbacks),
      tokens: Number(row.tokens),
      costUsd: nanoToUsd(row.cost_nano),
      outcomes: row.outcomes ?? [],
      requestId: row.request_id,
    })),
  };
}
