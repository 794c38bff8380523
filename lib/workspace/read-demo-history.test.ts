import { afterAll, beforeAll, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { readDemoHistory } from "./read-demo-history";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

it("says how far the history has come: 18 of 30 days are six tenths", async () => {
  const ctx: Ctx = { actor: SYSTEM_ACTOR, db: database, now: new Date(), log: createLogger("test") };
  expect(await readDemoHistory(ctx)).toEqual({ present: false, share: 1, events: 0, done: true });
  await database.pool.query(
    `insert into telemetry.demo_fleet (calendar, created_at, history_from, history_to, history_at, history_events, live_at)
     values ('{}', '2026-11-20', '2026-10-21', '2026-11-20', '2026-11-02', 300000, '2026-11-20')`,
  );
  expect(await readDemoHistory(ctx)).toEqual({ present: true, share: 0.6, events: 300_000, done: false });
  await database.pool.query("update telemetry.demo_fleet set history_at = history_from, history_done_at = now()");
  expect(await readDemoHistory(ctx)).toMatchObject({ share: 1, done: true });
});
