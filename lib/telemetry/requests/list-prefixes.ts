import { z } from "zod";
import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { nanoToUsd } from "@/lib/money";
import { DAY_MS } from "@/lib/time";

/** Which prompts begin alike is no sum of rows: it is counted at read time, over at most this long. */
const MAX_DAYS = 35;

export const prefixListSchema = z
  .strictObject({
    from: z.iso.datetime({ offset: true }),
    to: z.iso.datetime({ offset: true }),
    tenant: z.array(z.string().max(200)).max(200).default([]),
    endpoint: z.array(z.string().max(200)).max(200).default([]),
    limit: z.coerce.number().int().min(1).max(200).default(25),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], error: "must be after `from`" });

export interface PrefixRow {
  /** What the sender hashed; the text itself never came here. */
  prefixHash: string;
  tenant: string;
  endpoint: string;
  model: string;
  calls: number;
  /** Tokens read at the full price, and out of the cache. */
  uncachedTokens: number;
  cachedTokens: number;
  savedUsd: string;
}

export interface PrefixList {
  /** Calls that name their prefix, and how many of them began like one before them in the period. */
  calls: number;
  repeated: number;
  prefixes: PrefixRow[];
}

interface Row {
  prefix_hash: string;
  tenant: string;
  endpoint: string;
  model: string;
  calls: bigint;
  uncached: bigint;
  cached: bigint;
  saved: bigint;
  all_calls: bigint;
  all_repeated: bigint;
}

/** The beginnings that prompts share, the most uncached tokens first: there a prefix cache has most to win. */
export async function listPrefixes(ctx: Ctx, input: z.input<typeof prefixListSchema>): Promise<PrefixList> {
  const { from, to, tenant, endpoint, limit } = prefixListSchema.parse(input);
  if (Date.parse(to) - Date.parse(from) > MAX_DAYS * DAY_MS) {
    throw new AppError("invalid", `Prefixes are counted over at most ${MAX_DAYS} days. Shorten the period.`, { field: "from" });
  }
  const { tenants } = ctx.actor;
  const { rows } = await ctx.db.pool.query<Row>(
    `with each as (
       select prefix_hash, tenant, endpoint, model_served as model, count(*) as calls, sum(input)::bigint as uncached,
         sum(cache_read)::bigint as cached, sum(case when not cache_hit or cache_layer = 'prefix' then saved_nano end)::bigint as saved
       from telemetry.event
       where occurred_at >= $1 and occurred_at < $2 and prefix_hash is not null and not shadow
         and (not cache_hit or cache_layer = 'prefix')
         and ($3::text[] is null or tenant = any($3)) and ($4::text[] is null or tenant = any($4))
         and ($5::text[] is null or endpoint = any($5))
       group by 1, 2, 3, 4)
     select *, sum(calls) over ()::bigint as all_calls, sum(calls - 1) over ()::bigint as all_repeated
     from each order by case when calls > 1 then uncached else 0 end desc, prefix_hash, tenant, endpoint, model limit $6`,
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
    calls: Number(rows[0]?.all_calls ?? 0),
    repeated: Number(rows[0]?.all_repeated ?? 0),
    prefixes: rows.map((row) => ({
      prefixHash: row.prefix_hash,
      tenant: row.tenant,
      endpoint: row.endpoint,
      model: row.model,
      calls: Number(row.calls),
      uncachedTokens: Number(row.uncached),
      cachedTokens: Number(row.cached),
      savedUsd: nanoToUsd(row.saved ?? 0n),
    })),
  };
}
