/** The only file of this concept that touches the database: terms in `gpu_term`, everything worked out in telemetry.gpu_*. */
import type { ClientBase, Pool } from "pg";
import type { TenantScope } from "@/lib/auth/actor";
import type { AllocatedWork, CostLine, EndpointWork, PoolHour } from "./allocate-hour";
import type { EngineMinute, Method, WorkFit } from "./fit-work";
import type { NodeHour } from "./node-cost";
import { termSchema, type IdleMode, type Term, type TermOf, type TermView } from "./schemas";

type Client = ClientBase | Pool;

interface TermRow {
  id: string;
  terms: unknown;
  effective_from: Date | null;
  effective_to: Date | null;
  note: string;
  created_by: string;
  created_at: Date;
  withdrawn_at: Date | null;
}

export interface StoredTerm extends Term {
  note: string;
  createdBy: string;
  createdAt: Date;
  withdrawnAt: Date | null;
}

const toTerm = (row: TermRow): StoredTerm => ({
  id: row.id,
  terms: termSchema.parse(row.terms),
  effectiveFrom: row.effective_from,
  effectiveTo: row.effective_to,
  note: row.note,
  createdBy: row.created_by,
  createdAt: row.created_at,
  withdrawnAt: row.withdrawn_at,
});

const TERM_COLUMNS = "id, terms, effective_from, effective_to, note, created_by, created_at, withdrawn_at";

/** Newest first, withdrawn ones too. */
export async function readTerms(client: Client): Promise<StoredTerm[]> {
  const { rows } = await client.query<TermRow>(`select ${TERM_COLUMNS} from gpu_term order by created_at desc, id`);
  return rows.map(toTerm);
}

export async function readTerm(client: ClientBase, id: string): Promise<StoredTerm | undefined> {
  const { rows } = await client.query<TermRow>(`select ${TERM_COLUMNS} from gpu_term where id = $1 for update`, [id]);
  return rows[0] && toTerm(rows[0]);
}

export async function insertTerm(
  client: ClientBase,
  term: { terms: TermOf; effectiveFrom: Date | null; effectiveTo: Date | null; note: string; createdBy: string; now: Date },
): Promise<StoredTerm> {
  const { rows } = await client.query<TermRow>(
    `insert into gpu_term (kind, terms, effective_from, effective_to, note, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning ${TERM_COLUMNS}`,
    [term.terms.kind, JSON.stringify(term.terms), term.effectiveFrom, term.effectiveTo, term.note, term.createdBy, term.now],
  );
  return toTerm(rows[0]!);
}

export async function withdrawTermRow(client: ClientBase, id: string, now: Date): Promise<void> {
  await client.query("update gpu_term set withdrawn_at = $2 where id = $1", [id, now]);
}

export const viewTerm = (term: StoredTerm, now: Date): TermView => ({
  id: term.id,
  terms: term.terms,
  effectiveFrom: term.effectiveFrom?.toISOString() ?? null,
  effectiveTo: term.effectiveTo?.toISOString() ?? null,
  standing: term.withdrawnAt
    ? "withdrawn"
    : term.effectiveFrom && term.effectiveFrom > now
      ? "future"
      : term.effectiveTo && term.effectiveTo <= now
        ? "past"
        : "in_force",
  note: term.note,
  createdAt: term.createdAt.toISOString(),
  createdBy: term.createdBy,
});

export interface HourPrint {
  hour: number;
  /** Equal prints, equal inputs. */
  print: string;
}

/**
 * What the readings and the usage of every hour in [from, to) add up to, from the rollups: a few rows an hour, where events
 * would be thousands. Sums only ever grow when something comes late.
 */
