/** How complete the data behind an answer is. */
import type pg from "pg";
import type { TenantScope } from "@/lib/auth/actor";
import { Decimal } from "@/lib/money";
import type { Completeness } from "./schemas";

export async function readCompleteness(
  pool: pg.Pool,
  range: { from: number; to: number; now: Date; tenants: TenantScope },
  pricing: { covered: bigint; unpriced: bigint },
): Promise<Completeness> {
  const tenants = range.tenants === "all" ? null : [...range.tenants];
  const [counts, newest] = await Promise.all([
    pool.query<Record<"late" | "duplicates" | "conflicts" | "rejected", string>>(
      `select coalesce(sum(late), 0)::text as late, coalesce(sum(duplicates), 0)::text as duplicates,
              coalesce(sum(conflicts), 0)::text as conflicts, coalesce(sum(rejected), 0)::text as rejected
         from telemetry.ingest_count
        where minute >= $1 and minute < $2 and ($3::text[] is null or tenant = any($3))`,
      [new Date(range.from), new Date(range.to), tenants],
    ),
    newestEvent(pool, range.now),
  ]);
  const row = counts.rows[0]!;
  const requests = pricing.covered + pricing.unpriced;
  return {
    watermark: newest?.toISOString() ?? null,
    pricedShare:
      requests === 0n ? null : new Decimal(pricing.covered.toString()).div(requests.toString()).toSignificantDigits(6).toFixed(),
    late: Number(row.late),
    duplicates: Number(row.duplicates),
    conflicts: Number(row.conflicts),
    rejected: Number(row.rejected),
  };
}

/** Time of the newest event stored. By way of its minute: asking every partition takes longer than most queries. */
async function newestEvent(pool: pg.Pool, now: Date): Promise<Date | null> {
  const minute = await pool.query<{ at: Date | null }>(
    "select max(bucket) as at from telemetry.rollup_minute where bucket <= $1",
    [now],
  );
  const from = minute.rows[0]?.at;
  if (!from) {
    const hour = await pool.query<{ at: Date | null }>(
      "select least(max(bucket) + interval '1 hour', $1) as at from telemetry.rollup_hour",
      [now],
    );
    return hour.rows[0]?.at ?? null;
  }
  const event = await pool.query<{ at: Date | null }>(
    "select least(max(occurred_at), $2) as at from telemetry.event where occurred_at >= $1 and occurred_at < $1::timestamptz + interval '1 minute'",
    [from, now],
  );
  return event.rows[0]?.at ?? from;
}
