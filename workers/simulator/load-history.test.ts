import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "@/lib/log";
import { seedBasePriceBook } from "@/lib/pricing/seed";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { seedDemo } from "@/prisma/seed-demo";
import { makeCalendar } from "./calendar";
import { readDemo, saveCalendar } from "./demo-state";
import { Fleet } from "./generate";
import { loadGap } from "./load-gap";
import { loadHistory, type HistoryDeps } from "./load-history";

const NOW = new Date("2026-11-20T19:02:00Z");
// Eighteen hours of a Friday, with the price change at noon.
const begins = Date.parse("2026-11-20T01:00:00Z");
const noon = Date.parse("2026-11-20T12:00:00Z");
const calendar = { ...makeCalendar(NOW.getTime(), 7), beginsMs: begins, priceChangeMs: noon };
const made = new Fleet(calendar).between(begins, Date.parse("2026-11-20T19:00:00Z"));

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await saveCalendar(database.pool, calendar, NOW);
  await seedBasePriceBook(database, NOW);
  await seedDemo(database, `hr_${"k".repeat(43)}`, NOW);
});
afterAll(() => database.close());

const deps = (stopping: AbortSignal, onProgress: HistoryDeps["onProgress"] = () => undefined): HistoryDeps => ({
  db: database,
  log: createLogger("test"),
  apiKeyId: null,
  onProgress,
  stopping,
});

async function contents() {
  const { rows } = await database.pool.query<Record<string, bigint>>(
    `select (select count(*) from telemetry.event) as events, (select count(distinct id) from telemetry.event) as ids,
       (select count(*) from telemetry.outcome) as outcomes, (select count(*) from telemetry.node_sample) as samples,
       (select sum(cost_nano)::bigint from telemetry.event) as cost, (select count(*) from telemetry.dead_letter) as letters,
       (select count(*) from telemetry.event where pricing_state <> 'priced') as unpriced`,
  );
  return rows[0]!;
}

describe("loading the history", () => {
  it("goes on where it was stopped, and ends with exactly what the fleet made: all priced, none refused", async () => {
    const stopped = new AbortController();
    await loadHistory(
      deps(stopped.signal, () => stopped.abort()),
      new Fleet(calendar),
    );
    const half = await readDemo(database.pool);
    expect(half).toMatchObject({ historyDone: false, historyAtMs: Date.parse("2026-11-20T13:00:00Z") });

    const shares: number[] = [];
    await loadHistory(
      deps(new AbortController().signal, (share) => shares.push(share)),
      new Fleet(calendar),
    );
    expect(shares).toEqual([12 / 18, 1]);
    expect(await contents()).toMatchObject({
      events: BigInt(made.events.length),
      ids: BigInt(made.events.length),
      outcomes: BigInt(made.outcomes.length),
      // 18 hours × 12 readings × 8 nodes
      samples: 1_728n,
      letters: 0n,
      unpriced: 0n,
    });
    expect((await readDemo(database.pool))!).toMatchObject({ historyDone: true, historyEvents: made.events.length });
  });

  it("changes nothing when everything is loaded a second time", async () => {
    const before = await contents();
    await database.pool.query("update telemetry.demo_fleet set history_at = history_to, history_done_at = null");
    await loadHistory(deps(new AbortController().signal), new Fleet(calendar));
    expect(await contents()).toEqual(before);
  });

  it("prices one model by the list before the contract and a fifth lower after it", async () => {
    const { rows } = await database.pool.query<{ later: boolean; rate: string }>(
      `select occurred_at >= $1 as later, (sum(cost_nano) * 1.0 / sum(input * 2000 + cache_read * 500 + output * 8000))::text as rate
       from telemetry.event where model_served = 'gpt-4.1' and status = 'success' and not cache_hit group by 1 order by 1`,
      [new Date(noon)],
    );
    expect(rows.map((row) => Number(row.rate).toFixed(3))).toEqual(["1.000", "0.800"]);
  });

  it("fills the time in which the demo was off, once, without readings of time that live agents told already", async () => {
    const before = await contents();
    const [from, now] = [Date.parse("2026-11-20T19:12:00Z"), Date.parse("2026-11-20T20:00:00Z")];
    const gap = () => loadGap(deps(new AbortController().signal), new Fleet(calendar), now, from);
    const missed = new Fleet(calendar).between(from, now);
    expect(await gap()).toBe(missed.events.length);
    const after = await contents();
    expect(after["events"]! - before["events"]!).toBe(BigInt(missed.events.length));
    // Readings every five minutes from 19:20 (the one of 19:15 begins before 19:12) to 20:00, of eight nodes.
    expect(after["samples"]! - before["samples"]!).toBe(72n);
    expect((await readDemo(database.pool))!.liveAtMs).toEqual({ usage: now, outcomes: now, samples: now });
    expect([await gap(), await contents()]).toEqual([0, after]);
  });

  it("marks everything as simulated", async () => {
    const { rows } = await database.pool.query(
      "select bool_and(simulated) as all from (select simulated from pool union all select simulated from node) s",
    );
    expect(rows).toEqual([{ all: true }]);
    expect(await database.prisma.workspace.findUniqueOrThrow({ where: { id: 1 } })).toMatchObject({ demo: true });
  });
});
