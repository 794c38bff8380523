/** The only file here that touches the database. */
import type { Db } from "@/lib/db";

export interface NodeRow {
  node: string;
  pool: string;
  poolName: string | null;
  poolModel: string | null;
  poolEngine: string | null;
  poolSimulated: boolean | null;
  gpuType: string | null;
  gpuCount: number;
  region: string | null;
  commitment: string | null;
  simulated: boolean | null;
  at: Date | null;
  engineActive: number | null;
  gpuUtil: number | null;
  memoryUsedMib: number | null;
  memoryTotalMib: number | null;
  kvCacheUsage: number | null;
  running: number | null;
  waiting: number | null;
  promptTokens: number | null;
  generatedTokens: number | null;
  intervalSec: number | null;
  powerWatts: number | null;
}

/**
 * Every node that is registered or has ever sent a sample, with its newest sample. The recursive part walks the
 * (node, at) key from node to node, so it reads one row a node and not the whole table.
 */
export async function readNodes(db: Pick<Db, "pool">): Promise<NodeRow[]> {
  const { rows } = await db.pool.query<NodeRow>(`
    with recursive sampled(node) as (
      (select node from telemetry.node_sample order by node limit 1)
      union all
      select (select s.node from telemetry.node_sample s where s.node > sampled.node order by s.node limit 1)
      from sampled where sampled.node is not null
    ),
    known as (select id as node from node union select node from sampled where node is not null)
    select k.node,
      coalesce(n.pool_id, s.pool) as "pool",
      p.name as "poolName",
      coalesce(p.model, s.model) as "poolModel",
      coalesce(p.engine, s.engine) as "poolEngine",
      p.simulated as "poolSimulated",
      n.gpu_type as "gpuType",
      coalesce(n.gpu_count, s.gpu_count) as "gpuCount",
      n.region, n.commitment, n.simulated,
      s.at, s.engine_active as "engineActive", s.gpu_util as "gpuUtil",
      s.memory_used_mib as "memoryUsedMib", s.memory_total_mib as "memoryTotalMib",
      s.kv_cache_usage as "kvCacheUsage", s.running, s.waiting,
      s.prompt_tokens as "promptTokens", s.generated_tokens as "generatedTokens",
      s.interval_sec as "intervalSec", s.power_watts as "powerWatts"
    from known k
    left join node n on n.id = k.node
    left join lateral (select * from telemetry.node_sample x where x.node = k.node order by x.at desc limit 1) s on true
    left join pool p on p.id = coalesce(n.pool_id, s.pool)
    order by coalesce(n.pool_id, s.pool), k.node`);
  return rows;
}

/** Pools without a node yet. */
export async function readEmptyPools(db: Pick<Db, "prisma">) {
  return db.prisma.pool.findMany({ where: { nodes: { none: {} } }, orderBy: { id: "asc" } });
}

export interface ReceivedRow {
  id: string;
  requestId: string;
  occurredAt: Date;
  receivedAt: Date;
  tenant: string;
  endpoint: string;
  provider: string;
  model: string;
  status: string;
  dialect: string;
  totalTokens: bigint;
  pricingState: string;
  costNano: bigint;
}

/**
 * Newest events of one key. `occurred_at` bounds the scan to the partitions of a day or two: an event that claims to be
 * older than that is not shown here, though it is stored.
 */
export async function readReceived(
  db: Pick<Db, "pool">,
  input: { apiKeyId: string; since: Date; occurredFrom: Date; tenants: readonly string[] | null; limit: number },
): Promise<ReceivedRow[]> {
  const { rows } = await db.pool.query<ReceivedRow>(
    `select id, request_id as "requestId", occurred_at as "occurredAt", received_at as "receivedAt", tenant, endpoint,
       provider, model_served as "model", status, dialect,
       input + cache_read + cache_write_5m + cache_write_1h + output as "totalTokens",
       pricing_state as "pricingState", cost_nano as "costNano"
     from telemetry.event
     where api_key_id = $1 and occurred_at >= $2 and received_at >= $3 and ($4::text[] is null or tenant = any($4))
     order by received_at desc, id desc limit $5`,
    [input.apiKeyId, input.occurredFrom, input.since, input.tenants, input.limit],
  );
  return rows;
}

export interface RefusedRow {
  receivedAt: Date;
  source: string;
  code: string;
  field: string | null;
  reason: string;
  eventId: string | null;
}

/** Newest refusals. A limited actor never sees a refusal that names no tenant: it could be anybody's. */
export async function readRefused(
  db: Pick<Db, "pool">,
  input: { since: Date; tenants: readonly string[] | null; limit: number },
): Promise<RefusedRow[]> {
  const { rows } = await db.pool.query<RefusedRow>(
    `select received_at as "receivedAt", source, code, field, reason, event_id as "eventId"
     from telemetry.dead_letter
     where received_at >= $1 and ($2::text[] is null or tenant = any($2))
     order by received_at desc, id desc limit $3`,
    [input.since, input.tenants, input.limit],
  );
  return rows;
}
