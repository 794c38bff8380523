import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepDelivery } from "@/lib/telemetry/litellm";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { completeTo, writeWatermark } from "./watermark";

describe("the watermark", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  const read = async () => {
    const { rows } = await database.pool.query<{ at: Date }>("select complete_to as at from telemetry.ingest_state");
    return rows[0]?.at.getTime();
  };
  const queueWith = (oldest: number | null) => ({ oldestAt: async () => oldest });

  it("is now when nothing waits, and the oldest waiting batch otherwise", () => {
    expect(completeTo(10_000, null)).toBe(10_000);
    expect(completeTo(10_000, 4_000)).toBe(4_000);
    expect(completeTo(10_000, 12_000)).toBe(10_000);
  });

  it("falls back while a batch waits and catches up afterwards; a look that comes late changes nothing", async () => {
    await writeWatermark(database.pool, queueWith(null), 100_000);
    expect(await read()).toBe(100_000);
    await writeWatermark(database.pool, queueWith(95_000), 101_000);
    expect(await read()).toBe(95_000);
    await writeWatermark(database.pool, queueWith(null), 102_000);
    await writeWatermark(database.pool, queueWith(90_000), 101_500);
    expect(await read()).toBe(102_000);
  });

  it("waits for a delivery of LiteLLM that nobody has read, not for a failed attempt that waits for the next one", async () => {
    const delivery = { receivedAt: 110_000, dueAt: 110_000, apiKeyId: null, tenants: "all" as const, body: Buffer.alloc(0) };
    await keepDelivery(database.pool, { ...delivery, traceId: "t" });
    await writeWatermark(database.pool, queueWith(null), 120_000);
    expect(await read()).toBe(120_000);
    await keepDelivery(database.pool, { ...delivery, traceId: null });
    await writeWatermark(database.pool, queueWith(null), 121_000);
    expect(await read()).toBe(110_000);
  });
});
