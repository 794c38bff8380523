import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withTransaction } from "@/lib/db";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import type { RatedEvent } from "./event";
import { claimIdentities, ensureEventPartitions, readIdentities, readNativeEvent, storeEvents } from "./index";

let database: TestDatabase;
const now = Date.parse("2026-11-20T12:00:00.123Z");
beforeAll(async () => {
  database = await testDatabase();
  await ensureEventPartitions(database.pool, ["2026-11-20"]);
});
afterAll(() => database.close());

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const words = fc.string({ minLength: 1, maxLength: 120, unit: "grapheme" }).filter((text) => !text.includes("\u0000"));

const anyRated: fc.Arbitrary<RatedEvent> = fc
  .record({
    seed: fc.nat(100_000),
    endpoint: words,
    tag: words,
    latencyMs: fc.option(fc.double({ min: 0, max: 604_800_000, noNaN: true })),
    tokens: fc.nat(1_000_000_000),
    cost: int64,
    saved: int64,
    hash: int64,
    mismatch: fc.option(fc.integer()),
    usageRaw: fc.constantFrom(null, { prompt_tokens: 3, ключ: ["ü", null, 1.5] }),
    apiKeyId: fc.option(fc.uuid()),
  })
  .map((made) => {
    const read = readNativeEvent(nativeEvent(made.seed, { occurredAt: new Date(now - made.seed).toISOString() }), {
      now,
      rawRetentionDays: 35,
      tenants: "all",
      apiKeyId: made.apiKeyId,
    });
    if ("refusal" in read) throw new Error(read.refusal.message);
    return {
      ...read.event,
      id: `id-${made.seed}`,
      endpoint: made.endpoint,
      tags: { team: made.tag },
      latencyMs: made.latencyMs,
      meters: { ...read.event.meters, input: made.tokens },
      usageRaw: made.usageRaw,
      tokenMismatch: made.mismatch,
      contentHash: made.hash,
      duplicate: false,
      firstOfAction: true,
      rating: {
        pricingState: "priced" as const,
        costNanoUsd: made.cost,
        savedNanoUsd: made.saved,
        priceRuleId: 7,
        lines: [
          {
            meter: "input" as const,
            quantity: made.tokens,
            unitPriceUsd: "2.5",
            modifiers: [{ reason: "batch", factor: "0.5" }],
            costNanoUsd: made.cost,
          },
        ],
      },
    };
  });

describe("the event store", () => {
  it("gives back what was written, to the last bit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyRated, { minLength: 1, maxLength: 20, selector: (event) => event.id }),
        async (events) => {
          await database.pool.query("truncate telemetry.event, telemetry.event_identity");
          await withTransaction(database.pool, async (client) => {
            expect((await claimIdentities(client, events)).size).toBe(events.length);
            await storeEvents(client, events, () => now);
          });
          const { rows } = await database.pool.query("select * from telemetry.event");
          const byId = new Map(rows.map((row) => [row.id as string, row]));
          for (const event of events) {
            expect(byId.get(event.id)).toMatchObject({
              occurred_at: new Date(event.occurredAt),
              received_at: new Date(now),
              tenant: event.tenant,
              endpoint: event.endpoint,
              feature: null,
              model_served: event.modelServed,
              attempt: 1,
              final: true,
              first_of_action: true,
              stream: event.stream,
              input: BigInt(event.meters.input),
              output: BigInt(event.meters.output),
              latency_ms: event.latencyMs,
              tags: event.tags,
              usage_raw: event.usageRaw,
              token_mismatch: event.tokenMismatch,
              api_key_id: event.apiKeyId,
              cost_nano: event.rating.costNanoUsd,
              saved_nano: event.rating.savedNanoUsd,
              price_rule_id: 7,
              cost_lines: [
                { m: "input", q: event.meters.input, u: "2.5", n: event.rating.costNanoUsd.toString(), f: [["batch", "0.5"]] },
              ],
            });
          }
          const client = await database.pool.connect();
          const identities = await readIdentities(
            client,
            events.map((event) => event.id),
          );
          client.release();
          for (const event of events) {
            expect(identities.get(event.id)).toEqual({ occurredAt: event.occurredAt, contentHash: event.contentHash });
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("claims an id for one of many that race for it", async () => {
    await database.pool.query("truncate telemetry.event_identity");
    const events = fc.sample(fc.uniqueArray(anyRated, { minLength: 30, maxLength: 30, selector: ({ id }) => id }), {
      numRuns: 1,
      seed: 1,
    })[0]!;
    const claims = await Promise.all(
      Array.from({ length: 5 }, () => withTransaction(database.pool, (client) => claimIdentities(client, events))),
    );
    expect(claims.reduce((sum, claim) => sum + claim.size, 0)).toBe(30);
  });

  it("makes a day's partition however many ask at once, also those that had looked before", async () => {
    for (let day = 1; day <= 8; day++) {
      const date = `2026-03-0${day}`;
      const clients = await Promise.all(Array.from({ length: 5 }, () => database.pool.connect()));
      // Each session remembers that there is no such table.
      await Promise.all(clients.map((client) => client.query("select to_regclass($1)", [`telemetry.event_2026030${day}`])));
      for (const client of clients) client.release();
      await Promise.all(Array.from({ length: 5 }, () => ensureEventPartitions(database.pool, [date])));
    }
    const { rows } = await database.pool.query("select count(*)::int as n from pg_class where relname like 'event\\_202603__'");
    expect(rows[0].n).toBe(8);
  });

  it("makes a day beside whoever reads or writes events: a long query holds nothing up", async () => {
    await withTransaction(database.pool, async (reader) => {
      await reader.query("select count(*) from telemetry.event");
      await withTransaction(database.pool, async (maker) => {
        await maker.query("set local lock_timeout = '5s'");
        await maker.query("select telemetry.ensure_event_partition('2026-04-01')");
        // Before it is committed, others go on as well.
        await database.pool.query("select count(*) from telemetry.event where occurred_at < '2026-03-01'");
      });
    });
    const indexes = (table: string) =>
      database.pool.query("select count(*)::int as n from pg_indexes where schemaname = 'telemetry' and tablename = $1", [table]);
    expect((await indexes("event_20260401")).rows).toEqual((await indexes("event")).rows);
  });

  it("refuses a number that its column cannot hold instead of wrapping it", async () => {
    const [event] = fc.sample(anyRated, 1);
    const broken = { ...event!, generation: 2 ** 31 };
    await expect(withTransaction(database.pool, (client) => storeEvents(client, [broken], () => now))).rejects.toThrow(
      RangeError,
    );
  });
});
