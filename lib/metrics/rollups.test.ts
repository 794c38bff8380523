import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withTransaction } from "@/lib/db";
import { HistogramSum } from "@/lib/stats/histogram";
import type { RatedEvent } from "@/lib/telemetry/event";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { applyRollups } from "./apply-rollups";
import { buildRollupDeltas } from "./build-deltas";
import { DISTRIBUTIONS, MEASURES } from "./measures";
import { insertRawEvents, randomRatedEvent, seededRandom } from "./testing";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ max: 8 });
});
afterAll(() => db.close());

const TABLES = ["rollup_minute", "rollup_hour", "rollup_day"] as const;
// Series stay: programs remember their numbers.
const clear = () =>
  db.pool.query(`truncate telemetry.rollup_zone, telemetry.event,
    ${TABLES.join(", ")
      .split(", ")
      .map((name) => `telemetry.${name}, telemetry.${name.replace("rollup", "histogram")}`)
      .join(", ")}`);

const ingest = (events: RatedEvent[], timeZone: string, now: Date) =>
  withTransaction(db.pool, async (client) => {
    await insertRawEvents(client, events);
    await applyRollups(client, buildRollupDeltas(events, { timeZone, tagKeys: ["team"] }), { now });
  });

const rawMeasure = ({ name, sql }: (typeof MEASURES)[number]) =>
  `coalesce(sum((${sql})::${/^case|_nano$/.test(sql) ? "bigint" : "int"}), 0)::text as ${name}`;
const rolledMeasure = ({ name }: (typeof MEASURES)[number]) => `coalesce(sum(${name}), 0)::text as ${name}`;

/** Sums by bucket, tenant and model: from the raw rows and from one rollup table. */
async function bothSides(table: (typeof TABLES)[number], bucketSql: string) {
  const raw = await db.pool.query(
    `select ${bucketSql} as bucket, tenant, model_served, ${MEASURES.map(rawMeasure).join(", ")}
       from telemetry.event group by 1, 2, 3 order by 1, 2, 3`,
  );
  const rolled = await db.pool.query(
    `select bucket, tenant, model_served, ${MEASURES.map(rolledMeasure).join(", ")}
       from telemetry.${table} r join telemetry.series s on s.id = r.series_id group by 1, 2, 3 order by 1, 2, 3`,
  );
  return { raw: raw.rows, rolled: rolled.rows };
}

describe("rollups equal sums over the raw rows", () => {
  it.each([
    // Half-open days across a change of clocks: 25, 25, and 23 hours, and a zone that is 12:45 or 13:45 ahead.
    ["Europe/Paris", "2026-10-24T00:00:00Z"],
    ["America/Los_Angeles", "2026-10-31T00:00:00Z"],
    ["Asia/Kolkata", "2026-11-17T00:00:00Z"],
    ["Pacific/Chatham", "2026-09-25T12:00:00Z"],
  ])("to the nano-dollar, %s from %s, whatever the batches", async (timeZone, start) => {
    let seed = 1;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 4 }), async (batches) => {
        await clear();
        const random = seededRandom(seed++);
        const from = Date.parse(start);
        const now = new Date(from + 3 * 86_400_000);
        for (const [batch, size] of batches.entries()) {
          const events = Array.from({ length: size }, (_, index) =>
            randomRatedEvent(random, `${batch}-${index}`, from + Math.floor(random() * 3 * 86_400_000)),
          );
          await ingest(events, timeZone, now);
        }
        for (const [table, bucketSql] of [
          ["rollup_minute", "date_trunc('minute', occurred_at)"],
          ["rollup_hour", "date_trunc('hour', occurred_at at time zone 'UTC') at time zone 'UTC'"],
          ["rollup_day", `date_trunc('day', occurred_at, '${timeZone}')`],
        ] as const) {
          const { raw, rolled } = await bothSides(table, bucketSql);
          expect(rolled).toEqual(raw);
        }
      }),
      { numRuns: 8 },
    );
  });

  it("holds every observation in the histograms of every grain", async () => {
    await clear();
    const random = seededRandom(7);
    const from = Date.parse("2026-11-18T00:00:00Z");
    const now = new Date(from + 86_400_000);
    for (let batch = 0; batch < 40; batch++) {
      const events = Array.from({ length: 50 }, (_, index) => {
        const event = randomRatedEvent(random, `${batch}-${index}`, from + Math.floor(random() * 3_600_000));
        return { ...event, tenant: "acme", endpoint: "e", feature: null, route: null, generation: null, tags: {} };
      });
      await ingest(events, "UTC", now);
    }
    for (const { name, sql } of DISTRIBUTIONS) {
      const { rows: observed } = await db.pool.query<{ n: bigint }>(`select count(${sql}) as n from telemetry.event`);
      for (const grain of ["minute", "hour", "day"]) {
        const { rows } = await db.pool.query<{ bytes: Buffer }>(`select ${name} as bytes from telemetry.histogram_${grain}`);
        const sum = new HistogramSum();
        for (const row of rows) if (row.bytes) sum.addEncoded(row.bytes);
        expect([name, grain, sum.count]).toEqual([name, grain, Number(observed[0]!.n)]);
      }
    }
  });

  it("loses nothing when many writers commit at once and some roll back", async () => {
    await clear();
    const random = seededRandom(11);
    const from = Date.parse("2026-11-19T10:00:00Z");
    const now = new Date(from + 3_600_000);
    const batches = Array.from({ length: 24 }, (_, batch) =>
      Array.from({ length: 60 }, (_, index) =>
        randomRatedEvent(random, `${batch}-${index}`, from + Math.floor(random() * 600_000)),
      ),
    );
    await db.pool.query("select telemetry.ensure_event_partition('2026-11-19')");
    const results = await Promise.allSettled(
      batches.map((events, batch) =>
        withTransaction(db.pool, async (client) => {
          await insertRawEvents(client, events);
          await applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: [] }), { now });
          if (batch % 4 === 0) throw new Error("killed before commit");
        }),
      ),
    );
    expect(results.filter((result) => result.status === "rejected").map((result) => String(result.reason))).toEqual(
      Array(6).fill("Error: killed before commit"),
    );
    const { raw, rolled } = await bothSides("rollup_minute", "date_trunc('minute', occurred_at)");
    expect(raw.length).toBeGreaterThan(20);
    expect(rolled).toEqual(raw);
  });
});

