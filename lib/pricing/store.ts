/** What rates and explains reads of the database, and the two books that come as a whole. Managing prices: ./manage. */
import type pg from "pg";
import type { TenantScope } from "@/lib/auth/actor";
import { withTransaction, type Db } from "@/lib/db";
import type { PriceKey } from "./book";
import type { Book, PriceRule, PriceRuleDraft, RuleMatch, RulePrices } from "./schemas";

export interface RuleRow {
  id: number;
  book: Book;
  tenant_id: string | null;
  provider: string;
  model: string;
  match: RuleMatch;
  state: "priced" | "free";
  prices: RulePrices;
  effective_from: Date | null;
  effective_to: Date | null;
  source: string;
}

export const toRule = (row: RuleRow): PriceRule => ({
  id: row.id,
  book: row.book,
  tenantId: row.tenant_id,
  provider: row.provider,
  model: row.model,
  match: row.match,
  state: row.state,
  prices: row.prices,
  effectiveFrom: row.effective_from,
  effectiveTo: row.effective_to,
  source: row.source,
});

export const RULE_COLUMNS = "id, book, tenant_id, provider, model, match, state, prices, effective_from, effective_to, source";

/** Rules that are in force, in the order in which they were written. */
export async function readActiveRules(db: Pick<Db, "pool">): Promise<PriceRule[]> {
  const { rows } = await db.pool.query<RuleRow>(`select ${RULE_COLUMNS} from price_rule where superseded_at is null order by id`);
  return rows.map(toRule);
}

export interface StoredRule extends PriceRule {
  createdAt: Date;
  supersededAt: Date | null;
}

/** One rule, superseded or not: an old event is explained with the rule that priced it. */
export async function readRule(db: Pick<Db, "pool">, id: number): Promise<StoredRule | undefined> {
  const { rows } = await db.pool.query<RuleRow & { created_at: Date; superseded_at: Date | null }>(
    `select ${RULE_COLUMNS}, created_at, superseded_at from price_rule where id = $1`,
    [id],
  );
  return rows[0] && { ...toRule(rows[0]), createdAt: rows[0].created_at, supersededAt: rows[0].superseded_at };
}

/** Which book each of these rules is of, superseded or not. */
export async function readRuleBooks(db: Pick<Db, "pool">, ids: readonly number[]): Promise<Map<number, Book>> {
  const { rows } = await db.pool.query<{ id: number; book: Book }>("select id, book from price_rule where id = any($1::int[])", [
    ids,
  ]);
  return new Map(rows.map(({ id, book }) => [id, book]));
}

/** Changes whenever a rule is added or superseded. Cheap: one index-free pass over some 2,000 rows. */
export async function priceRuleVersion(db: Pick<Db, "pool">): Promise<string> {
  const { rows } = await db.pool.query<{ version: string }>(
    `select concat_ws('/', count(*), count(*) filter (where superseded_at is null), max(id), max(effective_to)) as version from price_rule`,
  );
  return rows[0]!.version;
}

/**
 * Who used what on the days that the period touches, as the book is asked for it. Day rollups know: a few rows a day and
 * series, where events would be millions. A day of the workspace's zone is at most 25 hours long.
 */
export async function readPricedTraffic(
  db: Pick<Db, "pool">,
  { from, to, tenants }: { from: Date; to: Date; tenants: TenantScope },
): Promise<PriceKey[]> {
  const { rows } = await db.pool.query<PriceKey>(
    `select distinct s.tenant, s.provider, s.model_served as "modelServed", s.model_requested as "modelRequested",
       nullif(s.pool, '') as pool
     from telemetry.series s
     where ($3::text[] is null or s.tenant = any($3))
       and s.id in (select series_id from telemetry.rollup_day where bucket > $1::timestamptz - interval '25 hours' and bucket < $2)`,
    [from, to, tenants === "all" ? null : tenants],
  );
  return rows;
}

/** Key of the advisory lock of everything that writes prices: what was checked still holds when it is written. */
export const lockPrices = (client: pg.ClientBase): Promise<unknown> =>
  client.query("select pg_advisory_xact_lock(hashtext('pricing.rules'))");

/** Put `drafts` in the place of every active rule of the base book, unless that is what is there. */
export async function replaceBaseBook(
  db: Pick<Db, "pool">,
  source: string,
  drafts: () => Promise<PriceRuleDraft[]>,
  now: Date,
): Promise<{ inserted: number; superseded: number }> {
  return withTransaction(db.pool, async (client) => {
    // Any number of programs may start at once: one of them writes.
    await client.query("select pg_advisory_xact_lock(hashtext('pricing.base_book'))");
    const { rows } = await client.query<{ source: string }>(
      "select distinct source from price_rule where book = 'base' and superseded_at is null",
    );
    if (rows.length === 1 && rows[0]!.source === source) return { inserted: 0, superseded: 0 };
    const old = await client.query("update price_rule set superseded_at = $1 where book = 'base' and superseded_at is null", [
      now,
    ]);
    const inserted = await insertRules(client, await drafts(), now);
    return { inserted, superseded: old.rowCount ?? 0 };
  });
}

export async function insertRules(client: pg.ClientBase, drafts: PriceRuleDraft[], now: Date): Promise<number> {
  const { rowCount } = await client.query(
    `insert into price_rule (book, tenant_id, provider, model, match, state, prices, effective_from, effective_to, source, created_at)
     select r.book, r."tenantId", r.provider, r.model, r.match, r.state, r.prices, r."effectiveFrom", r."effectiveTo", r.source, $2
     from rows from (jsonb_to_recordset($1::jsonb) as (book text, "tenantId" text, provider text, model text, match jsonb, state text,
       prices jsonb, "effectiveFrom" timestamptz, "effectiveTo" timestamptz, source text)) with ordinality as r
       (book, "tenantId", provider, model, match, state, prices, "effectiveFrom", "effectiveTo", source, position)
     order by r.position`,
    [JSON.stringify(drafts), now],
  );
  return rowCount ?? 0;
}

export interface GpuRateRow {
  gpuType: string;
  commitment: string;
  usdPerHour: string;
  effectiveFrom: Date | null;
  effectiveTo: Date | null;
  source: string;
}

export async function readGpuRates(db: Pick<Db, "pool">): Promise<GpuRateRow[]> {
  const { rows } = await db.pool.query<GpuRateRow>(
    `select gpu_type as "gpuType", commitment, usd_per_hour::text as "usdPerHour", effective_from as "effectiveFrom",
       effective_to as "effectiveTo", source from gpu_rate where superseded_at is null order by id`,
  );
  return rows;
}

/** Add rates for GPU types and commitments that have none yet; what an admin wrote is left alone. */
export async function addMissingGpuRates(
  db: Pick<Db, "pool">,
  rates: Pick<GpuRateRow, "gpuType" | "commitment" | "usdPerHour" | "source">[],
): Promise<number> {
  return withTransaction(db.pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtext('pricing.gpu_rate'))");
    const { rowCount } = await client.query(
      `insert into gpu_rate (gpu_type, commitment, usd_per_hour, source)
       select r."gpuType", r.commitment, r."usdPerHour", r.source
       from jsonb_to_recordset($1::jsonb) as r ("gpuType" text, commitment text, "usdPerHour" numeric, source text)
       where not exists (select 1 from gpu_rate g where g.gpu_type = r."gpuType" and g.commitment = r.commitment)`,
      [JSON.stringify(rates)],
    );
    return rowCount ?? 0;
  });
}
