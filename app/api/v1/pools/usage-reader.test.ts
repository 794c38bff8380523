/** The work of a pool, from ingested events to the reader, against an independent SQL over the raw rows. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { listPools } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { seededRandom } from "@/lib/metrics/testing";
import { readNativeEvent } from "@/lib/telemetry";
import type { UsageEvent } from "@/lib/telemetry/event";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { ingestEvents } from "@/workers/ingest/ingest-events";
import { ingestSamples } from "@/workers/ingest/samples";
import { poolUsageReader } from "./usage-reader";

const HOUR = 3_600_000;
const FROM = Math.floor(Date.now() / HOUR) * HOUR - 3 * HOUR;
const TO = FROM + 2 * HOUR;
const TENANTS = ["acme", "bolt", "cove"];
const POOLS = ["llama", "qwen", null];

let database: TestDatabase;
let ctx: Ctx;

beforeAll(async () => {
  database = await testDatabase();
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await database.prisma.gpuRate.create({ data: { gpuType: "H100", usdPerHour: "3.5", source: "test" } });
  ctx = { actor: SYSTEM_ACTOR, db: database, now: new Date(), log: createLogger("test") };
  await ingestEvents(ctx, randomEvents(400));
  const { stored, refused } = await ingestSamples(ctx, { items: randomSamples(), receivedAt: Date.now() });
  expect([stored, refused]).toEqual([720, 0]);
});
afterAll(() => database.close());

/** Over three hours, so that the period cuts off a part; hits, retries, failures and hosted models among them. */
function randomEvents(count: number): UsageEvent[] {
  const random = seededRandom(7);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  return Array.from({ length: count }, (_, i) => {
    const hit = random() < 0.2;
    const read = readNativeEvent(
      {
        id: `e${i}`,
        occurredAt: new Date(FROM + Math.floor(random() * 3 * HOUR)).toISOString(),
        tenant: pick(TENANTS),
        endpoint: "support.answer",
        provider: "self-hosted",
        modelRequested: "llama-3.1-8b-instruct",
        pool: pick(POOLS),
        status: random() < 0.9 ? "success" : "oom",
        final: random() < 0.9,
        cache: hit ? { layer: pick(["exact", "prefix"] as const), hit: true } : { layer: "none", hit: false },
        meters: {
          input: pick([0, 900, 4_000]),
          cacheRead: pick([0, 2_000]),
          cacheWrite5m: pick([0, 300]),
          output: pick([1, 250]),
        },
      },
      { now: Date.now(), rawRetentionDays: 35, tenants: "all", apiKeyId: null },
    );
    if ("refusal" in read) throw new Error(read.refusal.message);
    return read.event;
  });
}

/** One sample of 30 s per node, three nodes in two pools, for two hours. */
function randomSamples(): unknown[] {
  const random = seededRandom(11);
  return ["llama", "llama", "qwen"].flatMap((pool, n) =>
    Array.from({ length: 240 }, (_, i) => ({
      node: `${pool}-n${n}`,
      pool,
      at: new Date(FROM + i * 30_000).toISOString(),
      gpuType: "H100",
      gpuCount: 4,
      intervalSec: 30,
      gpuUtil: Math.round(random() * 1_000) / 1_000,
    })),
  );
}

describe("the work of pools", () => {
  it("is the tokens of the raw rows that reached a pool, by tenant", async () => {
    const work = await poolUsageReader(ctx).work({ from: new Date(FROM), to: new Date(TO) });
    const tokens = await database.pool.query(
      `select pool, tenant, sum(input + cache_write_5m + cache_write_1h)::text as uncached, sum(cache_read)::text as cached,
         sum(output)::text as decode
       from telemetry.event
       where occurred_at >= $1 and occurred_at < $2 and pool is not null and (not cache_hit or cache_layer = 'prefix')
       group by pool, tenant order by pool, tenant`,
      [new Date(FROM), new Date(TO)],
    );
    const shown = work
      .filter(({ pool }) => pool !== "")
      .map(({ pool, tenant, uncachedTokens, cachedTokens, decodeTokens }) => ({
        pool,
        tenant,
        uncached: String(uncachedTokens),
        cached: String(cachedTokens),
        decode: String(decodeTokens),
      }))
      .sort((a, b) => (`${a.pool} ${a.tenant}` < `${b.pool} ${b.tenant}` ? -1 : 1));
    expect(shown).toEqual(tokens.rows);
    expect(shown).toHaveLength(6);
  });

  it("shows a limited reader the pools that served them", async () => {
    const limited: Ctx = { ...ctx, actor: { kind: "user", id: "u", name: "Lim", role: "viewer", tenants: ["bolt"] } };
    expect((await listPools(limited, poolUsageReader(limited))).map((p) => p.id)).toEqual(["llama", "qwen"]);
  });
});
