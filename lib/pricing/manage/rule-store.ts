/** Price rules and GPU rates as people manage them: read with their history, written, never edited. */
import type { ClientBase, Pool } from "pg";
import type { TenantScope } from "@/lib/auth/actor";
import type { Book, PriceRule } from "../schemas";
import { RULE_COLUMNS, toRule, type GpuRateRow, type RuleRow, type StoredRule } from "../store";

type Client = ClientBase | Pool;
type StoredRow = RuleRow & { created_at: Date; superseded_at: Date | null };

const toStored = (row: StoredRow): StoredRule => ({
  ...toRule(row),
  createdAt: row.created_at,
  supersededAt: row.superseded_at,
});

/** Active rules of one book (and tenant), all of them: to look for overlaps under the lock. */
export async function readBookRules(client: Client, book: Book, tenantId: string | null): Promise<PriceRule[]> {
  const { rows } = await client.query<RuleRow>(
    `select ${RULE_COLUMNS} from price_rule where book = $1 and tenant_id is not distinct from $2 and superseded_at is null order by id`,
    [book, tenantId],
  );
  return rows.map(toRule);
}

export interface RuleFilter {
  book?: Book | undefined;
  q?: string | undefined;
  /** Only rules that were in the book then. */
  asKnownOn: Date;
  /** Rules that were superseded by then too. */
  withSuperseded: boolean;
  tenants: TenantScope;
  limit: number;
  before?: number | undefined;
}

/** Newest first. Somebody limited to tenants sees the rules of theirs, and those for all. */
export async function findRules(client: Client, filter: RuleFilter): Promise<StoredRule[]> {
  const { rows } = await client.query<StoredRow>(
    `select ${RULE_COLUMNS}, created_at, superseded_at from price_rule
     where created_at <= $1 and ($2 or superseded_at is null or superseded_at > $1)
       and ($3::text is null or book = $3)
       and ($4::text is null or strpos(lower(concat_ws(' ', provider, model, tenant_id)), lower($4)) > 0)
       and ($5::text[] is null or tenant_id is null or tenant_id = any($5))
       and ($6::int is null or id < $6)
     order by id desc limit $7`,
    [
      filter.asKnownOn,
      filter.withSuperseded,
      filter.book ?? null,
      filter.q || null,
      filter.tenants === "all" ? null : filter.tenants,
      filter.before ?? null,
      filter.limit,
    ],
  );
  return rows.map(toStored);
}

export async function readStoredRules(client: Client, ids: readonly number[]): Promise<StoredRule[]> {
  const { rows } = await client.query<StoredRow>(
    `select ${RULE_COLUMNS}, created_at, superseded_at from price_rule where id = any($1::int[])`,
    [ids],
  );
  return rows.map(toStored);
}

export async function countRules(client: Client, tenants: TenantScope): Promise<Record<Book, number>> {
  const { rows } = await client.query<{ book: Book; n: bigint | string }>(
    `select book, count(*) as n from price_rule
     where superseded_at is null and ($1::text[] is null or tenant_id is null or tenant_id = any($1)) group by book`,
    [tenants === "all" ? null : tenants],
  );
  const counts: Record<Book, number> = { tenant: 0, workspace: 0, base: 0, imported: 0 };
  for (const { book, n } of rows) counts[book] = Number(n);
  return counts;
}

export async function supersedeRules(client: ClientBase, ids: readonly number[], now: Date): Promise<number> {
  const { rowCount } = await client.query(
    "update price_rule set superseded_at = $2 where id = any($1::int[]) and superseded_at is null",
    [ids, now],
  );
  return rowCount ?? 0;
}

export interface StoredGpuRate extends GpuRateRow {
  id: number;
  createdAt: Date;
  supersededAt: Date | null;
}

const GPU_COLUMNS = `id, gpu_type as "gpuType", commitment, trim_scale(usd_per_hour)::text as "usdPerHour",
  effective_from as "effectiveFrom", effective_to as "effectiveTo", source, created_at as "createdAt", superseded_at as "supersededAt"`;

export async function findGpuRates(client: Client): Promise<StoredGpuRate[]> {
  const { rows } = await client.query<StoredGpuRate>(
    `select ${GPU_COLUMNS} from gpu_rate where superseded_at is null order by gpu_type, commitment, effective_from nulls first, id`,
  );
  return rows;
}

export async function supersedeGpuRates(client: ClientBase, ids: readonly number[], now: Date): Promise<void> {
  await client.query("update gpu_rate set superseded_at = $2 where id = any($1::int[]) and superseded_at is null", [ids, now]);
}

export async function insertGpuRate(client: ClientBase, rate: GpuRateRow, now: Date): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `insert into gpu_rate (gpu_type, commitment, usd_per_hour, effective_from, effective_to, source, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [rate.gpuType, rate.commitment, rate.usdPerHour, rate.effectiveFrom, rate.effectiveTo, rate.source, now],
  );
  return rows[0]!.id;
}
