import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "@/lib/log";
import { seedBasePriceBook } from "@/lib/pricing";
import { openQueues } from "@/lib/queue";
import { enqueueBatch, INGEST_QUEUE, readNativeEvent, type IngestJob } from "@/lib/telemetry";
import type { UsageEvent } from "@/lib/telemetry/event";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { readExactness } from "./expect-exact";
import { ingestEvents, startIngestWorker } from "./index";

const log = createLogger("test");
const base = Date.now();
const door = { now: base, rawRetentionDays: 35, tenants: "all" as const, apiKeyId: null };

function usageEvent(seed: number, override: Parameters<typeof nativeEvent>[1] = {}): UsageEvent {
  const read = readNativeEvent(nativeEvent(seed, override, base), door);
  if ("refusal" in read) throw new Error(read.refusal.message);
  return read.event;
}

async function freshDatabase(): Promise<TestDatabase> {
  const database = await testDatabase({ max: 10 });
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await seedBasePriceBook(database, new Date());
  return database;
}

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.close());

describe("exactly once", () => {
  it("10,000 events sent three times in random, reordered batches over two workers leave one of each and exact rollups", async () => {
    const seeds = Array.from({ length: 10_000 }, (_, seed) => seed);
    const three = fc.sample(fc.shuffledSubarray(seeds, { minLength: seeds.length }), { numRuns: 3, seed: 42 });
    const queues = openQueues({ databaseUrl: database.url });
    const queue = queues.queue<IngestJob>(INGEST_QUEUE);
    const other = openQueues({ databaseUrl: database.url });
    const workers = [startIngestWorker({ db: database, log }, queues), startIngestWorker({ db: database, log }, other)];
    let sent = 0;
    for (const order of three) {
      for (let at = 0; at < order.length;) {
        const size = 1 + ((at * 7_919) % 400);
        const items = order.slice(at, at + size).map((seed) => usageEvent(seed));
        await enqueueBatch(queue, { kind: "usage", receivedAt: base, apiKeyId: null, items });
        sent += items.length;
        at += size;
      }
    }
    expect(sent).toBe(30_000);
    const seen = () => workers.reduce((sum, { status }) => sum + status.eventsStored + status.duplicates, 0);
    await expect.poll(seen, { timeout: 60_000 }).toBe(30_000);
    await Promise.all(workers.map((worker) => worker.close()));
    await Promise.all([queues.close(), other.close()]);

    const exact = await readExactness(database.pool);
    expect(exact).toMatchObject({ rows: 10_000, ids: 10_000, identities: 10_000, differences: [] });
    expect(exact.costNano).toBeGreaterThan(0n);
    const { rows } = await database.pool.query(
      "select sum(accepted)::int a, sum(stored)::int s, sum(duplicates)::int d, sum(conflicts)::int c from telemetry.ingest_count",
    );
    expect(rows[0]).toEqual({ a: 30_000, s: 10_000, d: 20_000, c: 0 });
    // Three events an action (tenants take turns, ids of actions change every nine): 1,111 × 3 + 1.
    const firsts = await database.pool.query("select count(*)::int n from telemetry.event where first_of_action");
    expect(firsts.rows[0].n).toBe(3_334);
  }, 120_000);
});

describe("one id is charged once", () => {
  it("the same id with another time is a conflict that is kept once, with both times", async () => {
    const first = usageEvent(900_001, { id: "twice", tenant: "acme" });
    const second = usageEvent(900_001, { id: "twice", tenant: "acme", occurredAt: new Date(base - 3_600_000).toISOString() });
    expect(await ingestEvents({ db: database, log }, [first])).toMatchObject({ stored: 1, conflicts: 0 });
    for (let i = 0; i < 2; i++) {
      expect(await ingestEvents({ db: database, log }, [second])).toMatchObject({ stored: 0, conflicts: 1, duplicates: 0 });
    }
    const { rows } = await database.pool.query("select * from telemetry.dead_letter where event_id = 'twice'");
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ code: "conflict", field: "occurredAt", tenant: "acme", source: "usage" });
    expect(rows[0].reason).toContain(new Date(first.occurredAt).toISOString());
    expect(rows[0].reason).toContain(new Date(second.occurredAt).toISOString());
    expect(rows[0].payload.occurredAt).toBe(new Date(second.occurredAt).toISOString());
    expect((await database.pool.query("select count(*)::int n from telemetry.event where id = 'twice'")).rows[0].n).toBe(1);
  });

  it("inside one batch the first of an id counts, the same again is a duplicate, another content a conflict", async () => {
    const events = [
      usageEvent(900_010, { id: "b" }),
      usageEvent(900_010, { id: "b" }),
      usageEvent(900_010, { id: "b", endpoint: "other" }),
      usageEvent(900_011, { id: "c" }),
    ];
    const result = await ingestEvents({ db: database, log }, events);
    expect(result).toEqual({ stored: 2, duplicates: 1, conflicts: 1, poisoned: 0 });
  });
});

describe("requests that repeat", () => {
  it("flags the later of two equal requests of one tenant in the same five minutes, and no hit, retry or other tenant", async () => {
    const at = (second: number) => new Date(Math.floor(base / 300_000) * 300_000 - 300_000 + second * 1_000).toISOString();
    const make = (id: string, second: number, override: Parameters<typeof nativeEvent>[1] = {}) =>
      usageEvent(1, { id, requestId: id, occurredAt: at(second), tenant: "acme", requestHash: "same-question", ...override });
    await ingestEvents({ db: database, log }, [
      make("r2", 20),
      make("r1", 10),
      make("retry", 11, { final: false }),
      make("hit", 30, { cache: { layer: "exact", hit: true } }),
      make("elsewhere", 40, { tenant: "globex" }),
      make("next-window", 310),
    ]);
    await ingestEvents({ db: database, log }, [make("r3", 50)]);
    const { rows } = await database.pool.query(
      "select id from telemetry.event where duplicate and request_hash = 'same-question' order by id",
    );
    expect(rows.map(({ id }) => id)).toEqual(["r2", "r3"]);
  });
});

describe("poison", () => {
  it("an event that the database refuses is found and kept; its neighbours are stored", async () => {
    const neighbours = Array.from({ length: 40 }, (_, index) => usageEvent(700_000 + index));
    const poison = { ...usageEvent(700_100), endpoint: "nul\u0000byte", id: "poison-1" };
    const broken = { ...usageEvent(700_101), id: "poison-2", attempt: 3.5e10 };
    const result = await ingestEvents({ db: database, log }, [
      ...neighbours.slice(0, 17),
      poison,
      ...neighbours.slice(17),
      broken,
    ]);
    expect(result).toEqual({ stored: 40, duplicates: 0, conflicts: 0, poisoned: 2 });
    const { rows } = await database.pool.query(
      "select event_id, code, payload->>'endpoint' as endpoint from telemetry.dead_letter where code = 'poison' order by 1",
    );
    expect(rows).toMatchObject([{ event_id: "poison-1", endpoint: "nul\uFFFDbyte" }, { event_id: "poison-2" }]);
    expect((await readExactness(database.pool)).differences).toEqual([]);
  });
});