export async function readHourPrints(client: Client, from: Date, to: Date): Promise<HourPrint[]> {
  const { rows } = await client.query<{ hour: Date; print: string }>(
    `with nodes as (
       select r.bucket, md5(string_agg(concat_ws('|', r.node, r.pool, r.region, n.gpu_type, n.commitment, r.busy_nano, r.idle_nano,
           r.busy_gpu_ms, r.idle_gpu_ms, r.energy_mj), ',' order by r.node, r.pool, r.engine, r.region)) as print
       from telemetry.node_rollup_hour r left join public.node n on n.id = r.node
       where r.bucket >= $1 and r.bucket < $2 group by 1),
     usage as (
       select bucket, md5(string_agg(print, ',' order by pool)) as print from (
         select r.bucket, s.pool, concat_ws('|', s.pool, sum(r.events), sum(r.tok_input), sum(r.tok_cache_read), sum(r.tok_output)) as print
         from telemetry.rollup_hour r join telemetry.series s on s.id = r.series_id
         where s.pool <> '' and r.bucket >= $1 and r.bucket < $2 group by 1, 2) p group by 1)
     select n.bucket as hour, n.print || coalesce(u.print, '') as print from nodes n left join usage u using (bucket) order by 1`,
    [from, to],
  );
  return rows.map((row) => ({ hour: row.hour.getTime(), print: row.print }));
}

export interface SampleCount {
  pool: string;
  /** Start of a UTC day. */
  day: number;
  samples: bigint;
}

export async function readSampleCounts(client: Client, from: Date, to: Date): Promise<SampleCount[]> {
  const { rows } = await client.query<{ pool: string; day: Date; samples: bigint }>(
    `select pool, date_trunc('day', bucket, 'UTC') as day, sum(samples)::bigint as samples from telemetry.node_rollup_hour
     where bucket >= $1 and bucket < $2 group by 1, 2`,
    [from, to],
  );
  return rows.map((row) => ({ pool: row.pool, day: row.day.getTime(), samples: row.samples }));
}

/** State what hours should be worked out from. Hours where that is what they were worked out from stay done. */
export async function wantHours(client: Client, hours: readonly { hour: number; wanted: bigint }[]): Promise<void> {
  await client.query(
    `insert into telemetry.gpu_hour as h (hour, wanted) select * from unnest($1::timestamptz[], $2::bigint[])
     on conflict (hour) do update set wanted = excluded.wanted where h.wanted <> excluded.wanted`,
    [hours.map(({ hour }) => new Date(hour)), hours.map(({ wanted }) => wanted.toString())],
  );
}

export interface ClaimedHour {
  hour: number;
  wanted: bigint;
  revision: number;
}

/** Hours that wait, newest first, locked to the end of the transaction; what another process works on is left to it. */
export async function claimHours(client: ClientBase, limit: number): Promise<ClaimedHour[]> {
  const { rows } = await client.query<{ hour: Date; wanted: bigint; revision: number }>(
    `select hour, wanted, revision from telemetry.gpu_hour where done is distinct from wanted
     order by hour desc limit $1 for update skip locked`,
    [limit],
  );
  return rows.map((row) => ({ ...row, hour: row.hour.getTime() }));
}

const days = (hours: readonly number[]) => ({
  first: new Date(Math.min(...hours)),
  end: new Date(Math.max(...hours) + 3_600_000),
  list: hours.map((hour) => new Date(hour)),
});

export async function readNodeHours(client: Client, hours: readonly number[]): Promise<(NodeHour & { hour: number })[]> {
  const { rows } = await client.query<{
    bucket: Date;
    node: string;
    pool: string;
    region: string | null;
    gpu_type: string;
    commitment: string;
    busy_ms: bigint;
    idle_ms: bigint;
    list_nano: bigint;
    energy_mj: number;
  }>(
    `select r.bucket, r.node, r.pool, nullif(r.region, '') as region, coalesce(n.gpu_type, 'unknown') as gpu_type,
       coalesce(n.commitment, 'on-demand') as commitment, sum(r.busy_gpu_ms)::bigint as busy_ms, sum(r.idle_gpu_ms)::bigint as idle_ms,
       sum(r.busy_nano + r.idle_nano)::bigint as list_nano, sum(r.energy_mj) as energy_mj
     from telemetry.node_rollup_hour r left join public.node n on n.id = r.node
     where r.bucket = any($1::timestamptz[]) group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3`,
    [days(hours).list],
  );
  return rows.map((row) => ({
    hour: row.bucket.getTime(),
    node: row.node,
    pool: row.pool,
    gpuType: row.gpu_type,
    commitment: row.commitment,
    region: row.region,
    busyGpuMs: row.busy_ms,
    idleGpuMs: row.idle_ms,
    listNanoUsd: row.list_nano,
    energyMj: BigInt(Math.round(row.energy_mj)),
  }));
}

