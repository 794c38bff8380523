import { createHash, randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "@/lib/log";
import { openQueues, type Queues } from "@/lib/queue";
import { INGEST_QUEUE, type IngestJob } from "@/lib/telemetry";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { startIngestWorker, type IngestWorker } from "./index";

/** The whole path in one process: the real route handler, the real queue, the real worker, a real database. */
let database: TestDatabase;
let queues: Queues;
let worker: IngestWorker | undefined;
let POST: (request: Request, next: { params: Promise<Record<string, never>> }) => Promise<Response>;
const KEY = "hr_pipeline-test-key-0123456789abcdefghij";

beforeAll(async () => {
  database = await testDatabase({ max: 10 });
  process.env["DATABASE_URL"] = database.url;
  delete process.env["REDIS_URL"];
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await database.prisma.apiKey.create({
    data: {
      id: randomUUID(),
      name: "test",
      prefix: KEY.slice(0, 8),
      hash: createHash("sha256").update(KEY).digest("hex"),
      scopes: ["ingest"],
    },
  });
  POST = (await import("@/app/api/v1/usage/route")).POST as typeof POST;
  queues = openQueues({ databaseUrl: database.url });
});

afterAll(async () => {
  await worker?.close();
  await queues.close();
  const { db } = await import("@/lib/db");
  await db().close();
  const { queues: processQueues } = await import("@/lib/queue");
  await processQueues({ databaseUrl: database.url }).close();
  await database.close();
});

async function send(body: unknown, query = ""): Promise<{ status: number; answer: Record<string, unknown> }> {
  const request = new Request(`http://localhost/api/v1/usage${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const response = await POST(request, { params: Promise.resolve({}) });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

describe("usage, from the door to the rows", () => {
  it("accepts a batch, stores it once and makes its tenants", async () => {
    const events = Array.from({ length: 100 }, (_, seed) => nativeEvent(seed));
    expect(await send({ events })).toEqual({
      status: 200,
      answer: { accepted: 100, duplicates: 0, conflicts: 0, rejected: 0, items: [] },
    });
    worker = startIngestWorker({ db: database, log: createLogger("test") }, queues);
    await expect
      .poll(async () => (await database.pool.query("select count(*)::int as n from telemetry.event")).rows[0].n, {
        timeout: 20_000,
      })
      .toBe(100);
    const tenants = await database.prisma.tenant.findMany({ orderBy: { id: "asc" } });
    expect(tenants.map(({ id, discovered }) => [id, discovered])).toEqual([
      ["acme", true],
      ["globex", true],
      ["initech", true],
    ]);
  });

  it("keeps a job that cannot be read as one dead letter, and goes on with its neighbours", async () => {
    const queue = queues.queue<IngestJob>(INGEST_QUEUE);
    const job = {
      v: 1 as const,
      kind: "usage" as const,
      receivedAt: Date.now(),
      apiKeyId: null,
      encoding: "gzip" as const,
      count: 1,
    };
    await queue.add("usage", { ...job, body: "bm90IGd6aXA=" });
    await queue.add("usage", { ...job, body: gzipSync('[["too","short"]]').toString("base64") });
    await queue.add("usage", { v: 9 } as never);
    await send({ events: [nativeEvent(5_000)] });
    const letters = async () =>
      (await database.pool.query("select reason from telemetry.dead_letter where code = 'unreadable_job' order by 1")).rows
        .length;
    await expect.poll(letters, { timeout: 20_000 }).toBe(3);
    const stored = async () => (await database.pool.query("select 1 from telemetry.event where id = 'evt-00005000'")).rowCount;
    await expect.poll(stored, { timeout: 20_000 }).toBe(1);
    await expect.poll(async () => (await queue.counts()).active, { timeout: 20_000 }).toBe(0);
    expect(await queue.counts()).toMatchObject({ waiting: 0, failed: 0 });
  });
});
