/** The only file here that touches the database. */
import type pg from "pg";
import type { MetricPoint } from "./read-metrics";
import type { Signal } from "./wire";

/** Store points once: a sender that repeats an export changes nothing. Returns how many were new. */
export async function storeMetricPoints(
  db: Pick<pg.Pool, "query">,
  points: readonly MetricPoint[],
  receivedAt: Date,
  apiKeyId: string | null,
): Promise<number> {
  if (points.length === 0) return 0;
  const column = <T>(read: (point: MetricPoint) => T) => points.map(read);
  const stored = await db.query(
    `insert into telemetry.otlp_metric_point
       (series, at, received_at, start_at, metric, measure, temporality, tenant, service, provider, model, operation, value, count, api_key_id)
     select s.series, to_timestamp(s.at / 1000.0), $13, to_timestamp(s.start_at / 1000.0), s.metric, s.measure, s.temporality, s.tenant, s.service,
            s.provider, s.model, s.operation, s.value, s.count, $14
     from unnest($1::bigint[], $2::float8[], $3::float8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                 $10::text[], $11::text[], $12::float8[], $15::bigint[])
          as s(series, at, start_at, metric, measure, temporality, tenant, service, provider, model, operation, value, count)
     on conflict do nothing`,
    [
      column((p) => p.series.toString()),
      column((p) => p.at),
      column((p) => p.startAt),
      column((p) => p.metric),
      column((p) => p.measure),
      column((p) => p.temporality),
      column((p) => p.tenant),
      column((p) => p.service),
      column((p) => p.provider),
      column((p) => p.model),
      column((p) => p.operation),
      column((p) => p.value),
      receivedAt,
      apiKeyId,
      column((p) => p.count?.toString() ?? null),
    ],
  );
  return stored.rowCount ?? 0;
}

export interface OtlpCounts {
  received: number;
  stored: number;
  ignored: number;
  refused: number;
}

export async function countOtlp(db: Pick<pg.Pool, "query">, signal: Signal, now: Date, counts: OtlpCounts): Promise<void> {
  await db.query(
    `insert into telemetry.otlp_count as c (minute, signal, received, stored, ignored, refused)
     values (date_trunc('minute', $1::timestamptz, 'UTC'), $2, $3, $4, $5, $6)
     on conflict (minute, signal) do update set received = c.received + excluded.received, stored = c.stored + excluded.stored,
       ignored = c.ignored + excluded.ignored, refused = c.refused + excluded.refused`,
    [now, signal, counts.received, counts.stored, counts.ignored, counts.refused],
  );
}
