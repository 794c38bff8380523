import { afterAll, beforeAll, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { Decimal } from "@/lib/money";
import { noMeters } from "@/lib/telemetry/event";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { applyRollups } from "../apply-rollups";
import { buildRollupDeltas } from "../build-deltas";
import { randomRatedEvent, seededRandom } from "../testing";
import { runWaterfall } from "./run-waterfall";

const DAY = 86_400_000;
const START = Date.parse("2026-11-19T00:00:00Z");

let db: TestDatabase;
let ctx: Ctx;
beforeAll(async () => {
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now: new Date(START + 2 * DAY), log: createLogger("test") };
  const random = seededRandom(7);
  const random1 = Array.from({ length: 400 }, (_, n) =>
    randomRatedEvent(random, `r${n}`, START + Math.floor(random() * 2 * DAY)),
  );
  const base = {
    ...randomRatedEvent(random, "g", START),
    tenant: "golden",
    provider: "p",
    final: true,
    shadow: false,
    attempt: 1,
  };
  const calls = (model: string, count: number, usdEach: bigint, at: number) =>
    Array.from({ length: count }, (_, n) => ({
      ...base,
      id: `${model}-${at}-${n}`,
      occurredAt: at,
      modelServed: model,
      status: "success" as const,
      cacheLayer: "none" as const,
      cacheHit: false,
      meters: { ...noMeters(), input: 100 },
      rating: { ...base.rating, costNanoUsd: usdEach * 1_000_000_000n, savedNanoUsd: 0n },
    }));
  const golden = [
    ...calls("large", 70, 10n, START + 1_000),
    ...calls("small", 30, 1n, START + 1_000),
    ...calls("large", 60, 9n, START + DAY),
    ...calls("small", 90, 1n, START + DAY),
  ];
  await withTransaction(db.pool, (client) =>
    applyRollups(client, buildRollupDeltas([...random1, ...golden], { timeZone: "UTC", tagKeys: [] }), { now: ctx.now }),
  );
});
afterAll(() => db.close());

const day = { from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" };
const total = (result: Awaited<ReturnType<typeof runWaterfall>>) => {
  const own = result.models.filter(({ state }) => state !== "continuing");
  return [...Object.values(result.drivers), ...own.map((model) => new Decimal(model.afterUsd).sub(model.beforeUsd).toFixed())]
    .reduce((sum, bar) => sum.add(bar), new Decimal(0))
    .toFixed();
};

it("the golden numbers, from stored events: $730 → $630 = +365 − 405 − 60", async () => {
  const result = await runWaterfall(ctx, { ...day, filters: [{ dimension: "tenant", in: ["golden"] }] });
  expect(result.before).toMatchObject({ from: "2026-11-19T00:00:00.000Z", requests: "100" });
  expect([result.before.costUsd, result.after.costUsd].map(Number)).toEqual([730, 630]);
  expect(Object.fromEntries(Object.entries(result.drivers).map(([driver, usd]) => [driver, Number(usd)]))).toEqual({
    volume: 365,
    mix: -405,
    price: -60,
    tokens: 0,
    cache: 0,
    retries: 0,
    other: 0,
  });
});

it("over everything, bars sum to the difference of what the metric engine says", async () => {
  const result = await runWaterfall(ctx, day);
  expect(result.models.length).toBeGreaterThan(8);
  expect(total(result)).toBe(new Decimal(result.after.costUsd).sub(result.before.costUsd).toFixed());
});

it("somebody limited to tenants explains only their own", async () => {
  const limited = await runWaterfall({ ...ctx, actor: { ...SYSTEM_ACTOR, tenants: ["golden"] } }, day);
  expect(limited.models.map(({ model }) => model).toSorted()).toEqual(["large", "small"]);
});
