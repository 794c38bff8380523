/**
 * `npm run bench:query [-- --events 5000000 --days 90 --runs 15 --keep]`
 *
 * Loads events through the product's own code (raw rows by COPY, rollups by applyRollups) into an embedded PostgreSQL,
 * then times the panels that dashboards ask, through runQuery, and the same numbers from the raw rows. Prints medians
 * and writes .headroom/bench/query.json. With --keep the data stays and the next run with the same numbers reuses it.
 */
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { openDb, withTransaction, type Db } from "@/lib/db";
import { startEmbeddedPostgres } from "@/lib/db/embedded";
import { migrate } from "@/lib/db/migrate";
import { projectRoot } from "@/lib/db/project-root";
import { createLogger } from "@/lib/log";
import { applyRollups, buildRollupDeltas, runQuery } from "@/lib/metrics";
import type { MetricCell, MetricQuery } from "@/lib/metrics/schemas";
import { randomRatedEvent, seededRandom } from "@/lib/metrics/testing";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { ensureEventPartitions, storeEvents } from "@/lib/telemetry";
import type { RatedEvent } from "@/lib/telemetry/event";

const { values: args } = parseArgs({
  options: {
    events: { type: "string", default: "5000000" },
    days: { type: "string", default: "90" },
    series: { type: "string", default: "376" },
    runs: { type: "string", default: "15" },
    keep: { type: "boolean", default: false },
  },
});
const EVENTS = Number(args.events);
const DAYS = Number(args.days);
const SERIES = Number(args.series);
const RUNS = Number(args.runs);

interface Panel {
  name: string;
  kind: "count" | "percentile";
  days: number;
  query: Omit<MetricQuery, "from" | "to">;
  /** The same numbers from raw rows; $1 and $2 are the period. */
  raw: string;
}

const REQUEST = "filter (where final and not shadow)";
const RANGE = "from telemetry.event where occurred_at >= $1 and occurred_at < $2";
const TENANTS = ["acme", "globex", "initech", "umbrella"];

const panelsOf = (days: number): Panel[] => [
  {
    name: "requests, cost and cost per success in total",
    kind: "count",
    days,
    query: { metrics: ["requests", "cost_usd", "cost_per_successful_request"] },
    raw: `select count(*) ${REQUEST}, sum(cost_nano) ${RANGE}`,
  },
  {
    name: "cost by tenant and day",
    kind: "count",
    days,
    query: { metrics: ["cost_usd"], groupBy: ["tenant"], grain: "day" },
    raw: `select tenant, date_trunc('day', occurred_at, 'UTC'), sum(cost_nano) ${RANGE} group by 1, 2`,
  },
  {
    name: "rates by model",
    kind: "count",
    days,
    query: { metrics: ["success_rate", "error_rate", "retry_rate", "cache_hit_rate", "waste_share"], groupBy: ["modelServed"] },
    raw: `select model_served, count(*) ${REQUEST}, count(*) filter (where final and not shadow and status = 'success'),
      count(*) filter (where attempt > 1), sum(cost_nano), sum(cost_nano) filter (where status <> 'success' or duplicate) ${RANGE} group by 1`,
  },
  {
    name: "one tenant, requests and cost by hour of the last week",
    kind: "count",
    days: Math.min(days, 7),
    query: { metrics: ["requests", "cost_usd"], grain: "hour", filters: [{ dimension: "tenant", in: ["acme"] }] },
    raw: `select date_trunc('hour', occurred_at), count(*) ${REQUEST}, sum(cost_nano) ${RANGE} and tenant = 'acme' group by 1`,
  },
  {
    name: "latency p50 p95 p99 in total",
    kind: "percentile",
    days,
    query: { metrics: ["latency_p50", "latency_p95", "latency_p99"] },
    raw: `select percentile_disc(array[0.5, 0.95, 0.99]) within group (order by latency_ms) ${REQUEST} ${RANGE}`,
  },
  {
    name: "latency p95 by model and day",
    kind: "percentile",
    days,
    query: { metrics: ["latency_p95"], groupBy: ["modelServed"], grain: "day" },
    raw: `select model_served, date_trunc('day', occurred_at, 'UTC'), percentile_disc(0.95) within group (order by latency_ms) ${REQUEST}
      ${RANGE} group by 1, 2`,
  },
  {
    name: "one tenant, latency and first token p95 by day",
    kind: "percentile",
    days,
    query: { metrics: ["latency_p95", "ttft_p95"], grain: "day", filters: [{ dimension: "tenant", in: ["acme"] }] },
    raw: `select date_trunc('day', occurred_at, 'UTC'), percentile_disc(0.95) within group (order by latency_ms) ${REQUEST},
      percentile_disc(0.95) within group (order by ttft_ms) ${REQUEST} ${RANGE} and tenant = 'acme' group by 1`,
  },
];

const BARS_MS = { count: 100, percentile: 300 };

