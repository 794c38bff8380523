/** A page that changes, over real HTTP, through the spool and the console's real door, to rows of telemetry.node_sample. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashApiKey } from "@/lib/auth/key-actor";
import { db } from "@/lib/db";
import { freePort } from "@/lib/db/embedded";
import { createLogger } from "@/lib/log";
import { openQueues, queues, type Queues } from "@/lib/queue";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { serveRoutes, type ServedRoutes } from "@/lib/testing/serve-routes";
import { startIngestWorker, type IngestWorker } from "../../ingest";
import { openSampleDelivery } from "./deliver-samples";
import { startCollectors } from "./start-collectors";
import { metricsServer, type MetricsServer } from "./testing/metrics-server";
import { advance, fixture } from "./testing/pages";
import { steppedClock } from "./testing/stepped-clock";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-samples-"));
let database: TestDatabase;
let own: Queues;
let worker: IngestWorker;
let console_: ServedRoutes | undefined;
let engine: MetricsServer;
let gpus: MetricsServer;
let POST: Parameters<typeof serveRoutes>[0][string];
let ingestKey: string;

beforeAll(async () => {
  database = await testDatabase({ max: 6 });
  Object.assign(process.env, { DATABASE_URL: database.url, REDIS_URL: "" });
  POST = (await import("@/app/api/v1/samples/route")).POST as typeof POST;
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await database.prisma.gpuRate.create({ data: { gpuType: "H100", usdPerHour: "3.6", source: "test" } });
  ingestKey = `hr_${randomBytes(32).toString("base64url")}`;
  await database.prisma.apiKey.create({
    data: { name: "agent", prefix: ingestKey.slice(0, 8), hash: hashApiKey(ingestKey), scopes: ["ingest"] },
  });
  own = openQueues({ databaseUrl: database.url });
  worker = startIngestWorker({ db: database, log: createLogger("test", "silent") }, own);
  engine = await metricsServer(fixture("vllm-new.prom"));
  gpus = await metricsServer(fixture("dcgm.prom"));
});
afterAll(async () => {
  await console_?.close();
  await Promise.all([engine.close(), gpus.close()]);
  await worker.close();
  await own.close();
  await queues({ databaseUrl: database.url }).close();
  await db().close();
  await database.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

describe("samples of a node", () => {
  it("are in the console once each, though it was away, asked to wait, and lost an answer", async () => {
    const port = await freePort();
    const said: string[] = [];
    const log = (_: string, message: string) => said.push(message);
    const to = { dir, consoleUrl: `http://127.0.0.1:${port}`, ingestKey, limitBytes: 10_000_000, log };
    const clock = steppedClock();
    const first = openSampleDelivery(to);
    let deliver = first.deliver;
    const collectors = startCollectors({
      node: "node-1",
      pool: "chat",
      sources: [
        { kind: "vllm", url: engine.url },
        { kind: "dcgm", url: gpus.url },
      ],
      intervalSec: 15,
      deliver: (sample) => deliver(sample),
      clock,
      fetch,
      log,
    });
    const interval = async (tokens: number) => {
      await clock.waiting(15_000);
      engine.page = advance(fixture("vllm-new.prom"), { "vllm:generation_tokens_total": tokens });
      clock.advance(15_000);
      await clock.waiting(15_000);
    };

    // Nobody listens; the samples wait on disk, also while the agent is replaced.
    await interval(100);
    await expect.poll(() => said).toContain("the console does not take telemetry; it waits on disk");
    await interval(250);
    expect(first.spoolBytes()).toBeGreaterThan(1_000);
    await first.close(0);
    const second = openSampleDelivery(to);
    deliver = second.deliver;
    await interval(300);

    const answered: number[] = [];
    console_ = await serveRoutes(
      {
        "POST /api/v1/samples": async (request, next) => {
          answered.push(Date.now());
          if (answered.length === 1) return new Response("wait", { status: 429, headers: { "retry-after": "2" } });
          const answer = await POST(request, next);
          return answered.length === 2 ? new Response("lost", { status: 502 }) : answer;
        },
      },
      port,
    );
    const rows = async () =>
      (
        await database.pool.query(
          `select node, pool, engine, model, gpu_count, interval_sec, engine_active, running, generated_tokens, energy_mj,
                  busy_gpu_ms::text, idle_nano::text, extra->>'setup_cache_dtype' as cache_dtype
           from telemetry.node_sample order by at`,
        )
      ).rows;
    await expect.poll(async () => (await rows()).length, { timeout: 20_000 }).toBe(3);
    await expect.poll(() => second.spoolBytes(), { timeout: 20_000 }).toBe(0);
    expect(answered[1]! - answered[0]!).toBeGreaterThanOrEqual(1_990);

    const row = {
      node: "node-1",
      pool: "chat",
      engine: "vllm",
      model: "meta-llama/Llama-3.1-8B-Instruct",
      gpu_count: 2,
      interval_sec: 15,
      engine_active: 0.5,
      running: 12,
      energy_mj: 0,
      // Two GPUs for 15 s, half of it busy; idle: 15 GPU seconds at $3.60 an hour.
      busy_gpu_ms: "15000",
      idle_nano: "15000000",
      cache_dtype: "fp8",
    };
    expect(await rows()).toEqual([100, 150, 50].map((tokens) => ({ ...row, generated_tokens: tokens })));
    await collectors.close();
    await second.close(5_000);
    expect([second.counts.rejected, second.dropped(), fs.readdirSync(dir)]).toEqual([0, 0, []]);
    const node = await database.pool.query("select gpu_type, gpu_count, pool_id from node where id = 'node-1'");
    expect(node.rows).toEqual([{ gpu_type: "NVIDIA H100 80GB HBM3", gpu_count: 2, pool_id: "chat" }]);
  }, 60_000);

  it("that are more than the disk may hold are counted, and never stop the agent", () => {
    const small = openSampleDelivery({
      dir: path.join(dir, "small"),
      consoleUrl: "http://127.0.0.1:9",
      ingestKey,
      limitBytes: 100,
      log: () => undefined,
    });
    const sample = { node: "n", pool: "p", at: new Date().toISOString(), intervalSec: 15, gpuCount: 1 };
    small.deliver(sample);
    small.deliver(sample);
    expect([small.dropped(), small.spoolBytes() <= 100]).toEqual([1, true]);
    return small.close(0);
  });
});
