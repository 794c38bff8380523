/** Answers against independent SQL over the raw events: hand-written sums, Postgres' own calendar. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { Decimal } from "@/lib/money";
import type { RatedEvent } from "@/lib/telemetry/event";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { applyNodeRollups } from "./apply-node-rollups";
import { applyRollups } from "./apply-rollups";
import { buildRollupDeltas } from "./build-deltas";
import type { NodeReading } from "./node-measures";
import { runQuery } from "./run-query";
import type { MetricCell, MetricQuery, MetricRow } from "./schemas";
import { insertRawEvents, insertSamples, randomRatedEvent, seededRandom } from "./testing";

const HOUR = 3_600_000;
const DAY = 86_400_000;

/** Hand-written twins of catalogue metrics, over telemetry.event. */
const REFERENCE: Record<string, string> = {
  requests: "count(*) filter (where final and not shadow)",
  attempts: "count(*) filter (where not shadow and (cache_layer = 'prefix' or not cache_hit))",
  errors: "count(*) filter (where final and not shadow and status in ('error','timeout','oom','rate_limited'))",
  cost_usd: "sum(cost_nano) / 1e9",
  cost_failed_usd: "coalesce(sum(cost_nano) filter (where status <> 'success'), 0) / 1e9",
  waste_usd: "coalesce(sum(cost_nano) filter (where status <> 'success' or (not shadow and (duplicate or not final))), 0) / 1e9",
  tokens_total: `coalesce(sum(input + cache_read + cache_write_5m + cache_write_1h + output + audio_in + audio_out)
    filter (where cache_layer = 'prefix' or not cache_hit), 0)`,
  saved_usd: "coalesce(sum(saved_nano) filter (where not shadow), 0) / 1e9",
  cost_per_successful_request:
    "sum(cost_nano) / 1e9 / nullif(count(*) filter (where final and not shadow and status = 'success'), 0)",
  cost_per_1k_requests: "1000 * sum(cost_nano) / 1e9 / nullif(count(*) filter (where final and not shadow), 0)",
  success_rate: `(count(*) filter (where final and not shadow and status = 'success'))::numeric
    / nullif(count(*) filter (where final and not shadow), 0)`,
  cache_hit_rate: `(count(*) filter (where final and not shadow and cache_hit and cache_layer <> 'prefix'))::numeric
    / nullif(count(*) filter (where final and not shadow and cache_layer not in ('none', 'prefix')), 0)`,
  cost_drift: `(sum(provider_cost_nano) - sum(cost_nano) filter (where provider_cost_nano is not null)) / nullif(sum(provider_cost_nano), 0)`,
};

const COLUMN: Record<string, string> = {
  tenant: "tenant",
  modelServed: "model_served",
  endpoint: "endpoint",
  feature: "coalesce(feature, '')",
  generation: "coalesce(generation::text, '')",
  status: "status",
  errorClass: "coalesce(error_class, '')",
  tags: `case when tags ? 'team' then 'team=' || replace(tags ->> 'team', ',', ';') else '' end`,
  cacheOutcome: "case when cache_hit then cache_layer when cache_layer = 'none' then 'none' else 'miss' end",
};

interface World {
  db: TestDatabase;
  ctx: Ctx;
  start: number;
  zone: string;
}

/** A database with `days` days of events around `start`, in `zone`, as of the end of them. */
async function world(zone: string, startIso: string, options: { days: number; events: number; seed: number }): Promise<World> {
  const db = await testDatabase({ max: 6 });
  await db.prisma.workspace.update({ where: { id: 1 }, data: { timeZone: zone, tagKeys: ["team"] } });
  const start = Date.parse(startIso);
  const now = new Date(start + options.days * DAY + 3_723_456);
  const random = seededRandom(options.seed);
  const events: RatedEvent[] = Array.from({ length: options.events }, (_, index) =>
    randomRatedEvent(random, `${index}`, start + Math.floor(random() * options.days * DAY)),
  );
  for (let at = 0; at < events.length; at += 1_000) {
    const batch = events.slice(at, at + 1_000);
    await withTransaction(db.pool, async (client) => {
      await insertRawEvents(client, batch);
      await applyRollups(client, buildRollupDeltas(batch, { timeZone: zone, tagKeys: ["team"] }), { now });
    });
  }
  return { db, ctx: { actor: SYSTEM_ACTOR, db, now, log: createLogger("test") }, start, zone };
}