async function load(db: Db, start: number): Promise<void> {
  const random = seededRandom(2026);
  const templates = Array.from({ length: SERIES }, (_, index) => ({
    ...randomRatedEvent(random, `${index}`, 0),
    feature: `feature-${index % 40}`,
    generation: null,
    tenant: TENANTS[index % TENANTS.length]!,
  }));
  const hours = DAYS * 24;
  const now = new Date(start + DAYS * DAY_MS);
  await ensureEventPartitions(
    db.pool,
    Array.from({ length: DAYS + 1 }, (_, day) => new Date(start + day * DAY_MS).toISOString().slice(0, 10)),
  );
  let made = 0;
  for (let hour = 0; hour < hours; hour++) {
    const until = Math.round((EVENTS * (hour + 1)) / hours);
    const events: RatedEvent[] = [];
    for (; made < until; made++) {
      const template = templates[Math.floor(random() * SERIES)]!;
      const fresh = randomRatedEvent(random, String(made), start + hour * HOUR_MS + Math.floor(random() * HOUR_MS));
      for (const name of SHAPE) (fresh as unknown as Record<string, unknown>)[name] = template[name];
      events.push(fresh);
    }
    await withTransaction(db.pool, async (client) => {
      await storeEvents(client, events, (event) => event.occurredAt);
      await applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: [] }), { now });
    });
    if (hour % 24 === 23) process.stdout.write(`\rloaded ${made.toLocaleString("en")} events, day ${(hour + 1) / 24} of ${DAYS}`);
  }
  process.stdout.write("\n");
  await db.pool.query("vacuum analyze");
}

/** What makes a series; the rest of an event varies. */
const SHAPE = [
  "tenant",
  "endpoint",
  "feature",
  "route",
  "provider",
  "modelRequested",
  "modelServed",
  "gateway",
  "pool",
  "region",
  "precision",
  "lane",
  "variant",
  "generation",
] as const;

const quantile = (sorted: number[], q: number) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;

async function timed(runs: number, work: () => Promise<unknown>): Promise<{ medianMs: number; p95Ms: number }> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const before = performance.now();
    await work();
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  return { medianMs: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
}

/** Largest relative error of latency percentiles against exact ones. */
async function percentileError(ctx: Ctx, period: { from: string; to: string }): Promise<number> {
  const answer = await runQuery(ctx, { metrics: ["latency_p50", "latency_p95", "latency_p99"], ...period });
  const { rows } = await ctx.db.pool.query<{ exact: number[] }>(
    `select percentile_disc(array[0.5, 0.95, 0.99]) within group (order by latency_ms) ${REQUEST} as exact ${RANGE}`,
    [period.from, period.to],
  );
  return Math.max(
    ...["latency_p50", "latency_p95", "latency_p99"].map((id, index) => {
      const exact = rows[0]!.exact[index]!;
      return Math.abs(Number((answer.rows[0]![id] as MetricCell).value) - exact) / exact;
    }),
  );
}

async function main(): Promise<void> {
  const folder = path.join(projectRoot(), ".headroom/bench");
  const dataDir = path.join(folder, `query-${EVENTS}-${DAYS}-${SERIES}`);
  const loaded = path.join(dataDir, "loaded.json");
  if (!fs.existsSync(loaded)) fs.rmSync(dataDir, { recursive: true, force: true });
  fs.mkdirSync(dataDir, { recursive: true });
  const server = await startEmbeddedPostgres({
    dataDir: path.join(dataDir, "postgres"),
    settings: { shared_buffers: "1GB", work_mem: "64MB", max_wal_size: "4GB", synchronous_commit: "off" },
  });
  await migrate(server.url);
  const db = openDb(server.url);
  try {
    // Yesterday's end: the panels are of finished days.
    const end = Math.floor(Date.parse("2026-11-20T00:00:00Z") / DAY_MS) * DAY_MS;
    const start = end - DAYS * DAY_MS;
    if (!fs.existsSync(loaded)) {
      const before = performance.now();
      await load(db, start);
      fs.writeFileSync(loaded, JSON.stringify({ events: EVENTS, seconds: (performance.now() - before) / 1_000 }));
    }
    await db.prisma.workspace.update({ where: { id: 1 }, data: { rawRetentionDays: DAYS + 1 } });
    const ctx: Ctx = { actor: SYSTEM_ACTOR, db, now: new Date(end), log: createLogger("bench") };
    const sizes = await db.pool.query(
      `select relname as table, reltuples::bigint::text as rows, pg_size_pretty(pg_total_relation_size(oid)) as size from pg_class
        where relnamespace = 'telemetry'::regnamespace and relkind = 'r' and relname ~ '^(rollup|histogram|series)' order by 1`,
    );
    console.table(sizes.rows);

    const results = [];
    for (const days of new Set([Math.min(30, DAYS), DAYS])) {
      for (const panel of panelsOf(days)) {
        const period = { from: new Date(end - panel.days * DAY_MS).toISOString(), to: new Date(end).toISOString() };
        await runQuery(ctx, { ...panel.query, ...period });
        const rollups = await timed(RUNS, () => runQuery(ctx, { ...panel.query, ...period }));
        const raw = await timed(1, () => db.pool.query(panel.raw, [period.from, period.to]));
        results.push({
          panel: panel.name,
          days: panel.days,
          kind: panel.kind,
          medianMs: Math.round(rollups.medianMs * 10) / 10,
          p95Ms: Math.round(rollups.p95Ms * 10) / 10,
          rawMs: Math.round(raw.medianMs),
          timesFaster: Math.round(raw.medianMs / rollups.medianMs),
          barMs: BARS_MS[panel.kind],
          reached: rollups.p95Ms <= BARS_MS[panel.kind],
        });
      }
    }
    const error = await percentileError(ctx, {
      from: new Date(end - Math.min(7, DAYS) * DAY_MS).toISOString(),
      to: new Date(end).toISOString(),
    });
    console.table(results);
    console.log(`largest percentile error: ${(error * 100).toFixed(3)} %`);
    fs.writeFileSync(
      path.join(folder, "query.json"),
      JSON.stringify({ events: EVENTS, days: DAYS, series: SERIES, runs: RUNS, percentileError: error, results }, null, 2),
    );
  } finally {
    await db.close();
    await server.stop();
    if (!args.keep) fs.rmSync(dataDir, { recursive: true, force: true });
  }
}

await main();
