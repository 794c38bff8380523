import { afterAll, beforeAll, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { insertRawEvents, randomRatedEvent, seededRandom } from "@/lib/metrics/testing";
import type { RatedEvent } from "@/lib/telemetry/event";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { listPrefixes } from "./list-prefixes";

const START = Date.parse("2026-11-20T10:00:00Z");
const period = { from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" };
let db: TestDatabase;
let ctx: Ctx;

beforeAll(async () => {
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now: new Date("2026-11-20T20:00:00Z"), log: createLogger("test") };
  const base = randomRatedEvent(seededRandom(3), "x", START);
  const call = (id: string, tenant: string, input: number, cacheRead: number, savedNanoUsd = 0n): RatedEvent => ({
    ...base,
    id,
    tenant,
    endpoint: "kb",
    modelServed: "m",
    shadow: false,
    cacheLayer: "none",
    cacheHit: false,
    meters: { ...base.meters, input, cacheRead },
    rating: { ...base.rating, savedNanoUsd },
  });
  await withTransaction(db.pool, (client) =>
    insertRawEvents(client, [
      call("a1", "acme", 1_000, 0),
      call("a2", "acme", 200, 800, 5_000_000n),
      call("a3", "acme", 200, 800, 5_000_000n),
      call("b1", "acme", 9_000, 0),
      call("g1", "globex", 500, 0),
      call("n1", "acme", 100, 0),
    ]),
  );
  await db.pool.query(
    "update telemetry.event set prefix_hash = case when id like 'a%' then 'A' when id = 'n1' then null else 'B' end",
  );
});
afterAll(() => db.close());

it("counts calls that began like one before them: 2 of 5 that name a prefix, and lists what repeats first", async () => {
  const { calls, repeated, prefixes } = await listPrefixes(ctx, period);
  expect([calls, repeated]).toEqual([5, 2]);
  expect(
    prefixes.map((row) => [row.prefixHash, row.tenant, row.calls, row.uncachedTokens, row.cachedTokens, row.savedUsd]),
  ).toEqual([
    ["A", "acme", 3, 1_400, 1_600, "0.01"],
    ["B", "acme", 1, 9_000, 0, "0"],
    ["B", "globex", 1, 500, 0, "0"],
  ]);
});

it("shows somebody limited to a tenant only that tenant's, and refuses a period that would read too much", async () => {
  const own = await listPrefixes({ ...ctx, actor: { ...SYSTEM_ACTOR, tenants: ["globex"] } }, period);
  expect([own.calls, own.repeated, own.prefixes.map(({ tenant }) => tenant)]).toEqual([1, 0, ["globex"]]);
  await expect(listPrefixes(ctx, { from: "2026-01-01T00:00:00Z", to: period.to })).rejects.toThrow(/at most 35 days/);
});