type Wanted = Map<string, Record<string, string | null>>;

/** The same question in plain SQL. Keys: bucket start, then the group. */
async function expected({ db, zone }: World, query: MetricQuery, where = "true"): Promise<Wanted> {
  const grain = query.grain ?? "total";
  const groupBy = query.groupBy ?? [];
  const bucket =
    grain === "total"
      ? "null::timestamptz"
      : `date_trunc('${grain}', occurred_at, '${grain === "hour" || grain === "minute" ? "UTC" : zone}')`;
  const { rows } = await db.pool.query(
    `select ${bucket} as bucket, ${groupBy.map((name, index) => `${COLUMN[name]} as g${index},`).join(" ")}
       ${query.metrics.map((id) => `(${REFERENCE[id]})::text as "${id}"`).join(", ")}
      from telemetry.event where occurred_at >= $1 and occurred_at < $2 and ${where}
      group by ${["bucket", ...groupBy.map((_, index) => `g${index}`)].join(", ")}`,
    [query.from, query.to],
  );
  return new Map(
    rows.map((row) => [
      JSON.stringify([row.bucket?.toISOString() ?? null, ...groupBy.map((_, index) => row[`g${index}`])]),
      Object.fromEntries(query.metrics.map((id) => [id, row[id]])),
    ]),
  );
}

const keyOf = (row: MetricRow, query: MetricQuery) =>
  JSON.stringify([row.bucket, ...(query.groupBy ?? []).map((name) => row[name])]);

function expectSame(rows: MetricRow[], wanted: Wanted, query: MetricQuery): void {
  const withData = rows.filter((row) => query.metrics.some((id) => (row[id] as MetricCell).value !== null));
  for (const row of withData) {
    const reference = wanted.get(keyOf(row, query));
    expect(reference, `no reference for ${keyOf(row, query)}`).toBeDefined();
    for (const id of query.metrics) {
      const { value } = row[id] as MetricCell;
      const other = reference![id]!;
      if (value === null || other === null) {
        expect([id, keyOf(row, query), value]).toEqual([id, keyOf(row, query), other]);
        continue;
      }
      // Sums are exact; quotients agree to the digits that Postgres gives.
      const tolerance = /_rate|_per_|drift/.test(id) ? new Decimal(other).abs().mul(1e-12).add(1e-15) : new Decimal(0);
      expect(new Decimal(value).sub(other).abs().lte(tolerance), `${id} of ${keyOf(row, query)}: ${value} is not ${other}`).toBe(
        true,
      );
    }
  }
  const answered = new Set(withData.map((row) => keyOf(row, query)));
  const missing = [...wanted].filter(
    ([key, numbers]) => !answered.has(key) && Object.values(numbers).some((value) => value !== null),
  );
  expect(missing).toEqual([]);
}

const ALL = Object.keys(REFERENCE);
const STATUS_METRICS = ["requests", "attempts", "errors", "cost_usd", "cost_failed_usd", "success_rate"];