describe("series", () => {
  it("folds values beyond the budget into (other), keeps totals, and says so", async () => {
    const db = await testDatabase();
    const from = Date.parse("2026-11-19T10:00:00Z");
    const events = Array.from({ length: 10 }, (_, index) => ({
      ...randomRatedEvent(seededRandom(3), `${index}`, from),
      feature: `feature-${index}`,
    }));
    await withTransaction(db.pool, async (client) => {
      await applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: [] }), {
        now: new Date(from),
        budget: (dimension) => (dimension === "feature" ? 4 : 1_000),
      });
    });
    const { rows } = await db.pool.query<{ feature: string; events: string }>(
      `select feature, sum(events)::text as events from telemetry.rollup_day r join telemetry.series s on s.id = r.series_id
        group by 1 order by 1`,
    );
    expect(rows).toEqual([
      { feature: "(other)", events: "6" },
      ...[0, 1, 2, 3].map((index) => ({ feature: `feature-${index}`, events: "1" })),
    ]);
    const overflow = await db.pool.query("select dimension, folded::text from telemetry.series_overflow");
    expect(overflow.rows).toEqual([{ dimension: "feature", folded: "6" }]);
    await db.close();
  });

  it("stops telling the finest dimensions apart when there are too many series, and keeps totals", async () => {
    const db = await testDatabase();
    const from = Date.parse("2026-11-19T10:00:00Z");
    const add = (id: string, feature: string, endpoint: string) =>
      withTransaction(db.pool, (client) => {
        const event = {
          ...randomRatedEvent(seededRandom(3), id, from),
          feature,
          endpoint,
          tags: {},
          generation: null,
          gateway: null,
        };
        return applyRollups(client, buildRollupDeltas([event], { timeZone: "UTC", tagKeys: [] }), {
          now: new Date(from),
          maxSeries: 1,
        });
      });
    await add("1", "chat", "a");
    await add("2", "chat", "b");
    await add("3", "mail", "b");
    await add("4", "chat", "a");
    const { rows } = await db.pool.query(
      `select endpoint, feature, sum(events)::int as events from telemetry.rollup_day r join telemetry.series s on s.id = r.series_id
        group by 1, 2 order by 1, 2`,
    );
    expect(rows).toEqual([
      { endpoint: "a", feature: "chat", events: 2 },
      { endpoint: "b", feature: "(other)", events: 2 },
    ]);
    await db.close();
  });

  it("does not remember numbers of a transaction that rolled back", async () => {
    const db = await testDatabase();
    const from = Date.parse("2026-11-19T10:00:00Z");
    const deltas = buildRollupDeltas([randomRatedEvent(seededRandom(5), "1", from)], { timeZone: "UTC", tagKeys: [] });
    await withTransaction(db.pool, async (client) => {
      await client.query("savepoint inner_work");
      await applyRollups(client, deltas, { now: new Date(from) });
      await applyRollups(client, deltas, { now: new Date(from) });
      throw new Error("rolled back");
    }).catch(() => undefined);
    await withTransaction(db.pool, (client) => applyRollups(client, deltas, { now: new Date(from) }));
    const { rows } = await db.pool.query<{ n: bigint }>(
      "select count(*) as n from telemetry.rollup_hour r join telemetry.series s on s.id = r.series_id",
    );
    expect(rows).toEqual([{ n: 1n }]);
    await db.close();
  });

  it("does not write minutes older than seven days, but their hour and day", async () => {
    await clear();
    const now = new Date("2026-11-20T12:00:00Z");
    const old = randomRatedEvent(seededRandom(9), "1", Date.parse("2026-11-10T10:00:00Z"));
    await withTransaction(db.pool, (client) =>
      applyRollups(client, buildRollupDeltas([old], { timeZone: "UTC", tagKeys: [] }), { now }),
    );
    const counts = await db.pool.query(`select (select count(*) from telemetry.rollup_minute)::int as minutes,
      (select count(*) from telemetry.rollup_hour)::int as hours, (select count(*) from telemetry.rollup_day)::int as days`);
    expect(counts.rows).toEqual([{ minutes: 0, hours: 1, days: 1 }]);
  });

  it("has one column for every measure and distribution", async () => {
    const { rows } = await db.pool.query<{ table_name: string; columns: string[] }>(
      `select table_name, array_agg(column_name::text order by ordinal_position) as columns
         from information_schema.columns where table_schema = 'telemetry' and table_name in ('rollup_day', 'histogram_day')
        group by 1 order by 1`,
    );
    expect(rows.map((row) => row.columns.slice(2))).toEqual([
      DISTRIBUTIONS.map(({ name }) => name),
      MEASURES.map(({ name }) => name),
    ]);
  });
});
