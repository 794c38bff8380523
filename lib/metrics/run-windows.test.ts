/** Many windows at once against one query for each: the same numbers, however the windows lie. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { applyRollups } from "./apply-rollups";
import { buildRollupDeltas } from "./build-deltas";
import { runQuery } from "./run-query";
import { cutWindows, runWindows, type Window } from "./run-windows";
import type { MetricCell } from "./schemas";
import { insertRawEvents, randomRatedEvent, seededRandom } from "./testing";

const MINUTE = 60_000;
const START = Date.parse("2026-11-20T00:00:00Z");
const MINUTES = 2 * 24 * 60;
const METRICS = ["cost_usd", "requests", "error_rate", "cost_per_successful_request", "latency_p95", "quality_rate"];

describe("cutting", () => {
  it("leaves stretches that no window needs out", () => {
    const cut = cutWindows([
      { from: 0, to: 10 },
      { from: 5, to: 15 },
      { from: 100, to: 110 },
    ]);
    expect(cut.map(({ from, to }) => [from, to])).toEqual([
      [0, 5],
      [5, 10],
      [10, 15],
      [100, 110],
    ]);
  });
});

describe("windows on a real database", () => {
  let db: TestDatabase;
  let ctx: Ctx;
  beforeAll(async () => {
    db = await testDatabase({ max: 6 });
    const now = new Date(START + (MINUTES + 60) * MINUTE);
    ctx = { actor: SYSTEM_ACTOR, db, now, log: createLogger("test") };
    const random = seededRandom(11);
    const events = Array.from({ length: 4_000 }, (_, index) =>
      randomRatedEvent(random, `${index}`, START + Math.floor(random() * MINUTES * MINUTE)),
    );
    await withTransaction(db.pool, async (client) => {
      await insertRawEvents(client, events);
      await applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: [] }), { now });
    });
  }, 60_000);
  afterAll(() => db.close());

  const windows = fc
    .array(fc.tuple(fc.integer({ min: 0, max: MINUTES - 1 }), fc.integer({ min: 1, max: 600 })), { minLength: 1, maxLength: 6 })
    .map((pairs) =>
      pairs.map(([from, length]): Window => ({ from: START + from * MINUTE, to: START + (from + length) * MINUTE })),
    );

  it("know nothing of an empty one, and the others stay what they are", async () => {
    const full = { from: START, to: START + 600 * MINUTE };
    const empty = { from: START + 60 * MINUTE, to: START + 60 * MINUTE };
    for (const metric of METRICS) {
      const query = { metrics: [metric], groupBy: [], filters: [] };
      const [alone, both] = [await runWindows(ctx, query, [full]), await runWindows(ctx, query, [empty, full])];
      expect(both.groups[0]!.values[0]!.map(({ value }) => value)).toEqual([null, alone.groups[0]!.values[0]![0]!.value]);
    }
  });

  it.each([[[] as const], [["tenant"] as const]])(
    "have the value of a query of their own, by %j",
    async (groupBy) => {
      await fc.assert(
        fc.asyncProperty(windows, async (asked) => {
          const answer = await runWindows(ctx, { metrics: METRICS, groupBy: [...groupBy], filters: [] }, asked);
          for (const [index, { from, to }] of asked.entries()) {
            const { rows } = await runQuery(ctx, {
              metrics: METRICS,
              groupBy: [...groupBy],
              from: new Date(from).toISOString(),
              to: new Date(to).toISOString(),
            });
            for (const group of answer.groups) {
              const row = rows.find((one) => groupBy.every((dimension) => one[dimension] === group.labels[dimension]));
              for (const [at, metric] of METRICS.entries()) {
                expect(group.values[at]![index]!.value).toBe((row?.[metric] as MetricCell | undefined)?.value ?? null);
              }
            }
            const known = answer.groups.map(({ labels }) => JSON.stringify(labels));
            for (const row of rows) expect(known).toContain(JSON.stringify(Object.fromEntries(groupBy.map((d) => [d, row[d]]))));
          }
        }),
        { numRuns: 12 },
      );
    },
    120_000,
  );

  it("slides one window over every minute of two days: thousands at once", async () => {
    const every = Array.from({ length: MINUTES - 60 }, (_, minute) => ({
      from: START + minute * MINUTE,
      to: START + (minute + 60) * MINUTE,
    }));
    const { groups } = await runWindows(ctx, { metrics: ["requests", "latency_p95"], groupBy: [], filters: [] }, every);
    const sum = groups[0]!.values[0]!.filter((_, minute) => minute % 60 === 0).reduce(
      (all, one) => all + Number(one.value ?? 0),
      0,
    );
    const whole = await runQuery(ctx, {
      metrics: ["requests"],
      from: new Date(START).toISOString(),
      to: new Date(START + (MINUTES - 60) * MINUTE).toISOString(),
    });
    expect(sum).toBe(Number((whole.rows[0]!["requests"] as MetricCell).value));
    for (const minute of [0, 777, 2_000]) {
      const { rows } = await runQuery(ctx, {
        metrics: ["latency_p95"],
        from: new Date(every[minute]!.from).toISOString(),
        to: new Date(every[minute]!.to).toISOString(),
      });
      expect(groups[0]!.values[1]![minute]!.value).toBe((rows[0]!["latency_p95"] as MetricCell).value);
    }
  });
});