/** What was asked of every pool; answers from a gateway's cache asked nothing of it. */
export async function readWork(client: Client, hours: readonly number[]): Promise<(EndpointWork & { hour: number })[]> {
  const { first, end, list } = days(hours);
  const { rows } = await client.query<
    Record<"requests" | "uncached" | "cached" | "decode" | "kv" | "ms", bigint> & {
      hour: Date;
      pool: string;
      tenant: string;
      endpoint: string;
    }
  >(
    `select date_trunc('hour', occurred_at, 'UTC') as hour, pool, tenant, endpoint, count(*) as requests,
       sum(input + cache_write_5m + cache_write_1h)::bigint as uncached, sum(cache_read)::bigint as cached, sum(output)::bigint as decode,
       round(sum((input + cache_read + cache_write_5m + cache_write_1h + output / 2.0) * coalesce(latency_ms, 0)::numeric / 1000))::bigint as kv,
       round(sum(coalesce(prefill_ms + decode_ms, latency_ms - coalesce(queue_ms, 0), 0))::numeric)::bigint as ms
     from telemetry.event
     where occurred_at >= $1 and occurred_at < $2 and pool is not null and (not cache_hit or cache_layer = 'prefix')
       and date_trunc('hour', occurred_at, 'UTC') = any($3::timestamptz[])
     group by 1, 2, 3, 4`,
    [first, end, list],
  );
  return rows.map((row) => ({
    hour: row.hour.getTime(),
    pool: row.pool,
    tenant: row.tenant,
    endpoint: row.endpoint,
    requests: row.requests,
    uncachedTokens: row.uncached,
    cachedTokens: row.cached,
    decodeTokens: row.decode,
    kvTokenSeconds: row.kv,
    requestMs: row.ms > 0n ? row.ms : 0n,
  }));
}

/** A pool over [from, to), in stretches of five minutes, per minute. Readings that do not say how active the GPU was are no evidence. */
export async function readEngineMinutes(client: Client, pool: string, from: Date, to: Date): Promise<EngineMinute[]> {
  const { rows } = await client.query<{
    active: number;
    uncached: number;
    cached: number;
    decode: number;
    kv: number;
    minutes: number;
  }>(
    `select sum(busy_gpu_ms)::float8 / 1000 as active, sum(greatest(coalesce(prompt_tokens, 0) - coalesce(cached_tokens, 0), 0)) as uncached,
       sum(coalesce(cached_tokens, 0)) as cached, sum(coalesce(generated_tokens, 0)) as decode,
       sum(case when extra ->> 'setup_num_gpu_blocks' ~ '^[0-9.]+$' and extra ->> 'setup_block_size' ~ '^[0-9.]+$' then
         coalesce(kv_cache_usage, 0) * (extra ->> 'setup_num_gpu_blocks')::float8 * (extra ->> 'setup_block_size')::float8 * interval_sec else 0 end) as kv,
       sum(interval_sec) / count(distinct node) / 60 as minutes
     from telemetry.node_sample
     where pool = $1 and at >= $2 and at < $3 and (engine_active is not null or gpu_util is not null)
       and (prompt_tokens is not null or generated_tokens is not null)
     group by ceil(extract(epoch from at) / 300)`,
    [pool, from, to],
  );
  return rows
    .filter(({ minutes }) => minutes > 0)
    .map(({ minutes, ...row }) => ({
      activeSec: row.active / minutes,
      uncachedTokens: row.uncached / minutes,
      cachedTokens: row.cached / minutes,
      decodeTokens: row.decode / minutes,
      kvTokenSec: row.kv / minutes,
    }));
}

