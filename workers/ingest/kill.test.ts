import { execFileSync, spawn } from "node:child_process";
import { describe, it, type ExpectStatic } from "vitest";
import { freePort } from "@/lib/db/embedded";
import { seedBasePriceBook } from "@/lib/pricing";
import { openQueues, type QueueSettings } from "@/lib/queue";
import { enqueueBatch, INGEST_QUEUE, readNativeEvent, type IngestJob } from "@/lib/telemetry";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { startWorker } from "../testing/worker-process";
import { readExactness } from "./expect-exact";

/** The real worker program, killed with -9 while it works, again and again. */
const EVENTS = 12_000;
const PER_BATCH = 60;
const KILLS = 4;

async function survivesKills(expect: ExpectStatic, database: TestDatabase, settings: QueueSettings): Promise<void> {
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await seedBasePriceBook(database, new Date());
  const base = Date.now();
  const door = { now: base, rawRetentionDays: 35, tenants: "all" as const, apiKeyId: null };
  const queues = openQueues(settings);
  const queue = queues.queue<IngestJob>(INGEST_QUEUE);
  for (let at = 0; at < EVENTS; at += PER_BATCH) {
    const items = Array.from({ length: PER_BATCH }, (_, index) => {
      const read = readNativeEvent(nativeEvent(at + index, {}, base), door);
      if ("refusal" in read) throw new Error(read.refusal.message);
      return read.event;
    });
    await enqueueBatch(queue, { kind: "usage", receivedAt: base, apiKeyId: null, items });
  }

  const stored = async () => (await database.pool.query("select count(*)::int n from telemetry.event")).rows[0].n as number;
  const start = () => startWorker("ingest", database.url, { REDIS_URL: settings.redisUrl ?? "" });
  let interrupted = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const before = await stored();
    const worker = start();
    await worker.ready;
    // Mid-way: something was committed since, and (until the end) something is still in its hands. When all that is left was
    // in dead hands, it comes free only after its lock (30 s) and the next round for stalled jobs (15 s).
    await expect.poll(stored, { interval: 5, timeout: 120_000 }).toSatisfy((count: number) => count > before || count === EVENTS);
    await worker.kill();
    interrupted += (await queue.counts()).active;
  }
  expect(interrupted).toBeGreaterThan(0);
  const last = start();
  await last.ready;
  await expect.poll(stored, { interval: 200, timeout: 120_000 }).toBe(EVENTS);
  // A job that was in dead hands may fail once and wait for its next try: the queue is done when nothing is left in any state.
  const done = { waiting: 0, delayed: 0, active: 0, failed: 0 };
  await expect.poll(() => queue.counts(), { interval: 200, timeout: 120_000 }).toEqual(done);
  expect(await last.stop()).toBe(0);

  expect(await readExactness(database.pool)).toMatchObject({ rows: EVENTS, ids: EVENTS, identities: EVENTS, differences: [] });
  expect(await queue.counts()).toEqual(done);
  await queues.close();
}

// Most of the time goes by until the jobs of the dead are taken over: both backends wait at the same time.
describe.concurrent("kill -9 of the worker mid-way, several times", () => {
  it("loses nothing and doubles nothing with the queue in PostgreSQL", async ({ expect }) => {
    const database = await testDatabase();
    try {
      await survivesKills(expect, database, { databaseUrl: database.url });
    } finally {
      await database.close();
    }
  }, 600_000);

  const redis = redisBinary();
  if (!redis)
    console.warn("skipped: kill -9 with the queue in Redis — redis-server is not installed (apt-get install redis-server)");
  it.skipIf(!redis)(
    "loses nothing and doubles nothing with the queue in Redis",
    async ({ expect }) => {
      const database = await testDatabase();
      const port = await freePort();
      const server = spawn(redis!, ["--port", String(port), "--save", "", "--appendonly", "no"], { stdio: "ignore" });
      try {
        await survivesKills(expect, database, { databaseUrl: database.url, redisUrl: `redis://127.0.0.1:${port}` });
      } finally {
        server.kill();
        await database.close();
      }
    },
    600_000,
  );
});

function redisBinary(): string | undefined {
  try {
    return execFileSync("sh", ["-c", "command -v redis-server"]).toString().trim();
  } catch {
    return undefined;
  }
}
