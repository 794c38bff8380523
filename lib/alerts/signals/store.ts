/** The only file that touches telemetry.signal_minute, and what the signals are made of. */
import type pg from "pg";
import type { Ctx } from "@/lib/auth/actor";
import { listTargets } from "@/lib/fleet";
import { floorToUtcMinute, MINUTE_MS } from "@/lib/time";
import type { MetricValue } from "@/lib/metrics/schemas";
import type { Window } from "@/lib/metrics";

interface Reading {
  signal: string;
  minute: Date;
  value: number;
  detail: string;
}

const KEPT_DAYS = 100;
const NAMED = 5;

/** Names of what is wrong, for people who get the alert. */
const nameThem = (names: readonly string[]): string =>
  names.slice(0, NAMED).join(", ") + (names.length > NAMED ? ` and ${names.length - NAMED} more` : "");

/** Any number of processes may do it: of two readings of a minute the worse one stays. */
export async function recordSignals(ctx: Ctx): Promise<void> {
  const minute = new Date(floorToUtcMinute(ctx.now.getTime()));
  const [{ targets, fleetServer }, lag, letters] = await Promise.all([
    listTargets(ctx),
    readIngestLagMs(ctx.db.pool, ctx.now),
    readDeadLetters(ctx.db.pool, new Date(minute.getTime() - 5 * MINUTE_MS), ctx.now),
  ]);
  const active = targets.filter(({ state }) => state === "active");
  const offline = active.filter(({ liveness }) => liveness === "offline").map(({ name }) => name);
  const drifted = active.filter(({ rollout }) => rollout === "drifted").map(({ name }) => name);
  const readings: Reading[] = [
    // While no fleet server listens nobody can tell who is offline: that is no data, not zero.
    ...(fleetServer.listening || offline.length > 0
      ? [{ signal: "agents_offline", minute, value: offline.length, detail: nameThem(offline) }]
      : []),
    { signal: "targets_drifted", minute, value: drifted.length, detail: nameThem(drifted) },
    ...(lag === null ? [] : [{ signal: "ingest_lag_ms", minute, value: lag, detail: "" }]),
    ...letters,
  ];
  await ctx.db.pool.query(
    `insert into telemetry.signal_minute (signal, minute, value, detail)
     select * from unnest($1::text[], $2::timestamptz[], $3::double precision[], $4::text[])
     on conflict (signal, minute) do update set value = excluded.value, detail = excluded.detail
       where excluded.value > telemetry.signal_minute.value`,
    [
      readings.map(({ signal }) => signal),
      readings.map((one) => one.minute),
      readings.map(({ value }) => value),
      readings.map(({ detail }) => detail),
    ],
  );
  // Once an hour is often enough.
  if (minute.getUTCMinutes() === 0) {
    await ctx.db.pool.query("delete from telemetry.signal_minute where minute < $1::timestamptz - make_interval(days => $2)", [
      minute,
      KEPT_DAYS,
    ]);
  }
}

async function readIngestLagMs(pool: pg.Pool, now: Date): Promise<number | null> {
  const { rows } = await pool.query<{ lag: number }>(
    "select greatest(0, extract(epoch from $1::timestamptz - complete_to) * 1000)::double precision as lag from telemetry.ingest_state",
    [now],
  );
  return rows[0]?.lag ?? null;
}

/** Minutes from `from` on, also those without any: they are read from the letters, so that an absence leaves no gap. */
async function readDeadLetters(pool: pg.Pool, from: Date, now: Date): Promise<Reading[]> {
  const { rows } = await pool.query<{ minute: Date; count: number; reasons: string }>(
    `select minute, count(d.id)::int as count, coalesce(string_agg(distinct d.code, ', '), '') as reasons
       from generate_series($1::timestamptz, $2::timestamptz, interval '1 minute') minute
       left join telemetry.dead_letter d on d.received_at >= minute and d.received_at < minute + interval '1 minute'
      group by minute`,
    [from, now],
  );
  return rows.map(({ minute, count, reasons }) => ({ signal: "dead_letters", minute, value: count, detail: reasons }));
}

/** The highest minute of each window; null where none was recorded. */
export async function readSignalWindows(pool: pg.Pool, signal: string, windows: readonly Window[]): Promise<MetricValue[]> {
  const from = Math.min(...windows.map((window) => window.from));
  const to = Math.max(...windows.map((window) => window.to));
  const { rows } = await pool.query<{ minute: Date; value: number }>(
    "select minute, value from telemetry.signal_minute where signal = $1 and minute >= $2 and minute < $3 order by minute",
    [signal, new Date(from), new Date(to)],
  );
  const minutes = rows.map(({ minute, value }) => ({ at: minute.getTime(), value }));
  const starts = minutes.map(({ at }) => at);
  return windows.map((window) => {
    let highest: number | null = null;
    for (let at = firstFrom(starts, window.from); at < minutes.length && minutes[at]!.at < window.to; at++) {
      highest = Math.max(highest ?? -Infinity, minutes[at]!.value);
    }
    return { value: highest === null ? null : String(highest) };
  });
}

/** What was said of the worst minute before `to`, e.g. which targets. */
export async function readSignalDetail(client: pg.ClientBase, signal: string, { from, to }: Window): Promise<string | null> {
  const { rows } = await client.query<{ detail: string }>(
    `select detail from telemetry.signal_minute where signal = $1 and minute >= $2 and minute < $3
     order by value desc, minute desc limit 1`,
    [signal, new Date(from), new Date(to)],
  );
  return rows[0]?.detail || null;
}

/** Index of the first start at or after `at`, in rising ones. */
function firstFrom(starts: readonly number[], at: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
