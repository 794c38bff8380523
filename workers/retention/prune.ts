/**
 * What is dropped, and when. Raw events go by whole day partitions (1.5 s where deleting the rows takes 10 s and leaves
 * bloat); small tables by time, in slices, so that no lock is held for long. Safe to run in several processes: each
 * statement finds nothing left to do.
 */
import type { Pool } from "pg";

const DAY_MS = 86_400_000;
const SLICE_ROWS = 20_000;

export interface PruneSettings {
  now: number;
  rawRetentionDays: number;
}

interface SliceRule {
  table: string;
  column: string;
  keepMs: number;
  /** Which of the old rows may go, as SQL about `t`. Default: all. */
  only?: string;
}

/**
 * Whoever was told that an incident began is told how it ends, however long that takes: what belongs to an open one stays,
 * and so does what is not routed or sent yet.
 */
const NOTIFICATION_IS_OVER = `t.routed_at is not null
  and not exists (select 1 from notification_item i where i.notification_id = t.id and i.status in ('waiting', 'open'))
  and not exists (select 1 from notification_delivery_item i join notification_delivery d on d.id = i.delivery_id
                  where i.notification_id = t.id and d.status in ('queued', 'sending'))
  and (t.incident_key is null or 'resolved' = (select n.incident_state from notification n
                                               where n.incident_key = t.incident_key order by n.id desc limit 1))`;
/** Goes after its notifications; a test is about none. */
const DELIVERY_IS_OVER = `t.status not in ('queued', 'sending')
  and not exists (select 1 from notification_delivery_item i where i.delivery_id = t.id)`;

/** table, time column, how long its rows are kept. Rollups of hours and days stay 25 months and for ever. */
function sliceRules(settings: PruneSettings): SliceRule[] {
  const rawMs = settings.rawRetentionDays * DAY_MS;
  return [
    // One day longer than the rows: an id must not be forgotten while its event can still be sent again.
    { table: "telemetry.event_identity", column: "occurred_at", keepMs: rawMs + DAY_MS },
    { table: "telemetry.rating_history", column: "occurred_at", keepMs: rawMs },
    { table: "telemetry.action", column: "first_at", keepMs: rawMs + DAY_MS },
    { table: "telemetry.request_fingerprint", column: "seen_at", keepMs: 3_600_000 },
    { table: "telemetry.outcome", column: "occurred_at", keepMs: 400 * DAY_MS },
    { table: "telemetry.node_sample", column: "at", keepMs: rawMs },
    { table: "telemetry.dead_letter", column: "received_at", keepMs: 90 * DAY_MS },
    { table: "telemetry.ingest_count", column: "minute", keepMs: 400 * DAY_MS },
    { table: "telemetry.otlp_metric_point", column: "at", keepMs: rawMs },
    { table: "telemetry.otlp_count", column: "minute", keepMs: 400 * DAY_MS },
    { table: "telemetry.rollup_minute", column: "bucket", keepMs: 7 * DAY_MS },
    { table: "telemetry.histogram_minute", column: "bucket", keepMs: 7 * DAY_MS },
    { table: "telemetry.node_rollup_minute", column: "bucket", keepMs: 7 * DAY_MS },
    { table: "telemetry.rollup_hour", column: "bucket", keepMs: 760 * DAY_MS },
    { table: "telemetry.histogram_hour", column: "bucket", keepMs: 760 * DAY_MS },
    { table: "telemetry.node_rollup_hour", column: "bucket", keepMs: 760 * DAY_MS },
    ...["gpu_hour", "gpu_pool_hour", "gpu_allocation", "gpu_cost_line"].map((table) => ({
      table: `telemetry.${table}`,
      column: "hour",
      keepMs: 760 * DAY_MS,
    })),
    { table: "notification", column: "created_at", keepMs: 400 * DAY_MS, only: NOTIFICATION_IS_OVER },
    { table: "notification_delivery", column: "created_at", keepMs: 400 * DAY_MS, only: DELIVERY_IS_OVER },
    { table: "notification_silence", column: "ends_at", keepMs: 400 * DAY_MS },
  ];
}

/** Prune once; returns how many partitions and rows went, by table. */
export async function prune(pool: Pool, settings: PruneSettings): Promise<Record<string, number>> {
  const gone: Record<string, number> = { partitions: await dropOldPartitions(pool, settings) };
  for (const rule of sliceRules(settings)) {
    const known = await pool.query("select 1 from pg_attribute where attrelid = to_regclass($1) and attname = $2", [
      rule.table,
      rule.column,
    ]);
    if (known.rowCount === 0) continue;
    gone[rule.table] = await deleteOlder(pool, rule, new Date(settings.now - rule.keepMs));
  }
  return gone;
}

async function dropOldPartitions(pool: Pool, settings: PruneSettings): Promise<number> {
  const oldest = new Date(settings.now - (settings.rawRetentionDays + 1) * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "");
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'telemetry.event'::regclass and c.relname ~ '^event_[0-9]{8}$' and c.relname < $1 order by 1`,
    [`event_${oldest}`],
  );
  let dropped = 0;
  for (const { name } of rows) {
    // The parent is locked for a moment; rather come back next time than hold up ingest.
    const client = await pool.connect();
    try {
      await client.query("begin");
      await client.query("set local lock_timeout = '2s'");
      await client.query(`drop table if exists telemetry."${name}"`);
      await client.query("commit");
      dropped += 1;
    } catch (error) {
      await client.query("rollback").catch(() => undefined);
      if ((error as { code?: string }).code !== "55P03") throw error;
    } finally {
      client.release();
    }
  }
  return dropped;
}

async function deleteOlder(pool: Pool, { table, column, only = "true" }: SliceRule, before: Date): Promise<number> {
  let total = 0;
  for (;;) {
    const { rowCount } = await pool.query(
      `delete from ${table} where ctid = any(array(select t.ctid from ${table} t where t.${column} < $1 and ${only} limit ${SLICE_ROWS}))`,
      [before],
    );
    total += rowCount ?? 0;
    if ((rowCount ?? 0) < SLICE_ROWS) return total;
  }
}
