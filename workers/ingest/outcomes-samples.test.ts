/** Outcomes and samples from the HTTP door through the queue job to rows and rollups. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { POST as postOutcomes } from "@/app/api/v1/outcomes/route";
import { POST as postSamples } from "@/app/api/v1/samples/route";
import { hashApiKey } from "@/lib/auth/key-actor";
import { db } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { queues } from "@/lib/queue";
import { readNativeEvent, type UsageAnswer } from "@/lib/telemetry";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { ingestEvents, startIngestWorker, type IngestWorker } from "./index";
import { ingestOutcomes, joinWaitingOutcomes } from "./outcomes";
import { ingestSamples } from "./samples";

let database: TestDatabase;
let worker: IngestWorker;
let key: string;
let tenantKey: string;
const deps = () => ({ db: database, log: createLogger("test") });
const T0 = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000;
const iso = (sec: number) => new Date(T0 + sec * 1000).toISOString();

beforeAll(async () => {
  database = await testDatabase({ max: 6 });
  process.env["DATABASE_URL"] = database.url;
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await database.prisma.tenant.create({ data: { id: "globex", name: "Globex" } });
  await database.prisma.gpuRate.create({ data: { gpuType: "H100", usdPerHour: "3.6", source: "test" } });
  key = await newKey({ scopes: ["ingest"] });
  tenantKey = await newKey({ scopes: ["ingest"], tenantId: "globex" });
  worker = startIngestWorker(deps(), queues({ databaseUrl: database.url }));
});
afterAll(async () => {
  await worker.close();
  await queues({ databaseUrl: database.url }).close();
  await db().close();
  await database.close();
});
beforeEach(async () => {
  await database.pool.query(
    "truncate telemetry.outcome, telemetry.node_sample, telemetry.dead_letter, telemetry.event, telemetry.event_identity",
  );
});

async function newKey(data: { scopes: string[]; tenantId?: string }): Promise<string> {
  const made = `hr_${randomBytes(32).toString("base64url")}`;
  await database.prisma.apiKey.create({ data: { name: "t", prefix: made.slice(0, 8), hash: hashApiKey(made), ...data } });
  return made;
}

async function post(
  route: typeof postOutcomes,
  body: BodyInit,
  options: { key?: string; headers?: Record<string, string>; query?: string } = {},
) {
  const request = new Request(`http://localhost:3000/api/v1/x${options.query ?? ""}`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${options.key ?? key}`, "content-type": "application/json", ...options.headers },
  });
  const response = await route(request, { params: Promise.resolve({}) });
  return { status: response.status, answer: (await response.json()) as UsageAnswer & { detail?: string } };
}

/** Rows of a query as soon as it has `count` of them: the worker commits in its own time. */
async function rowsOf(sql: string, count: number): Promise<Record<string, unknown>[]> {
  for (;;) {
    const { rows } = await database.pool.query<Record<string, unknown>>(sql);
    if (rows.length >= count) return rows;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function event(overrides: Record<string, unknown> = {}) {
  const read = readNativeEvent(
    {
      id: randomBytes(8).toString("hex"),
      occurredAt: iso(0),
      tenant: "acme",
      endpoint: "support.answer",
      provider: "openai",
      modelRequested: "gpt-4o",
      status: "success",
      meters: { input: 1 },
      ...overrides,
    },
    { now: Date.now(), rawRetentionDays: 35, tenants: "all", apiKeyId: null },
  );
  if (!("event" in read)) throw new Error(read.refusal.message);
  await ingestEvents(deps(), [read.event]);
}

const outcome = (overrides: Record<string, unknown> = {}) => ({
  id: "o1",
  requestId: "req-1",
  kpi: "resolved",
  value: 1,
  occurredAt: iso(60),
  ...overrides,
});

describe("outcomes", () => {
  it("are judged one by one at the door, and the good ones stored", async () => {
    const batch = [
      outcome(),
      outcome({ id: "o2", value: -3.5, label: "angry", requestId: undefined, actionId: "act-1" }),
      outcome({ id: "o3", requestId: undefined }),
      outcome({ id: "o4", value: "good" }),
      outcome({ id: "o5", occurredAt: "2031-01-01T00:00:00Z" }),
      outcome({ id: "o6", colour: "red" }),
      outcome({ kpi: "other" }),
      outcome(),
      "text",
    ];
    const { status, answer } = await post(
      postOutcomes,
      JSON.stringify({ outcomes: batch }).replace('"value":"good"', '"value":1e999'),
    );
    expect(status).toBe(207);
    expect(answer).toMatchObject({ accepted: 2, duplicates: 1, conflicts: 1, rejected: 5 });
    expect(answer.items.map((item) => [item.index, item.id, item.status, item.code, item.field])).toEqual([
      [2, "o3", "rejected", "invalid_value", null],
      [3, "o4", "rejected", "out_of_range", "value"],
      [4, "o5", "rejected", "future_time", "occurredAt"],
      [5, "o6", "rejected", "unknown_field", "colour"],
      [6, "o1", "conflict", "conflict", "id"],
      [7, "o1", "duplicate", "duplicate", null],
      [8, null, "rejected", "invalid_type", null],
    ]);
    const rows = await rowsOf(
      "select id, kpi, value, label, request_id, action_id, tenant from telemetry.outcome order by id",
      2,
    );
    expect(rows).toEqual([
      { id: "o1", kpi: "resolved", value: 1, label: null, request_id: "req-1", action_id: null, tenant: null },
      { id: "o2", kpi: "resolved", value: -3.5, label: "angry", request_id: null, action_id: "act-1", tenant: null },
    ]);
    expect(await rowsOf("select source, code, event_id from telemetry.dead_letter", 1)).toEqual([
      { source: "outcomes", code: "conflict", event_id: "o1" },
    ]);
  });

  it("are stored once however often they come; other content under a known id is kept for inspection", async () => {
    const batch = (items: unknown[]) => ({ receivedAt: Date.now(), apiKeyId: null, items });
    await ingestOutcomes(deps(), batch([outcome()]));
    await ingestOutcomes(deps(), batch([outcome(), outcome()]));
    expect((await database.pool.query("select 1 from telemetry.dead_letter")).rowCount).toBe(0);
    await ingestOutcomes(deps(), batch([outcome({ value: 0 })]));
    await ingestOutcomes(deps(), batch([outcome({ value: 0 })]));
    await ingestOutcomes(deps(), batch([{ id: "bad" }]));
    const letters = await database.pool.query(
      "select code, event_id, payload->>'value' as value from telemetry.dead_letter order by id",
    );
    expect(letters.rows).toEqual([
      { code: "conflict", event_id: "o1", value: "0" },
      { code: "invalid_outcome", event_id: "bad", value: null },
    ]);
    expect((await database.pool.query("select value from telemetry.outcome")).rows).toEqual([{ value: 1 }]);
  });

  it("take tenant and endpoint from their request or action, also when those come later", async () => {
    await event({ requestId: "req-1" });
    const batch = [
      outcome(),
      outcome({ id: "o2", requestId: "req-late" }),
      outcome({ id: "o3", requestId: undefined, actionId: "act-1" }),
      outcome({ id: "o4", requestId: "req-shared" }),
      outcome({ id: "o5", requestId: "req-1", tenant: "other" }),
    ];
    await ingestOutcomes(deps(), { receivedAt: Date.now(), apiKeyId: null, items: batch });
    const rows = () => rowsOf("select id, tenant, endpoint from telemetry.outcome order by id", 5);
    expect(await rows()).toEqual([
      { id: "o1", tenant: "acme", endpoint: "support.answer" },
      { id: "o2", tenant: null, endpoint: null },
      { id: "o3", tenant: null, endpoint: null },
      { id: "o4", tenant: null, endpoint: null },
      // The sender's own word stands; nothing of another tenant is taken over.
      { id: "o5", tenant: "other", endpoint: null },
    ]);
    await event({ requestId: "req-late", endpoint: "search" });
    await event({ actionId: "act-1", endpoint: "agent.plan", occurredAt: iso(1) });
    await event({ actionId: "act-1", endpoint: "agent.write", occurredAt: iso(2) });
    await event({ requestId: "req-shared", tenant: "a" });
    await event({ requestId: "req-shared", tenant: "b" });
    expect(await joinWaitingOutcomes(database.pool, new Date())).toBe(2);
    expect((await rows()).slice(1, 4)).toEqual([
      { id: "o2", tenant: "acme", endpoint: "search" },
      { id: "o3", tenant: "acme", endpoint: "agent.plan" },
      { id: "o4", tenant: null, endpoint: null },
    ]);
  });

  it("of a tenant-limited key belong to its tenant, whatever request they name", async () => {
    await event({ requestId: "req-1", tenant: "acme" });
    const refused = await post(postOutcomes, JSON.stringify([outcome({ id: "x", tenant: "acme" })]), { key: tenantKey });
    expect(refused.answer.items).toMatchObject([{ code: "tenant_not_allowed", field: "tenant" }]);
    await post(postOutcomes, JSON.stringify(outcome({ id: "y" })), { key: tenantKey });
    expect(await rowsOf("select id, tenant, endpoint from telemetry.outcome", 1)).toEqual([
      { id: "y", tenant: "globex", endpoint: null },
    ]);
  });

  it("come as NDJSON and gzip too; what is no batch is refused as a whole", async () => {
    const lines = `${JSON.stringify(outcome({ id: "n1" }))}\n{broken\n${JSON.stringify(outcome({ id: "n2" }))}`;
    const { status, answer } = await post(postOutcomes, gzipSync(lines), {
      headers: { "content-type": "application/x-ndjson", "content-encoding": "gzip" },
      query: "?verbose=1",
    });
    expect([status, answer.accepted, answer.items.map((item) => item.status)]).toEqual([
      207,
      2,
      ["accepted", "rejected", "accepted"],
    ]);
    expect((await post(postOutcomes, "{")).status).toBe(400);
    expect((await post(postOutcomes, '{"outcomes":1}')).status).toBe(400);
    expect(
      (await post(postOutcomes, gzipSync(Buffer.alloc(50_000_000)), { headers: { "content-encoding": "gzip" } })).status,
    ).toBe(413);
    expect((await post(postOutcomes, JSON.stringify(Array.from({ length: 1001 }, () => outcome())))).status).toBe(413);
    expect((await post(postOutcomes, "{}", { key: "hr_nobody" })).status).toBe(401);
  });
});

const sample = (overrides: Record<string, unknown> = {}) => ({
  node: "gpu-1",
  pool: "llama",
  at: iso(30),
  intervalSec: 30,
  gpuCount: 8,
  gpuType: "NVIDIA H100 80GB HBM3",
  engine: "vllm",
  model: "llama-3.3-70b",
  engineActive: 0.25,
  gpuUtil: 0.9,
  generatedTokens: 1000,
  energyMj: 2_000_000,
  ...overrides,
});

describe("samples", () => {
  it("cost 8 GPUs × 30 s × $3.60/h, a quarter busy, once", async () => {
    const items = [sample(), sample({ at: iso(60) })];
    expect(await ingestSamples(deps(), { receivedAt: Date.now(), items: [...items, sample()] })).toEqual({
      stored: 2,
      duplicates: 1,
      refused: 0,
    });
    expect(await ingestSamples(deps(), { receivedAt: Date.now(), items: [...items, sample({ at: iso(90) })] })).toMatchObject({
      stored: 1,
      duplicates: 2,
    });
    const { rows } = await database.pool.query(
      "select at, busy_gpu_ms, idle_gpu_ms, busy_nano, idle_nano from telemetry.node_sample order by at",
    );
    // 240 GPU-seconds = 240,000 GPU-ms; 240/3600 h × 3.60 $ = $0.24 = 240,000,000 nano.
    expect(rows).toEqual(
      [30, 60, 90].map((sec) => ({
        at: new Date(iso(sec)),
        busy_gpu_ms: 60_000n,
        idle_gpu_ms: 180_000n,
        busy_nano: 60_000_000n,
        idle_nano: 180_000_000n,
      })),
    );
    const rollup = await database.pool.query(
      "select node, pool, engine, sum(busy_nano)::text busy, sum(idle_nano)::text idle, sum(samples)::int samples, sum(generated_tokens) tokens from telemetry.node_rollup_hour group by 1, 2, 3",
    );
    expect(rollup.rows).toEqual([
      { node: "gpu-1", pool: "llama", engine: "vllm", busy: "180000000", idle: "540000000", samples: 3, tokens: 3000 },
    ]);
    expect(await database.prisma.node.findMany({ include: { pool: true } })).toMatchObject([
      {
        id: "gpu-1",
        gpuType: "NVIDIA H100 80GB HBM3",
        gpuCount: 8,
        commitment: "on-demand",
        pool: { id: "llama", model: "llama-3.3-70b", engine: "vllm" },
      },
    ]);
  });

  it("sent by six workers at once in overlapping shuffled batches are counted once, to the nano-dollar", async () => {
    await database.pool.query("truncate telemetry.node_rollup_hour, telemetry.node_rollup_minute, telemetry.node_rollup_day");
    const all = Array.from({ length: 120 }, (_, i) =>
      sample({
        node: `n-${i % 7}`,
        pool: `p-${i % 3}`,
        at: iso(30 * i),
        engineActive: (i % 11) / 11,
        intervalSec: 7 + (i % 5) / 3,
      }),
    );
    const shuffled = (seed: number) => all.toSorted((a, b) => hash(a, seed) - hash(b, seed));
    const hash = (item: { node: string; at: string }, seed: number) =>
      [...`${item.node}${item.at}${seed}`].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 1_000_003, 7);
    const results = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((seed) => ingestSamples(deps(), { receivedAt: Date.now(), items: shuffled(seed).slice(0, 100) })),
    );
    await ingestSamples(deps(), { receivedAt: Date.now(), items: all });
    expect(results.reduce((sum, { stored }) => sum + stored, 0)).toBeLessThanOrEqual(120);
    const sums = (table: string, count: string) =>
      database.pool.query(
        `select sum(busy_nano)::text busy, sum(idle_nano)::text idle, sum(busy_gpu_ms)::text ms, ${count}::int n from telemetry.${table}`,
      );
    const raw = (await sums("node_sample", "count(*)")).rows;
    expect(raw[0]).toMatchObject({ n: 120 });
    for (const grain of ["minute", "hour", "day"]) expect((await sums(`node_rollup_${grain}`, "sum(samples)")).rows).toEqual(raw);
  });

  it("prefer engine activity, then utilisation; without either nothing is called idle", async () => {
    await ingestSamples(deps(), {
      receivedAt: Date.now(),
      items: [
        sample({ node: "u", engineActive: null, gpuUtil: 0.5, gpuCount: 1 }),
        sample({ node: "v", engineActive: null, gpuUtil: null, gpuCount: 1 }),
        // A node without a known rate costs nothing that could be stated, and its time is right.
        sample({ node: "w", gpuType: "Quantum 9000", gpuCount: 1 }),
      ],
    });
    const { rows } = await database.pool.query(
      "select node, busy_gpu_ms, idle_gpu_ms, busy_nano, idle_nano from telemetry.node_sample order by node",
    );
    expect(rows).toEqual([
      { node: "u", busy_gpu_ms: 15_000n, idle_gpu_ms: 15_000n, busy_nano: 15_000_000n, idle_nano: 15_000_000n },
      { node: "v", busy_gpu_ms: 30_000n, idle_gpu_ms: 0n, busy_nano: 30_000_000n, idle_nano: 0n },
      { node: "w", busy_gpu_ms: 7_500n, idle_gpu_ms: 22_500n, busy_nano: 0n, idle_nano: 0n },
    ]);
  });

  it("drop DCGM's not-supported number as no reading, and refuse what is out of range by field", async () => {
    const { status, answer } = await post(
      postSamples,
      JSON.stringify({
        samples: [
          sample({ node: "dcgm", powerWatts: "SENTINEL", extra: { DCGM_FI_DEV_XID_ERRORS: "SENTINEL", temperature: 61 } }),
          sample({ gpuUtil: 93 }),
          sample({ promptTokens: -1 }),
          sample({ intervalSec: 0 }),
          sample({ gpuCount: 1.5 }),
          sample({ at: "2031-01-01T00:00:00Z" }),
          sample({ mood: "good" }),
          sample({ node: undefined }),
        ],
      }).replaceAll('"SENTINEL"', "9223372036854775794"),
    );
    expect(status).toBe(207);
    expect(answer).toMatchObject({ accepted: 1, rejected: 7 });
    expect(answer.items.map((item) => [item.index, item.code, item.field])).toEqual([
      [1, "out_of_range", "gpuUtil"],
      [2, "out_of_range", "promptTokens"],
      [3, "out_of_range", "intervalSec"],
      [4, "invalid_value", "gpuCount"],
      [5, "future_time", "at"],
      [6, "unknown_field", "mood"],
      [7, "missing_field", "node"],
    ]);
    expect(await rowsOf("select node, power_watts, extra from telemetry.node_sample", 1)).toEqual([
      { node: "dcgm", power_watts: null, extra: { temperature: 61 } },
    ]);
  });

  it("are not for senders that are limited to tenants", async () => {
    expect(await post(postSamples, JSON.stringify([sample()]), { key: tenantKey })).toMatchObject({ status: 403 });
  });
});