describe.each([
  ["Europe/Paris", "2026-10-22T00:00:00Z", 11],
  ["America/Los_Angeles", "2026-10-29T00:00:00Z", 12],
  ["Asia/Kolkata", "2026-11-01T00:00:00Z", 13],
  ["Pacific/Chatham", "2026-09-23T00:00:00Z", 14],
])("answers equal SQL over raw events in %s", (zone, startIso, seed) => {
  let w: World;
  beforeAll(async () => {
    w = await world(zone, startIso, { days: 10, events: 4_000, seed });
  });
  afterAll(() => w.db.close());

  const at = (offset: number) => new Date(Date.parse(startIso) + offset).toISOString();
  const whole = { from: at(0), to: at(10 * DAY) };
  // Edges inside a minute, an hour and a day; the start is older than the minutes that are kept.
  const odd = { from: at(DAY * 1.3 + 12_345), to: at(DAY * 8.7 + 54_321) };

  it.each<[string, Omit<MetricQuery, "from" | "to"> & { range?: "odd" }]>([
    ["everything in total", { metrics: ALL }],
    ["everything in total, odd edges", { metrics: ALL, range: "odd" }],
    ["by tenant a day", { metrics: ALL, groupBy: ["tenant"], grain: "day" }],
    ["by tenant a day, odd edges", { metrics: ALL, groupBy: ["tenant"], grain: "day", range: "odd" }],
    ["by model and endpoint a week", { metrics: ALL, groupBy: ["modelServed", "endpoint"], grain: "week" }],
    ["a month", { metrics: ALL, grain: "month" }],
    ["an hour, odd edges", { metrics: ALL, grain: "hour", range: "odd" }],
    ["by feature, generation and tags", { metrics: ALL, groupBy: ["feature", "generation", "tags"] }],
    ["by status, from columns", { metrics: STATUS_METRICS, groupBy: ["status"], grain: "day" }],
    ["by status and tenant, odd edges", { metrics: STATUS_METRICS, groupBy: ["status", "tenant"], range: "odd" }],
  ])("%s", async (_, { range, ...question }) => {
    const query: MetricQuery = { ...question, ...(range === "odd" ? odd : whole) };
    const answer = await runQuery(w.ctx, query);
    expectSame(answer.rows, await expected(w, query), query);
  });

  it.each<[string, Pick<MetricQuery, "filters" | "groupBy">, string]>([
    ["tenant", { filters: [{ dimension: "tenant", in: ["acme", "globex"] }] }, "tenant in ('acme', 'globex')"],
    [
      "tenant and model",
      {
        filters: [
          { dimension: "tenant", in: ["acme"] },
          { dimension: "modelServed", in: ["gpt-4o"] },
        ],
        groupBy: ["endpoint"],
      },
      "tenant = 'acme' and model_served = 'gpt-4o'",
    ],
    ["feature not set", { filters: [{ dimension: "feature", in: [""] }] }, "feature is null"],
    ["tag", { filters: [{ dimension: "tags", in: ["team=ops;night"] }], groupBy: ["tags"] }, "tags ->> 'team' = 'ops,night'"],
  ])("filtered by %s", async (_, question, where) => {
    const query: MetricQuery = { metrics: ALL, grain: "day", ...odd, ...question };
    expectSame((await runQuery(w.ctx, query)).rows, await expected(w, query, where), query);
  });

  it("status in a filter", async () => {
    const query: MetricQuery = {
      metrics: STATUS_METRICS,
      filters: [{ dimension: "status", in: ["timeout", "oom"] }],
      groupBy: ["tenant"],
      ...whole,
    };
    const answer = await runQuery(w.ctx, query);
    expect(answer.plan.grains).not.toEqual(["raw"]);
    expectSame(answer.rows, await expected(w, query, "status in ('timeout', 'oom')"), query);
  });

  it("dimensions that only raw rows have, in a bounded range", async () => {
    const query: MetricQuery = {
      metrics: ALL,
      groupBy: ["errorClass", "cacheOutcome"],
      grain: "day",
      from: at(3 * DAY + 7_777),
      to: at(9 * DAY),
    };
    const answer = await runQuery(w.ctx, query);
    expect(answer.plan.grains).toEqual(["raw"]);
    expectSame(answer.rows, await expected(w, query), query);
  });

  it("days come from day rows", async () => {
    const answer = await runQuery(w.ctx, { metrics: ["requests"], grain: "day", ...whole });
    expect(answer.plan.grains).toContain("day");
  });

  it("percentiles are within 1 % of the exact ones, from rollups and from raw rows", async () => {
    const ids = [
      "latency_p50",
      "latency_p95",
      "latency_p99",
      "ttft_p95",
      "tokens_in_p50",
      "tokens_per_second_p50",
      "cost_per_request_p95",
    ];
    const exact = (column: string, q: number, where: string) =>
      `percentile_disc(${q}) within group (order by ${column}) filter (where ${where})`;
    const user = "final and not shadow";
    const served = `${user} and (cache_layer = 'prefix' or not cache_hit)`;
    const speed = "coalesce(decode_ms, latency_ms - ttft_ms)";
    const references = [
      exact("latency_ms", 0.5, user),
      exact("latency_ms", 0.95, user),
      exact("latency_ms", 0.99, user),
      exact("ttft_ms", 0.95, user),
      exact("input + cache_read + cache_write_5m + cache_write_1h + audio_in", 0.5, served),
      exact(`output * 1000 / ${speed}`, 0.5, `${served} and output > 0 and ${speed} > 0`).replace(
        `output * 1000 / ${speed}`,
        `case when ${speed} > 0 then output * 1000 / ${speed} end`,
      ),
      exact("cost_nano / 1e9", 0.95, user),
    ];
    for (const extra of [
      {},
      { filters: [{ dimension: "status" as const, in: ["success"] }], from: at(4 * DAY), to: at(9 * DAY) },
    ]) {
      const query: MetricQuery = { metrics: ids, ...odd, ...extra };
      const { rows } = await w.db.pool.query(
        `select ${references.map((sql, index) => `(${sql})::double precision as r${index}`).join(", ")} from telemetry.event
          where occurred_at >= $1 and occurred_at < $2 ${"filters" in extra ? "and status = 'success'" : ""}`,
        [query.from, query.to],
      );
      const answer = await runQuery(w.ctx, query);
      ids.forEach((id, index) => {
        const cell = answer.rows[0]![id] as MetricCell;
        const wanted = rows[0][`r${index}`] as number;
        expect(Math.abs(Number(cell.value) - wanted) / wanted, `${id}: ${cell.value} against ${wanted}`).toBeLessThanOrEqual(
          0.01,
        );
      });
    }
  });

  it("compares with the week before, bucket by bucket", async () => {
    const query: MetricQuery = {
      metrics: ["requests", "cost_usd"],
      groupBy: ["tenant"],
      grain: "day",
      from: at(8 * DAY),
      to: at(10 * DAY),
    };
    const answer = await runQuery(w.ctx, { ...query, compare: "last_week" });
    const { compareFrom, compareTo } = answer.plan;
    const before = await expected(w, { ...query, from: compareFrom!, to: compareTo! });
    const compared = answer.rows.map((row) => (row["requests"] as MetricCell).compare?.value).filter((value) => value !== null);
    expect(compared.toSorted()).toEqual([...before.values()].map((numbers) => numbers["requests"]).toSorted());
  });
});

