import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withTransaction } from "@/lib/db";
import { HistogramSum } from "@/lib/stats/histogram";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { applyNodeRollups } from "./apply-node-rollups";
import { applyRollups } from "./apply-rollups";
import { buildRollupDeltas } from "./build-deltas";
import { DISTRIBUTIONS, MEASURES } from "./measures";
import type { NodeReading } from "./node-measures";
import { rebuildDays } from "./rebuild-days";
import { insertRawEvents, insertSamples, randomRatedEvent, seededRandom } from "./testing";

const DAY = 86_400_000;
const START = Date.parse("2026-10-22T00:00:00Z");
const NOW = new Date(START + 12 * DAY + 5_000_000);

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});
afterEach(() => db.close());

const random = seededRandom(77);

async function ingest(timeZone: string, from: number, to: number, events = 1_500): Promise<void> {
  const batch = Array.from({ length: events }, (_, index) =>
    randomRatedEvent(random, `${from}-${index}`, from + Math.floor(random() * (to - from))),
  );
  await withTransaction(db.pool, async (client) => {
    await insertRawEvents(client, batch);
    await applyRollups(client, buildRollupDeltas(batch, { timeZone, tagKeys: ["team"] }), { now: NOW });
  });
}

const reading = (at: number, busyGpuMs: bigint): NodeReading => ({
  node: "n1",
  at,
  pool: "p1",
  engine: "vllm",
  intervalSec: 60,
  memoryUsedMib: 10,
  memoryTotalMib: 20,
  kvCacheUsage: 0.5,
  running: 3,
  waiting: 1,
  promptTokens: 5,
  cachedTokens: 1,
  generatedTokens: 7,
  preemptions: 0,
  powerWatts: 300,
  energyMj: 18_000,
  busyGpuMs,
  idleGpuMs: 60_000n - busyGpuMs,
  busyNano: busyGpuMs * 10n,
  idleNano: (60_000n - busyGpuMs) * 10n,
});

/** Day rows and what they should be, from the raw rows, by zone day and tenant. */
async function bothSides(zone: string) {
  const raw = await db.pool.query(
    `select date_trunc('day', occurred_at, $1) as bucket, tenant, count(*)::text as events, sum(cost_nano)::text as cost,
       count(*) filter (where final and not shadow)::text as requests
       from telemetry.event group by 1, 2 order by 1, 2`,
    [zone],
  );
  const cost = MEASURES.filter(({ name }) => /^cost_(success|error|timeout|oom|rate_limited|cancelled)$/.test(name));
  const rolled = await db.pool.query(
    `select bucket, tenant, sum(events)::text as events, sum(${cost.map(({ name }) => `coalesce(${name}, 0)`).join(" + ")})::text as cost,
       sum(${["success", "error", "timeout", "oom", "rate_limited", "cancelled"].map((s) => `coalesce(req_${s}, 0)`).join(" + ")})::text as requests
       from telemetry.rollup_day r join telemetry.series s on s.id = r.series_id group by 1, 2 order by 1, 2`,
  );
  return { raw: raw.rows, rolled: rolled.rows };
}

async function observationsOfDays(): Promise<number[]> {
  const { rows } = await db.pool.query<Record<string, Buffer | null>>("select * from telemetry.histogram_day");
  return DISTRIBUTIONS.map(({ name }) => {
    const sum = new HistogramSum();
    for (const row of rows) if (row[name]) sum.addEncoded(row[name]);
    return sum.count;
  });
}

const daysFrom = async () =>
  (await db.pool.query<{ text: string }>("select days_from::text as text from telemetry.rollup_zone")).rows[0]!.text;

describe("days in another zone", () => {
  it.each(["Europe/Paris", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Chatham"])(
    "are rebuilt for %s from hours, minutes and raw rows while events keep coming",
    async (timeZone) => {
      await ingest("UTC", START, START + 12 * DAY);
      const readings = Array.from({ length: 40 }, (_, index) =>
        reading(START + index * 7 * 3_600_000 + 1_000, BigInt(index) * 1_000n),
      );
      await withTransaction(db.pool, async (client) => {
        await insertSamples(client, readings);
        await applyNodeRollups(client, readings, { timeZone: "UTC", now: NOW });
      });
      const before = await observationsOfDays();
      const options = { timeZone, tagKeys: ["team"], rawRetentionDays: 35, now: NOW, maxDays: 3 };
      expect(await rebuildDays(db, options)).toEqual({ rebuilt: 3, done: false });
      // A worker that still believes in the old zone.
      await ingest("UTC", START + 2 * DAY, START + 12 * DAY, 300);
      const added = await observationsOfDays();
      expect(added).not.toEqual(before);
      for (let calls = 0; !(await rebuildDays(db, options)).done; calls++) expect(calls).toBeLessThan(10);

      const { raw, rolled } = await bothSides(timeZone);
      expect(rolled).toEqual(raw);
      expect(await daysFrom()).toBe("-infinity");
      const counts = await Promise.all(
        DISTRIBUTIONS.map(async ({ sql }) =>
          Number((await db.pool.query<{ n: bigint }>(`select count(${sql}) as n from telemetry.event`)).rows[0]!.n),
        ),
      );
      expect(await observationsOfDays()).toEqual(counts);
      // Σ busy = 1,000 × (0 + 1 + … + 39) = 780,000 ms; idle = 40 × 60,000 − 780,000.
      const nodes = await db.pool.query(
        "select sum(busy_gpu_ms)::text as busy, sum(idle_gpu_ms)::text as idle from telemetry.node_rollup_day",
      );
      expect(nodes.rows).toEqual([{ busy: "780000", idle: "1620000" }]);
      const nodeDays = await db.pool.query<{ ok: boolean }>(
        "select bool_and(bucket = date_trunc('day', bucket, $1)) as ok from telemetry.node_rollup_day",
        [timeZone],
      );
      expect(nodeDays.rows[0]!.ok).toBe(true);
    },
  );

  it("stop where a midnight inside an hour can no longer be cut, and stay exact from there on", async () => {
    await ingest("UTC", START, START + 12 * DAY);
    const options = { timeZone: "Asia/Kolkata", tagKeys: ["team"], rawRetentionDays: 2, now: NOW, maxDays: 100 };
    const { done, rebuilt } = await rebuildDays(db, options);
    // Minutes reach back seven days less an hour: the midnights of six or seven days.
    expect([done, rebuilt >= 6 && rebuilt <= 7]).toEqual([true, true]);
    const from = new Date((await daysFrom()).replace(" ", "T") + ":00");
    const { raw, rolled } = await bothSides("Asia/Kolkata");
    expect(rolled).toEqual(raw.filter((row) => row.bucket >= from));
    expect(await rebuildDays(db, options)).toEqual({ rebuilt: 0, done: true });
  });
});