interface FitRow {
  pool: string;
  day: string;
  samples: bigint;
  uncached: number;
  cached: number;
  decode: number;
  kv_token_second: number;
  r2: number | null;
  rmse: number;
  relative_error: number | null;
  observations: number;
}

export interface StoredFit extends WorkFit {
  pool: string;
  /** yyyy-mm-dd, UTC. */
  day: string;
  samples: bigint;
}

const toFit = (row: FitRow): StoredFit => ({
  pool: row.pool,
  day: row.day,
  samples: row.samples,
  weights: { uncached: row.uncached, cached: row.cached, decode: row.decode, kvTokenSecond: row.kv_token_second },
  r2: row.r2,
  rmse: row.rmse,
  relativeError: row.relative_error,
  observations: row.observations,
});

/** Fits of UTC days (yyyy-mm-dd) in [from, to]. */
export async function readFits(client: Client, from: string, to: string): Promise<StoredFit[]> {
  const { rows } = await client.query<FitRow>(
    `select pool, to_char(day, 'YYYY-MM-DD') as day, samples, uncached, cached, decode, kv_token_second, r2, rmse, relative_error, observations
     from telemetry.gpu_work_fit where day between $1::date and $2::date order by day, pool`,
    [from, to],
  );
  return rows.map(toFit);
}

export async function saveFit(client: ClientBase, fit: StoredFit): Promise<void> {
  const { weights: w } = fit;
  await client.query(
    `insert into telemetry.gpu_work_fit (pool, day, samples, uncached, cached, decode, kv_token_second, r2, rmse, relative_error, observations)
     values ($1, $2::date, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (pool, day) do update set samples = excluded.samples, uncached = excluded.uncached, cached = excluded.cached,
       decode = excluded.decode, kv_token_second = excluded.kv_token_second, r2 = excluded.r2, rmse = excluded.rmse,
       relative_error = excluded.relative_error, observations = excluded.observations`,
    [
      fit.pool,
      fit.day,
      fit.samples.toString(),
      w.uncached,
      w.cached,
      w.decode,
      w.kvTokenSecond,
      fit.r2,
      fit.rmse,
      fit.relativeError,
      fit.observations,
    ],
  );
}

/** What each hour charged before: the sum of every tenant's and every pool's money by a key. */
export async function readCharges(client: ClientBase, hours: readonly number[]): Promise<Map<number, Map<string, bigint>>> {
  const { rows } = await client.query<{ hour: Date; key: string; nano: bigint }>(
    `select hour, pool || ' ' || tenant || ' ' || endpoint as key, busy_nano + idle_nano + other_nano as nano
       from telemetry.gpu_allocation where hour = any($1::timestamptz[])
     union all select hour, pool, unallocated_busy_nano + unallocated_idle_nano + unallocated_other_nano
       from telemetry.gpu_pool_hour where hour = any($1::timestamptz[])`,
    [hours.map((hour) => new Date(hour))],
  );
  const charges = new Map<number, Map<string, bigint>>();
  for (const row of rows) {
    const hour = charges.get(row.hour.getTime()) ?? new Map<string, bigint>();
    charges.set(row.hour.getTime(), hour.set(row.key, row.nano));
  }
  return charges;
}

type Column<T> = [name: string, type: string, value: (row: T) => unknown];
const at = (row: { hour: number }) => new Date(row.hour);
const text = (value: bigint) => value.toString();

