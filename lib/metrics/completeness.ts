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
  const [counts, watermark] = await Promise.all([
    pool.query<Record<"late" | "duplicates" | "conflicts" | "rejected" | "mismatched", string>>(
      `select coalesce(sum(late), 0)::text as late, coalesce(sum(duplicates), 0)::text as duplicates,
              coalesce(sum(conflicts), 0)::text as conflicts, coalesce(sum(rejected), 0)::text as rejected,
              coalesce(sum(mismatched), 0)::text as mismatched
         from telemetry.ingest_count
        where minute >= $1 and minute < $2 and ($3::text[] is null or tenant = any($3))`,
      [new Date(range.from), new Date(range.to), tenants],
    ),
    readWatermark(pool, range.now),
  ]);
  const row = counts.rows[0]!;
  const requests = pricing.covered + pricing.unpriced;
  return {
    watermark: watermark?.toISOString() ?? null,
    pricedShare:
      requests === 0n ? null : new Decimal(pricing.covered.toString()).div(requests.toString()).toSignificantDigits(6).toFixed(),
    late: Number(row.late),
    duplicates: Number(row.duplicates),
    conflicts: Number(row.conflicts),
    rejected: Number(row.rejected),
    mismatched: Number(row.mismatched),
  };
}

/** Up to when everything that was accepted is stored (workers/ingest/watermark.ts); null when nothing ever came. */
async function readWatermark(pool: pg.Pool, now: Date): Promise<Date | null> {
  const { rows } = await pool.query<{ at: Date }>(
    `select least(complete_to, $1) as at from telemetry.ingest_state where exists (select 1 from telemetry.ingest_count)`,
    [now],
  );
  return rows[0]?.at ?? null;
}
