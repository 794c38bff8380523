import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sumOf } from "../dialects";
import { noMeters } from "../event";
import { groupAttempts } from "./group-attempts";
import { parseLitellmMapping } from "./mapping";
import { readBodyItems } from "./read-body-items";
import { readCall, type LitellmCall } from "./read-call";
import { readLitellmUsage } from "./read-usage";
import { failure, legacy, spendRow, success, usages } from "./recorded";
import { eventIdOf, toEvent } from "./to-event";
import { withoutContent } from "./without-content";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const door = { now: NOW, rawRetentionDays: 35, tenants: "all" as const, apiKeyId: null, mapping: parseLitellmMapping({}) };

function callOf(item: unknown): LitellmCall {
  const call = readCall(item);
  if ("code" in call) throw new Error(call.message);
  return call;
}
function eventOf(item: unknown) {
  const call = callOf(item);
  const read = toEvent(call, groupAttempts([call]).get(call)!, door);
  if ("refusal" in read) throw new Error(read.refusal.message);
  return read.event;
}

describe("one call of LiteLLM", () => {
  it("becomes an event: who, what, when, how much, without a word of content", () => {
    const event = eventOf(success);
    expect(event).toMatchObject({
      id: "litellm:chatcmpl-D0a1",
      occurredAt: Date.parse("2026-11-20T10:00:00.847Z"),
      tenant: "acme",
      endpoint: "support-bot",
      route: "chat",
      provider: "openai",
      modelRequested: "gpt-4o-mini",
      modelServed: "gpt-4o-mini",
      actionId: success.trace_id,
      status: "success",
      stream: true,
      latencyMs: 2210,
      ttftMs: 312,
      cacheLayer: "none",
      tokenMismatch: 0,
      providerCostNanoUsd: 320_400n,
      tags: { team: "acme", key: "support-bot" },
    });
    expect(event.meters).toEqual({ ...noMeters(), input: 812, cacheRead: 1024, output: 203 });
    expect(JSON.stringify(event, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
      "diagnosis",
    );
  });

  it("is the same event from the spend logs, and the same money from a legacy payload", () => {
    const fromLogs = eventOf(spendRow);
    const { stream: _, ttftMs: __, contentHash: ___, ...rest } = eventOf(success);
    expect(fromLogs).toMatchObject(rest);
    const old = eventOf(legacy);
    expect(old).toMatchObject({
      tenant: "acme",
      provider: "openai",
      occurredAt: rest.occurredAt,
      latencyMs: 2210,
      providerCostNanoUsd: 320_400n,
    });
    expect(old.meters).toEqual(rest.meters);
  });

  it("a refused attempt costs nothing and says why; mirrored traffic is a shadow", () => {
    expect(eventOf(failure)).toMatchObject({
      provider: "azure",
      modelServed: "gpt-4o-mini",
      status: "rate_limited",
      errorClass: "rate_limited",
      providerCostNanoUsd: null,
      meters: noMeters(),
    });
    expect(eventOf({ ...success, metadata: { ...success.metadata, is_silent_experiment: true } }).shadow).toBe(true);
  });

  it("an answer from LiteLLM's cache is a hit with an id of its own, the same at both of LiteLLM's places", () => {
    const hit = { ...success, cache_hit: true, cache_key: "k1", response_cost: 0, id: "chatcmpl-D0a1_cache_hit1795168803.0612" };
    const logged = {
      ...spendRow,
      cache_hit: "True",
      cache_key: "k1",
      spend: 0,
      request_id: "chatcmpl-D0a1_cache_hit1795168803.0699",
    };
    expect(eventOf(hit)).toMatchObject({ cacheLayer: "exact", cacheHit: true });
    expect(eventOf(hit).id).toBe("litellm:chatcmpl-D0a1:hit-1795168800847");
    expect(eventIdOf(callOf(logged))).toBe(eventOf(hit).id);
    expect(eventOf({ ...success, cache_key: "k1" })).toMatchObject({ cacheLayer: "exact", cacheHit: false });
  });

  it.each([
    [{ ...success, id: undefined }, "missing_field", "id"],
    [{ ...success, startTime: "yesterday" }, "invalid_time", "startTime"],
    [{ ...success, model: null, model_group: null }, "missing_field", "model"],
    ["text", "invalid_type", null],
  ])("that cannot be read says which field is wrong", (item, code, field) => {
    expect(readCall(item)).toMatchObject({ code, field });
  });

  it("counts that are not whole numbers are refused, not rounded", () => {
    expect(readLitellmUsage({ prompt_tokens: 1.5 }, "openai")).toMatchObject({
      code: "out_of_range",
      field: "usage_object.prompt_tokens",
    });
    expect(readLitellmUsage({ prompt_tokens: -1, completion_tokens: 2 }, "openai")).toMatchObject({ code: "out_of_range" });
  });

  it("keeps no content in a dead letter, and enough to be read again", () => {
    for (const item of [success, failure, legacy, spendRow]) {
      const kept = withoutContent(item);
      expect(JSON.stringify(kept)).not.toContain("diagnosis");
      expect(eventOf(kept).meters).toEqual(eventOf(item).meters);
      expect(eventOf(kept).status).toEqual(eventOf(item).status);
    }
  });
});

describe("usage objects", () => {
  it.each(usages)(
    "%s",
    (_, provider, usage, [input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning], tokenMismatch) => {
      const read = readLitellmUsage(usage, provider);
      expect(read).toMatchObject({ meters: { input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning }, tokenMismatch });
    },
  );

  it("meters are disjoint: whatever the parts, they sum to LiteLLM's total, or the difference is kept", () => {
    const count = fc.nat(100_000);
    fc.assert(
      fc.property(
        count,
        count,
        count,
        count,
        count,
        fc.boolean(),
        fc.integer({ min: -50, max: 50 }),
        (input, read, write, output, reasoning, inclusive, slip) => {
          const parts = input + read + write + output + reasoning;
          const usage = {
            prompt_tokens: inclusive ? input + read + write : input,
            completion_tokens: output + reasoning,
            total_tokens: Math.max(0, parts + slip),
            prompt_tokens_details: { cached_tokens: read, cache_creation_tokens: write },
            completion_tokens_details: { reasoning_tokens: reasoning },
          };
          const found = readLitellmUsage(usage, "anthropic");
          if (!("meters" in found)) throw new Error(found.message);
          expect(sumOf(found.meters) + found.tokenMismatch!).toBe(usage.total_tokens);
          if (slip === 0)
            expect(found.meters).toMatchObject({ input, cacheRead: read, cacheWrite5m: write, output: output + reasoning });
        },
      ),
    );
  });
});

describe("attempts of one request", () => {
  const at = (id: string, from: number, to: number, failed: boolean, trace: string | null = "t") =>
    ({ ...callOf(success), id, startedAt: from, endedAt: to, failed, traceId: trace }) satisfies LitellmCall;

  it("failed calls belong to the call that began after they ended; parallel calls of a session stay apart", () => {
    const [a1, b1, a2, c1] = [at("a1", 0, 10, true), at("b1", 5, 30, false), at("a2", 12, 20, false), at("c1", 40, 50, false)];
    const places = groupAttempts([c1, a2, b1, a1]);
    expect(places.get(a1)).toMatchObject({ attempt: 1, final: false, last: a2 });
    expect(places.get(a2)).toMatchObject({ attempt: 2, final: true, first: a1 });
    expect(places.get(b1)).toMatchObject({ attempt: 1, final: true });
    expect(places.get(c1)).toMatchObject({ attempt: 1, final: true });
  });

  it("every call has one place, every chain one final attempt, which comes last", () => {
    const call = fc.record({
      from: fc.nat(50),
      length: fc.nat(20),
      failed: fc.boolean(),
      trace: fc.constantFrom("t", "u", null),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 12 }), (list) => {
        const calls = list.map(({ from, length, failed, trace }, index) => at(String(index), from, from + length, failed, trace));
        const places = groupAttempts(calls);
        expect(places.size).toBe(calls.length);
        for (const [each, place] of places) {
          expect(place.final).toBe(place.last === each);
          if (!place.final) expect(each.failed).toBe(true);
        }
      }),
    );
  });
});

describe("body shapes", () => {
  const bytes = (text: string) => Buffer.from(text);
  it("a list, one object, lines: each is found by looking", () => {
    const [a, b] = [{ id: "1" }, { id: "2" }];
    expect(readBodyItems(bytes(JSON.stringify([a, b])))).toEqual([{ value: a }, { value: b }]);
    expect(readBodyItems(bytes(JSON.stringify(a)))).toEqual([{ value: a }]);
    expect(readBodyItems(bytes(`${JSON.stringify(a)}\n${JSON.stringify(b)}\n`))).toEqual([{ value: a }, { value: b }]);
    expect(readBodyItems(bytes(" \n"))).toEqual([]);
  });
  it("a damaged line leaves its neighbours, and no word of it is kept", () => {
    const read = readBodyItems(bytes(`{"id":"1"}\n{"messages":"her diagnosis\n{"id":"2"}`));
    expect(read.map((item) => "value" in item)).toEqual([true, false, true]);
    expect(JSON.stringify(read)).not.toContain("diagnosis");
  });
});