const POOL_HOUR: readonly Column<PoolHour & { hour: number }>[] = [
  ["hour", "timestamptz", at],
  ["pool", "text", (row) => row.pool],
  ["method", "text", (row) => row.method],
  ["idle_mode", "text", (row) => row.idleMode],
  ["busy_nano", "bigint", (row) => text(row.busyNanoUsd)],
  ["idle_nano", "bigint", (row) => text(row.idleNanoUsd)],
  ["lines", "jsonb", (row) => JSON.stringify(row.lines.map(({ name, nanoUsd }) => ({ name, nano: text(nanoUsd) })))],
  ["other_nano", "bigint", (row) => text(row.lines.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n))],
  ["unallocated_busy_nano", "bigint", (row) => text(row.unallocatedBusyNanoUsd)],
  ["unallocated_idle_nano", "bigint", (row) => text(row.unallocatedIdleNanoUsd)],
  ["unallocated_other_nano", "bigint", (row) => text(row.unallocatedOtherNanoUsd)],
  ["busy_gpu_ms", "bigint", (row) => text(row.busyGpuMs)],
  ["idle_gpu_ms", "bigint", (row) => text(row.idleGpuMs)],
  ["energy_mj", "bigint", (row) => text(row.energyMj)],
  ["unallocated_energy_mj", "bigint", (row) => text(row.unallocatedEnergyMj)],
  ["carbon_mg", "bigint", (row) => text(row.carbonMg)],
  ["unallocated_carbon_mg", "bigint", (row) => text(row.unallocatedCarbonMg)],
];

const ALLOCATION: readonly Column<AllocatedWork & { hour: number }>[] = [
  ["hour", "timestamptz", at],
  ["pool", "text", (row) => row.pool],
  ["tenant", "text", (row) => row.tenant],
  ["endpoint", "text", (row) => row.endpoint],
  ["requests", "bigint", (row) => text(row.requests)],
  ["uncached_tokens", "bigint", (row) => text(row.uncachedTokens)],
  ["cached_tokens", "bigint", (row) => text(row.cachedTokens)],
  ["decode_tokens", "bigint", (row) => text(row.decodeTokens)],
  ["busy_nano", "bigint", (row) => text(row.busyNanoUsd)],
  ["idle_nano", "bigint", (row) => text(row.idleNanoUsd)],
  ["other_nano", "bigint", (row) => text(row.otherNanoUsd)],
  ["busy_gpu_ms", "bigint", (row) => text(row.busyGpuMs)],
  ["energy_mj", "bigint", (row) => text(row.energyMj)],
  ["carbon_mg", "bigint", (row) => text(row.carbonMg)],
];

const COST_LINE: readonly Column<CostLine & { hour: number }>[] = [
  ["hour", "timestamptz", at],
  ["kind", "text", (row) => row.kind],
  ["subject", "text", (row) => row.subject],
  ["gpu_ms", "bigint", (row) => text(row.gpuMs)],
  ["nano", "bigint", (row) => text(row.nanoUsd)],
];

async function insertAll<T>(client: ClientBase, table: string, columns: readonly Column<T>[], rows: readonly T[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `insert into telemetry.${table} (${columns.map(([name]) => name).join(", ")})
     select * from unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(", ")})`,
    columns.map(([, , value]) => rows.map(value)),
  );
}

export interface HourResult {
  claimed: ClaimedHour;
  movedNanoUsd: bigint;
  pools: readonly PoolHour[];
  rows: readonly AllocatedWork[];
  lines: readonly CostLine[];
}

/** Put the results in the place of what was there, and say what they were worked out from. */
export async function replaceHours(client: ClientBase, results: readonly HourResult[], now: Date): Promise<void> {
  const hours = results.map(({ claimed }) => new Date(claimed.hour));
  for (const table of ["gpu_pool_hour", "gpu_allocation", "gpu_cost_line"]) {
    await client.query(`delete from telemetry.${table} where hour = any($1::timestamptz[])`, [hours]);
  }
  const dated = <T>(read: (result: HourResult) => readonly T[]) =>
    results.flatMap((result) => read(result).map((row) => ({ ...row, hour: result.claimed.hour })));
  await insertAll(
    client,
    "gpu_pool_hour",
    POOL_HOUR,
    dated((result) => result.pools),
  );
  await insertAll(
    client,
    "gpu_allocation",
    ALLOCATION,
    dated((result) => result.rows),
  );
  await insertAll(
    client,
    "gpu_cost_line",
    COST_LINE,
    dated((result) => result.lines),
  );
  await client.query(
    `update telemetry.gpu_hour h set done = r.wanted, revision = h.revision + 1, computed_at = $4, moved_nano = r.moved
     from unnest($1::timestamptz[], $2::bigint[], $3::bigint[]) as r (hour, wanted, moved) where h.hour = r.hour`,
    [hours, results.map(({ claimed }) => text(claimed.wanted)), results.map(({ movedNanoUsd }) => text(movedNanoUsd)), now],
  );
}

