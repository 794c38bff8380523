import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nativeEvent } from "@/lib/testing/native-event";
import type { UsageEvent } from "./event";
import { decodeEvents, encodeEvents } from "./event-codec";
import { readNativeEvent, toNativeEvent, type Door } from "./normalise";
import type { NativeEvent } from "./schemas";

const now = Date.parse("2026-11-20T12:00:00Z");
const door: Door = { now, rawRetentionDays: 35, tenants: "all", apiKeyId: "4f0c5a52-6d7c-4a53-9d0e-111111111111" };

function read(event: NativeEvent, at: Door = door): UsageEvent {
  const result = readNativeEvent(event, at);
  if ("refusal" in result) throw new Error(result.refusal.message);
  return result.event;
}

const minimal: NativeEvent = {
  id: "e1",
  occurredAt: "2026-11-20T11:00:00.5+01:00",
  tenant: "acme",
  endpoint: "chat",
  provider: "openai",
  modelRequested: "gpt-4o",
  status: "success",
  meters: {},
};

describe("native event → internal event", () => {
  it("fills in what a sender may leave out", () => {
    expect(read(minimal)).toMatchObject({
      occurredAt: Date.parse("2026-11-20T10:00:00.500Z"),
      modelServed: "gpt-4o",
      requestId: "e1",
      attempt: 1,
      final: true,
      lane: "interactive",
      variant: "control",
      cacheLayer: "none",
      cacheHit: false,
      stream: false,
      batch: false,
      shadow: false,
      tags: {},
      dialect: "native",
      providerCostNanoUsd: null,
      apiKeyId: door.apiKeyId,
    });
  });

  it("takes the provider's cost as exact nano-dollars", () => {
    expect(read({ ...minimal, providerCostUsd: "0.000000001" }).providerCostNanoUsd).toBe(1n);
    expect(read({ ...minimal, providerCostUsd: "12.345678901" }).providerCostNanoUsd).toBe(12_345_678_901n);
  });

  it("accepts up to 24 hours ahead and back to the raw retention, and says so beyond", () => {
    const at = (ms: number) => readNativeEvent({ ...minimal, occurredAt: new Date(now + ms).toISOString() }, door);
    const day = 86_400_000;
    expect(at(day)).toHaveProperty("event");
    expect(at(day + 1)).toMatchObject({ refusal: { code: "future_time" } });
    expect(at(-35 * day)).toHaveProperty("event");
    expect(at(-35 * day - 1)).toMatchObject({ refusal: { code: "too_old", message: expect.stringContaining("35 days") } });
  });
});

/** Any event that the door lets in. */
const anyEvent = fc
  .record({
    seed: fc.nat(10_000),
    tags: fc.dictionary(
      fc.string({ minLength: 1, maxLength: 10, unit: "grapheme" }),
      fc.string({ maxLength: 10, unit: "grapheme" }),
      {
        maxKeys: 4,
      },
    ),
    usage: fc.constantFrom<Partial<NativeEvent>>(
      {},
      { meters: null, usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 12 }, usageFormat: "openai" },
      {
        meters: null,
        usage: { input_tokens: 9, cache_read_input_tokens: 7, output_tokens: 1, service_tier: "batch" },
        usageFormat: "anthropic",
      },
    ),
    providerCostUsd: fc.constantFrom(null, "0.5", "3.123456789"),
    generation: fc.option(fc.nat(1_000)),
  })
  .map(({ seed, tags, usage, providerCostUsd, generation }) =>
    read(nativeEvent(seed, { tags, providerCostUsd, generation, ...usage }, now)),
  );

describe("what an event says", () => {
  it("survives a queue job unchanged", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 5 }), (events) => {
        expect(decodeEvents(encodeEvents(events))).toEqual(events);
      }),
    );
  });

  it("has the same content after a round trip through its native form, a dead letter's", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const wire = JSON.parse(JSON.stringify(toNativeEvent(event))) as NativeEvent;
        expect(read(wire)).toEqual(event);
      }),
    );
  });

  it("does not depend on the key, on the order of tags or on the time of receipt, but on every field", () => {
    const base = nativeEvent(3, { tags: { a: "1", b: "2" } }, now);
    const hash = read(base).contentHash;
    const later: Door = { ...door, now: now + 60_000, apiKeyId: null };
    expect(read({ ...base, tags: { b: "2", a: "1" } }, later).contentHash).toBe(hash);
    const changes: Partial<NativeEvent>[] = [
      { occurredAt: new Date(now - 1).toISOString() },
      { tenant: "other" },
      { status: "oom" },
      { meters: { input: 1 } },
      { timing: { latencyMs: 1 } },
      { tags: { a: "1", b: "3" } },
      { attempt: 2 },
      { final: false },
      { shadow: true },
      { batch: true },
      { variant: "canary" },
      { providerCostUsd: "1" },
      { cache: { layer: "exact", hit: true } },
    ];
    const hashes = changes.map((change) => read({ ...base, ...change }).contentHash);
    expect(new Set([hash, ...hashes]).size).toBe(changes.length + 1);
    expect(hash >= -(2n ** 63n) && hash < 2n ** 63n).toBe(true);
  });
});