describe("what an answer says and refuses", () => {
  let w: World;
  beforeAll(async () => {
    w = await world("UTC", "2026-11-10T00:00:00Z", { days: 10, events: 3_000, seed: 21 });
  });
  afterAll(() => w.db.close());

  const range = { from: "2026-11-10T00:00:00Z", to: "2026-11-20T00:00:00Z" };
  const limited = (tenants: readonly string[]): Actor => ({ ...SYSTEM_ACTOR, kind: "user", role: "viewer", tenants });
  const value = (row: MetricRow | undefined, id: string) => (row?.[id] as MetricCell | undefined)?.value;

  it("limits an actor to its tenants, whatever is asked", async () => {
    const query: MetricQuery = { metrics: ["requests", "latency_p50"], groupBy: ["tenant"], ...range };
    const all = await runQuery(w.ctx, query);
    const acme = all.rows.find((row) => row["tenant"] === "acme");
    const own = await runQuery({ ...w.ctx, actor: limited(["acme"]) }, query);
    expect(own.rows).toEqual([acme]);
    const foreign = await runQuery(
      { ...w.ctx, actor: limited(["acme"]) },
      { ...query, filters: [{ dimension: "tenant", in: ["globex"] }] },
    );
    expect(foreign.rows).toEqual([]);
    const none = await runQuery({ ...w.ctx, actor: limited([]) }, { ...query, groupBy: [] });
    expect(none.rows.map((row) => value(row, "requests"))).toEqual([null]);
    const raw = await runQuery(
      { ...w.ctx, actor: limited(["acme"]) },
      { metrics: ["requests"], groupBy: ["errorClass", "tenant"], from: "2026-11-14T00:00:00Z", to: "2026-11-20T00:00:00Z" },
    );
    expect(new Set(raw.rows.map((row) => row["tenant"]))).toEqual(new Set(["acme"]));
  });

  it("hides GPU numbers from an actor that is limited to tenants", async () => {
    const answer = await runQuery(
      { ...w.ctx, actor: limited(["acme"]) },
      { metrics: ["gpu_idle_cost_usd", "requests"], ...range },
    );
    expect(value(answer.rows[0], "gpu_idle_cost_usd")).toBeNull();
    expect(answer.warnings.join()).toContain("not split by tenant");
  });

  it("is null, not 0, where nothing was received", async () => {
    const answer = await runQuery(w.ctx, {
      metrics: ["requests", "cost_usd", "success_rate", "latency_p50"],
      grain: "day",
      from: "2026-11-08T00:00:00Z",
      to: "2026-11-11T00:00:00Z",
    });
    expect(answer.rows.map((row) => [row.bucket, value(row, "requests") === null, value(row, "success_rate") === null])).toEqual([
      ["2026-11-08T00:00:00.000Z", true, true],
      ["2026-11-09T00:00:00.000Z", true, true],
      ["2026-11-10T00:00:00.000Z", false, false],
    ]);
  });

  it("marks buckets that the period cuts or that are not over", async () => {
    // Now is 2026-11-20T01:02:03.456Z.
    const answer = await runQuery(w.ctx, {
      metrics: ["requests"],
      grain: "day",
      from: "2026-11-18T06:00:00Z",
      to: "2026-11-21T00:00:00Z",
    });
    expect(answer.rows.map((row) => row.partial ?? false)).toEqual([true, false, true]);
  });

  it("folds groups beyond the limit into (other), exactly", async () => {
    const query: MetricQuery = { metrics: ["cost_usd", "latency_p95"], groupBy: ["tenant"], ...range };
    const all = await runQuery(w.ctx, query);
    const top = await runQuery(w.ctx, { ...query, limit: 2, orderBy: { metric: "cost_usd", direction: "desc" } });
    expect(top.rows.map((row) => row["tenant"])).toEqual([...all.rows.slice(0, 2).map((row) => row["tenant"]), "(other)"]);
    const sum = (rows: MetricRow[]) => rows.reduce((total, row) => total.add(value(row, "cost_usd")!), new Decimal(0)).toFixed();
    expect(sum(top.rows)).toBe(sum(all.rows));
    expect(top.warnings.join()).toContain("2 more groups");
  });

  it("orders by a metric, ascending", async () => {
    const answer = await runQuery(w.ctx, {
      metrics: ["cost_usd", "requests"],
      groupBy: ["tenant"],
      orderBy: { metric: "requests", direction: "asc" },
      ...range,
    });
    const counts = answer.rows.map((row) => Number(value(row, "requests")));
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  it("names the nearest metric when one is unknown", async () => {
    await expect(runQuery(w.ctx, { metrics: ["cost_per_sucessful_request"], ...range })).rejects.toThrow(
      'There is no metric "cost_per_sucessful_request". Did you mean "cost_per_successful_request"? GET /api/v1/metrics lists all.',
    );
  });

  it.each<[string, Partial<MetricQuery>, RegExp]>([
    ["too many buckets", { grain: "minute" }, /more than 2000 minutes/],
    ["an empty period", { to: "2026-11-10T00:00:00Z" }, /after/],
    ["an order by what was not asked", { orderBy: { metric: "errors" } }, /not among the metrics/],
  ])("refuses %s", async (_, part, message) => {
    await expect(runQuery(w.ctx, { metrics: ["requests"], ...range, ...part })).rejects.toThrow(message);
  });

  it("says how complete the data is", async () => {
    await w.db.pool.query(
      `insert into telemetry.ingest_count (minute, tenant, accepted, stored, duplicates, conflicts, rejected, late)
       values ('2026-11-12T10:00:00Z', 'acme', 10, 7, 2, 1, 3, 4), ('2026-11-12T10:00:00Z', 'globex', 5, 5, 0, 0, 1, 0)`,
    );
    const query: MetricQuery = { metrics: ["requests"], ...range };
    const { rows } = await w.db.pool.query(
      `select (count(*) filter (where pricing_state <> 'unpriced'))::numeric / count(*) as share from telemetry.event
        where final and not shadow`,
    );
    const all = await runQuery(w.ctx, query);
    expect(all.completeness).toMatchObject({ late: 4, duplicates: 2, conflicts: 1, rejected: 4 });
    expect(Number(all.completeness.pricedShare)).toBeCloseTo(Number(rows[0].share), 5);
    const own = await runQuery({ ...w.ctx, actor: limited(["globex"]) }, query);
    expect(own.completeness).toMatchObject({ late: 0, duplicates: 0, conflicts: 0, rejected: 1 });
  });
});

describe("GPU numbers and outcomes", () => {
  let db: TestDatabase;
  let ctx: Ctx;
  const start = Date.parse("2026-11-18T00:00:00Z");
  // One reading a minute for two days of two nodes; node a is busy a quarter of the time, node b never.
  const reading = (node: string, pool: string, minute: number, busyGpuMs: bigint): NodeReading => ({
    node,
    at: start + minute * 60_000 + 30_000,
    pool,
    engine: "vllm",
    intervalSec: 60,
    memoryUsedMib: node === "a" ? 60 : 20,
    memoryTotalMib: 80,
    kvCacheUsage: node === "a" ? 0.8 : 0.2,
    running: 4,
    waiting: node === "a" ? 3 : 1,
    promptTokens: null,
    cachedTokens: null,
    generatedTokens: 600,
    preemptions: 1,
    powerWatts: 500,
    energyMj: 30_000_000,
    busyGpuMs,
    idleGpuMs: 60_000n - busyGpuMs,
    busyNano: busyGpuMs * 1_000n,
    idleNano: (60_000n - busyGpuMs) * 1_000n,
  });
  beforeAll(async () => {
    db = await testDatabase();
    const now = new Date(start + 2 * DAY);
    ctx = { actor: SYSTEM_ACTOR, db, now, log: createLogger("test") };
    const readings = Array.from({ length: 2_880 }, (_, minute) => [
      reading("a", "chat", minute, 15_000n),
      reading("b", "code", minute, 0n),
    ]).flat();
    const event = {
      ...randomRatedEvent(seededRandom(1), "1", start + 1_000),
      final: true,
      tenant: "acme",
      modelServed: "gpt-4o",
    };
    await withTransaction(db.pool, async (client) => {
      await insertSamples(client, readings.slice(0, 40));
      await insertRawEvents(client, [event]);
      await applyNodeRollups(client, readings, { timeZone: "UTC", now });
      await client.query(
        `insert into telemetry.outcome (id, occurred_at, received_at, tenant, request_id, kpi, value, content_hash)
         select 'o' || n, $1::timestamptz + n * interval '1 minute', now(), 'acme', $2, kpi, value, 0
           from (values (1, 'resolved', 1), (2, 'accepted', 0), (3, 'rating', 5), (4, 'rating', 3), (5, 'seconds', 9),
             (6, 'semantic_reuse', 1), (7, 'semantic_reuse', 0.9), (8, 'semantic_reuse', 0.899)) v (n, kpi, value)`,
        [new Date(start), event.requestId],
      );
    });
  });
  afterAll(() => db.close());

  const cellOf = (row: MetricRow | undefined, id: string) => row?.[id] as MetricCell;
  const days = { from: "2026-11-18T00:00:00Z", to: "2026-11-20T00:00:00Z" };

  it("adds up time, money and energy, and weighs averages by time", async () => {
    const metrics = ["gpu_hours", "gpu_idle_hours", "gpu_utilization", "gpu_cost_usd", "gpu_idle_cost_usd", "gpu_memory_use"];
    const more = [
      "kv_cache_usage",
      "queue_depth",
      "running_batch",
      "gpu_tokens_per_second",
      "gpu_tokens_per_watt",
      "energy_kwh",
      "preemptions",
    ];
    const { rows } = await runQuery(ctx, { metrics: [...metrics, ...more], ...days });
    // 2 nodes × 48 h; a quarter of 48 h busy; 48 h × 3,600,000 ms × 1,000 nano = $172.80 a node; 2,880 × 2 × 600 tokens.
    expect(Object.fromEntries([...metrics, ...more].map((id) => [id, cellOf(rows[0], id).value]))).toEqual({
      gpu_hours: "96",
      gpu_idle_hours: "84",
      gpu_utilization: "0.125",
      gpu_cost_usd: "345.6",
      gpu_idle_cost_usd: "302.4",
      gpu_memory_use: "0.5",
      kv_cache_usage: "0.5",
      queue_depth: "2",
      running_batch: "4",
      gpu_tokens_per_second: "10",
      gpu_tokens_per_watt: "0.02",
      energy_kwh: "48",
      preemptions: "5760",
    });
  });

  it("splits by pool and node, with edges inside a minute from the samples", async () => {
    const { rows, plan } = await runQuery(ctx, {
      metrics: ["gpu_busy_hours"],
      groupBy: ["pool", "node"],
      from: "2026-11-18T00:00:15Z",
      to: "2026-11-18T01:00:00Z",
    });
    expect(plan.grains).toEqual(expect.arrayContaining(["raw", "minute"]));
    // 60 readings × 15 s, all after :15 of their minute.
    expect(rows.map((row) => [row["pool"], row["node"], cellOf(row, "gpu_busy_hours").value])).toEqual([
      ["chat", "a", "0.25"],
      ["code", "b", "0"],
    ]);
  });

  it("warns where GPU numbers cannot be split, and leaves them out", async () => {
    const answer = await runQuery(ctx, { metrics: ["gpu_hours"], groupBy: ["tenant"], ...days });
    expect(answer.rows).toEqual([]);
    expect(answer.warnings.join()).toContain("only by pool, node, engine, region and model");
  });

  it("counts good outcomes, by what their request says", async () => {
    // Resolved and 5 stars are good, not accepted and 3 stars are not, seconds are no judgement.
    const query: MetricQuery = { metrics: ["quality_rate"], groupBy: ["tenant", "modelServed"], ...days };
    const { rows } = await runQuery(ctx, query);
    expect(rows.map((row) => [row["tenant"], row["modelServed"], cellOf(row, "quality_rate")])).toEqual([
      ["acme", "gpt-4o", { value: "0.5", numerator: "2", denominator: "4" }],
    ]);
    // Of three reused answers that were checked one is less than 0.9 like the fresh one. That is no quality of the product.
    const checked = await runQuery(ctx, { ...query, metrics: ["semantic_false_hit_rate", "quality_rate"] });
    expect([cellOf(checked.rows[0], "semantic_false_hit_rate"), cellOf(checked.rows[0], "quality_rate")]).toEqual([
      { value: expect.stringMatching(/^0\.3333/) as string, numerator: "1", denominator: "3" },
      { value: "0.5", numerator: "2", denominator: "4" },
    ]);
    const foreign = { ...ctx, actor: { ...SYSTEM_ACTOR, tenants: ["globex"] } };
    expect((await runQuery(foreign, query)).rows).toEqual([]);
  });
});

describe("worked by hand", () => {
  it("$100 of which $15 failed or were tried again, 9,000 successes: $0.011111 gross, $0.009444 net", async () => {
    const w = await world("UTC", "2026-11-01T00:00:00Z", { days: 1, events: 0, seed: 1 });
    try {
      const random = seededRandom(5);
      const event = (id: string, usd: number, said: Partial<RatedEvent> = {}): RatedEvent => ({
        ...randomRatedEvent(random, id, w.start + HOUR),
        cacheLayer: "none",
        cacheHit: false,
        duplicate: false,
        shadow: false,
        final: true,
        status: "success",
        rating: { pricingState: "priced", costNanoUsd: BigInt(usd * 1e9), lines: [], priceRuleId: null, savedNanoUsd: 0n },
        ...said,
      });
      const events = [
        // $85 over 9,000 answers: 8,000 of $0.01 and 1,000 of $0.005.
        ...Array.from({ length: 9_000 }, (_, index) => event(`good-${index}`, index < 8_000 ? 0.01 : 0.005)),
        ...Array.from({ length: 50 }, (_, index) => event(`bad-${index}`, 0.2, { status: "error" })),
        ...Array.from({ length: 50 }, (_, index) => event(`again-${index}`, 0.1, { status: "timeout", final: false })),
      ];
      await withTransaction(w.db.pool, async (client) => {
        await insertRawEvents(client, events);
        await applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: ["team"] }), { now: w.ctx.now });
      });
      const metrics = ["cost_usd", "waste_usd", "successes", "cost_per_successful_request", "cost_per_successful_request_net"];
      const { rows } = await runQuery(w.ctx, {
        metrics,
        from: "2026-11-01T00:00:00.000Z",
        to: "2026-11-02T00:00:00.000Z",
      });
      const value = (id: string) => new Decimal((rows[0]![id] as MetricCell).value!);
      expect(metrics.slice(0, 3).map((id) => value(id).toString())).toEqual(["100", "15", "9000"]);
      expect(metrics.slice(3).map((id) => value(id).toFixed(6))).toEqual(["0.011111", "0.009444"]);
    } finally {
      await w.db.close();
    }
  });
});