export interface AllocationState {
  completeTo: Date | null;
  pending: number;
  restated: number;
}

/** How far the hours of [from, to) are. */
export async function readAllocationState(client: Client, from: Date, to: Date): Promise<AllocationState> {
  const { rows } = await client.query<{ complete: Date | null; pending: number; restated: number }>(
    `select max(hour) filter (where done = wanted) + interval '1 hour' as complete,
       (count(*) filter (where done is distinct from wanted))::int as pending,
       (count(*) filter (where revision > 1 and moved_nano > 0))::int as restated
     from telemetry.gpu_hour where hour >= $1 and hour < $2`,
    [from, to],
  );
  const row = rows[0]!;
  return { completeTo: row.complete, pending: row.pending, restated: row.restated };
}

export interface PoolFacts {
  pool: string;
  model: string | null;
  hours: number;
  methods: { method: Method; hours: number }[];
  /** Of the newest hour. */
  idleMode: IdleMode;
  lines: { name: string; nanoUsd: bigint }[];
}

/** How each pool was allocated in [from, to). `tenants`: only pools that served one of them. */
export async function readPoolFacts(client: Client, from: Date, to: Date, tenants: TenantScope): Promise<PoolFacts[]> {
  const { rows } = await client.query<{
    pool: string;
    model: string | null;
    method: Method;
    hours: number;
    idle_mode: IdleMode;
    newest: Date;
  }>(
    `select h.pool, p.model, h.method, count(*)::int as hours, max(h.hour) as newest,
       (array_agg(h.idle_mode order by h.hour desc))[1] as idle_mode
     from telemetry.gpu_pool_hour h left join public.pool p on p.id = h.pool
     where h.hour >= $1 and h.hour < $2 and ($3::text[] is null or exists (select 1 from telemetry.gpu_allocation a
       where a.pool = h.pool and a.hour >= $1 and a.hour < $2 and a.tenant = any($3)))
     group by 1, 2, 3 order by 1, 5 desc`,
    [from, to, tenants === "all" ? null : tenants],
  );
  const { rows: lines } = await client.query<{ pool: string; name: string; nano: string }>(
    `select h.pool, l.name, sum(l.nano)::text as nano from telemetry.gpu_pool_hour h
       cross join lateral jsonb_to_recordset(h.lines) as l (name text, nano bigint)
     where h.hour >= $1 and h.hour < $2 group by 1, 2 order by 1, 2`,
    [from, to],
  );
  return [...new Set(rows.map(({ pool }) => pool))].map((pool) => {
    const own = rows.filter((row) => row.pool === pool);
    return {
      pool,
      model: own[0]!.model,
      hours: own.reduce((sum, { hours }) => sum + hours, 0),
      methods: own.map(({ method, hours }) => ({ method, hours })),
      idleMode: own[0]!.idle_mode,
      lines: lines.filter((line) => line.pool === pool).map(({ name, nano }) => ({ name, nanoUsd: BigInt(nano) })),
    };
  });
}

export async function readCostLines(
  client: Client,
  from: Date,
  to: Date,
): Promise<{ kind: CostLine["kind"]; subject: string; gpuMs: bigint; nanoUsd: bigint }[]> {
  const { rows } = await client.query<{ kind: CostLine["kind"]; subject: string; gpu_ms: string; nano: string }>(
    `select kind, subject, sum(gpu_ms)::text as gpu_ms, sum(nano)::text as nano from telemetry.gpu_cost_line
     where hour >= $1 and hour < $2 group by 1, 2 order by 1, 2`,
    [from, to],
  );
  return rows.map((row) => ({ kind: row.kind, subject: row.subject, gpuMs: BigInt(row.gpu_ms), nanoUsd: BigInt(row.nano) }));
}
