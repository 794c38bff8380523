/** The hourly search on a real database: four weeks of one endpoint, of which six hours were bad. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { applyRollups, buildRollupDeltas } from "@/lib/metrics";
import { randomRatedEvent, seededRandom } from "@/lib/metrics/testing";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { HOUR_MS } from "@/lib/time";
import { ANOMALY_SEEKER, claimScan, listAnomalies, searchAnomalies } from "./index";

/** A Friday. */
const NOW = Date.parse("2026-11-20T18:00:00Z");
const HOURS = Array.from({ length: 28 * 24 }, (_, n) => NOW - (n + 1) * HOUR_MS).reverse();
const BAD = HOURS.slice(-8, -2);
const OUTCOMES = 20;

let db: TestDatabase;
const ctx = (now: number): Ctx => ({ actor: ANOMALY_SEEKER, db, now: new Date(now), log: createLogger("test") });

beforeAll(async () => {
  db = await testDatabase();
  const one = randomRatedEvent(seededRandom(2), "hour", NOW);
  const events = HOURS.map((at, n) => ({
    ...one,
    id: `hour-${n}`,
    occurredAt: at + 60_000,
    tenant: "acme",
    endpoint: "support.answer",
    final: true,
    shadow: false,
    rating: { ...one.rating, costNanoUsd: 1_000_000_000n },
  }));
  await withTransaction(db.pool, (client) =>
    applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: [] }), { now: new Date(NOW) }),
  );
  // 18 of 20 are good, 5 of 20 in the bad hours; every third hour of a day one fewer.
  const outcomes = HOURS.flatMap((at, hour) => {
    const good = (BAD.includes(at) ? 5 : 18) - (hour % 3 === 0 ? 1 : 0);
    return Array.from({ length: OUTCOMES }, (_, n) => ({
      id: `o-${hour}-${n}`,
      at: new Date(at + n * 60_000),
      value: n < good ? 1 : 0,
    }));
  });
  await db.pool.query(
    `insert into telemetry.outcome (id, occurred_at, received_at, tenant, endpoint, action_id, kpi, value, content_hash)
     select id, at, at, 'acme', 'support.answer', id, 'resolved', value, 0
     from unnest($1::text[], $2::timestamptz[], $3::float8[]) as t (id, at, value)`,
    [outcomes.map(({ id }) => id), outcomes.map(({ at }) => at), outcomes.map(({ value }) => value)],
  );
});
afterAll(() => db.close());

async function search(now: number): Promise<number | null> {
  const claim = await claimScan(ctx(now), 60_000);
  return claim && searchAnomalies(ctx(now), claim);
}

it("finds worse quality without a rule, says it once, with the money spent on what was worse", async () => {
  expect(await search(NOW)).toBe(1);
  // Searched already in this hour; in the next one it is found again, and is the same.
  expect(await search(NOW + 60_000)).toBeNull();
  expect(await search(NOW + HOUR_MS)).toBe(1);
  const { items } = await listAnomalies(ctx(NOW + HOUR_MS));
  expect(items).toMatchObject([
    {
      metric: "quality_rate",
      direction: "down",
      from: new Date(BAD[0]!).toISOString(),
      to: new Date(BAD.at(-1)! + HOUR_MS).toISOString(),
      common: { tenant: "acme", endpoint: "support.answer" },
      causes: null,
    },
  ]);
  const [part] = items[0]!.parts;
  // Four hours of 5 in place of 18, two of 4 in place of 17: 28 and 106 of 120. Each is 0.65 worse than usual, at $1 an hour.
  expect([part!.actual, part!.expected]).toEqual([0.233333, 0.883333]);
  expect(Number(items[0]!.impactUsd)).toBeCloseTo(3.9, 9);
  const { rows } = await db.pool.query("select kind, title from notification where source = 'anomaly'");
  expect(rows).toEqual([{ kind: "quality_rate", title: "Worse quality than usual at tenant acme, endpoint support.answer" }]);
});

it("is not there for those who may not see the tenant", async () => {
  const other = { ...SYSTEM_ACTOR, tenants: ["globex"] };
  expect((await listAnomalies({ ...ctx(NOW), actor: other })).items).toEqual([]);
});
