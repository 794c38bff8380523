import { describe, expect, it } from "vitest";
import { openDb } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { openQueues } from "@/lib/queue";
import { enqueueBatch, INGEST_QUEUE, readNativeEvent, type IngestJob } from "@/lib/telemetry";
import { nativeEvent } from "@/lib/testing/native-event";
import { ownPostgres } from "@/lib/testing/own-postgres";
import { readExactness } from "./expect-exact";
import { startIngestWorker } from "./index";

const EVENTS = 8_000;
const PER_BATCH = 100;

/** PostgreSQL, with the queue in it, stops without warning under a working worker; the worker lives on. */
describe("the database crashes mid-transaction", () => {
  it("loses nothing and doubles nothing when it is back", async () => {
    const postgres = await ownPostgres();
    const db = openDb(postgres.url, { max: 6 });
    await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
    const queues = openQueues({ databaseUrl: postgres.url });
    const queue = queues.queue<IngestJob>(INGEST_QUEUE);
    const now = Date.now();
    for (let at = 0; at < EVENTS; at += PER_BATCH) {
      const items = Array.from({ length: PER_BATCH }, (_, index) => {
        const read = readNativeEvent(nativeEvent(at + index, {}, now), {
          now,
          rawRetentionDays: 35,
          tenants: "all",
          apiKeyId: null,
        });
        if ("refusal" in read) throw new Error(read.refusal.message);
        return read.event;
      });
      await enqueueBatch(queue, { kind: "usage", receivedAt: now, apiKeyId: null, items });
    }

    const worker = startIngestWorker({ db, log: createLogger("test") }, queues);
    await expect.poll(() => worker.status.eventsStored, { interval: 1, timeout: 20_000 }).toBeGreaterThan(0);
    expect(worker.status.eventsStored).toBeLessThan(EVENTS);
    await postgres.crash();
    await postgres.restart();

    const stored = async () =>
      (await db.pool.query<{ n: number }>("select count(*)::int as n from telemetry.event").catch(() => undefined))?.rows[0]?.n;
    await expect.poll(stored, { interval: 250, timeout: 90_000 }).toBe(EVENTS);
    await expect.poll(async () => (await queue.counts()).active, { interval: 250, timeout: 60_000 }).toBe(0);
    expect(await readExactness(db.pool)).toMatchObject({ rows: EVENTS, ids: EVENTS, identities: EVENTS, differences: [] });

    await worker.close();
    await queues.close();
    await db.close();
    await postgres.close();
  }, 180_000);
});
