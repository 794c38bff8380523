import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "@/lib/log";
import { readNativeEvent } from "@/lib/telemetry";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { ingestEvents } from "@/workers/ingest";
import { prune } from "./prune";

const DAY_MS = 86_400_000;
const now = Date.now();

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
});
afterAll(() => database.close());

const partitions = async () =>
  (
    await database.pool.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'telemetry.event'::regclass order by 1",
    )
  ).rows.map(({ name }) => name);

describe("retention", () => {
  it("drops whole old days with their ids, keeps the rest and the hours, and ingest makes a dropped day again", async () => {
    const door = { now, rawRetentionDays: 35, tenants: "all" as const, apiKeyId: null };
    const at = (daysAgo: number, seed: number) => {
      const occurredAt = new Date(now - daysAgo * DAY_MS).toISOString();
      const read = readNativeEvent(nativeEvent(seed, { occurredAt, actionId: `act-${seed}` }), door);
      if ("refusal" in read) throw new Error(read.refusal.message);
      return read.event;
    };
    const deps = { db: database, log: createLogger("test") };
    await ingestEvents(deps, [at(30, 1), at(10, 2), at(0, 3)]);
    await database.pool.query(
      `insert into telemetry.dead_letter (received_at, source, code, reason, payload) values ($1, 'usage', 'conflict', 'old', '{}'), ($2, 'usage', 'conflict', 'new', '{}')`,
      [new Date(now - 91 * DAY_MS), new Date(now)],
    );
    expect(await partitions()).toHaveLength(3);

    const gone = await prune(database.pool, { now, rawRetentionDays: 7 });
    expect(gone).toMatchObject({
      partitions: 2,
      "telemetry.event_identity": 2,
      "telemetry.action": 2,
      "telemetry.dead_letter": 1,
    });
    expect(await partitions()).toEqual([`telemetry.event_${new Date(now).toISOString().slice(0, 10).replaceAll("-", "")}`]);
    const left = await database.pool.query("select id from telemetry.event");
    expect(left.rows).toEqual([{ id: "evt-00000003" }]);
    expect((await database.pool.query("select count(*)::int as n from telemetry.rollup_hour")).rows[0].n).toBe(3);

    expect(await prune(database.pool, { now, rawRetentionDays: 7 })).toMatchObject({
      partitions: 0,
      "telemetry.event_identity": 0,
    });
    // This process remembers the day of 10 days ago as made; it notices that it is gone.
    expect(await ingestEvents(deps, [at(10, 4)])).toMatchObject({ stored: 1 });
  });
});
