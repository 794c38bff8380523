import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { freePort } from "@/lib/db/embedded";
import { createLogger } from "@/lib/log";
import { openQueues } from "@/lib/queue";
import { enqueueBatch, INGEST_QUEUE, requireRoomInQueue, type IngestJob } from "@/lib/telemetry";
import { nativeEvent } from "@/lib/testing/native-event";
import { ownPostgres } from "@/lib/testing/own-postgres";
import { openUsageDoor } from "@/lib/testing/usage-door";
import { startIngestWorker } from "@/workers/ingest";

describe("when the queue is behind or the database away", () => {
  it("refuses with Retry-After, and stores everything that it had accepted once the database is back", async () => {
    const postgres = await ownPostgres();
    const door = await openUsageDoor(postgres.url, { HEADROOM_INGEST_MAX_LAG: "3" });

    const accepted: string[] = [];
    const send = async (batch: number) => {
      const events = Array.from({ length: 10 }, (_, index) => nativeEvent(batch * 10 + index));
      const answer = await door.post(JSON.stringify({ events }));
      if (answer.status === 200) accepted.push(...events.map((event) => event.id));
      return answer;
    };
    // Nobody works: after a few batches (the count is up to a second old) the door refuses.
    let batch = 0;
    await expect.poll(async () => (await send(batch++)).status, { interval: 100, timeout: 10_000 }).toBe(429);
    const behind = await send(batch++);
    expect(behind.status).toBe(429);
    expect(Number(behind.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(behind.problem).toMatchObject({ code: "busy" });

    await postgres.crash();
    // Until the count of waiting batches is asked for again, "behind" is what the door knows.
    await expect.poll(async () => (await send(batch++)).status, { interval: 200, timeout: 10_000 }).toBe(503);
    const away = await send(batch++);
    expect(away.status).toBe(503);
    expect(Number(away.headers.get("retry-after"))).toBeGreaterThan(0);

    await postgres.restart();
    const queues = openQueues({ databaseUrl: postgres.url });
    const worker = startIngestWorker({ db: door.db, log: createLogger("test") }, queues);
    const ids = async () =>
      (await door.db.pool.query<{ id: string }>("select id from telemetry.event order by id")).rows.map(({ id }) => id);
    await expect.poll(async () => (await ids()).length, { timeout: 20_000 }).toBe(accepted.length);
    expect(await ids()).toEqual(accepted.toSorted());
    await expect.poll(async () => (await send(batch)).status, { interval: 200, timeout: 10_000 }).toBe(200);

    await worker.close();
    await queues.close();
    await door.close();
    await postgres.close();
  }, 120_000);
});

const redis = redisBinary();
if (!redis) console.warn("skipped: Redis away — redis-server is not installed (apt-get install redis-server)");
describe.skipIf(!redis)("when Redis is away", () => {
  it("the door says 503 with Retry-After within seconds instead of hanging", async () => {
    const port = await freePort();
    const server = spawn(redis!, ["--port", String(port), "--save", "", "--appendonly", "no"], { stdio: "ignore" });
    const queues = openQueues({ databaseUrl: "postgres://unused", redisUrl: `redis://127.0.0.1:${port}` });
    const queue = queues.queue<IngestJob>(INGEST_QUEUE);
    const batch = { kind: "outcomes" as const, items: [{}], receivedAt: 0, apiKeyId: null };
    await enqueueBatch(queue, batch);
    server.kill("SIGKILL");
    await once(server, "exit");
    const refused = { code: "unavailable", status: 503, details: { retryAfterSec: 5 } };
    await expect(enqueueBatch(queue, batch)).rejects.toMatchObject(refused);
    await expect(requireRoomInQueue(queue, 10)).rejects.toMatchObject(refused);
    // Closing would wait for the server that is gone; the process's end closes it.
    void queues.close().catch(() => undefined);
  }, 30_000);
});

function redisBinary(): string | undefined {
  try {
    return execFileSync("sh", ["-c", "command -v redis-server"]).toString().trim();
  } catch {
    return undefined;
  }
}
