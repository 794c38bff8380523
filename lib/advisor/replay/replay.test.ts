import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policyReader } from "@/lib/policies/merge";
import { usage } from "@/lib/pricing/fixtures";
import { rateUsage } from "@/lib/pricing";
import { buildPriceBook } from "@/lib/pricing/book";
import type { SampleEvent } from "../detectors/input";
import { events, FROM, priceOf, type Said } from "../detectors/testing";
import { replayCache, requestsOf } from "./cache-replay";
import { gatewayKey, play } from "./play";
import { resultOf } from "./run-replay";

const read = policyReader(
  [{ scope: { level: "endpoint", value: "mine" }, policies: { caching: { traits: { personalised: true } } } }],
  null,
);
const production = { policyOf: (tenant: string, endpoint: string) => read({ tenant, endpoint }).effective, rate: priceOf };
const at = (second: number, more: Said = {}): SampleEvent =>
  events(1, () => ({
    occurredAt: FROM + second * 1_000,
    requestId: `r${second}-${more.tenant ?? ""}-${more.attempt ?? 1}`,
    requestHash: "q",
    ...more,
  }))[0]!;
const cache = (ttlSec: number, scope: "tenant" | "public" = "tenant") => ({ kind: "cache" as const, ttlSec, scope });
const outcomes = (list: SampleEvent[], ttlSec: number) =>
  replayCache(requestsOf(list), { ttlSec, scope: "tenant" }).map(({ outcome }) => outcome);

describe("a cache that was not there", () => {
  it("an answer is kept from when it is complete, for its time to live, and hits do not prolong it", () => {
    // Each takes a second: stored at 1 s, kept until 61 s.
    expect(outcomes([at(0), at(0.5), at(30), at(60.9), at(61), at(100)], 60)).toEqual([
      "miss",
      "miss",
      "hit",
      "hit",
      "hit",
      "miss",
    ]);
    // 0.5 s was a miss too: its own answer, at 1.5 s, replaced the first; that is why 61 is still a hit.
    expect(outcomes([at(0), at(30), at(60.9), at(61)], 60)).toEqual(["miss", "hit", "hit", "miss"]);
  });

  it("failures are not stored, tenants share nothing, a request without a hash is unknown", () => {
    expect(outcomes([at(0, { status: "error" }), at(10), at(20)], 60)).toEqual(["miss", "miss", "hit"]);
    expect(outcomes([at(0), at(10, { tenant: "globex" })], 60)).toEqual(["miss", "miss"]);
    expect(replayCache(requestsOf([at(0), at(10, { tenant: "globex" })]), { ttlSec: 60, scope: "public" }).at(-1)!.outcome).toBe(
      "hit",
    );
    expect(outcomes([at(0, { requestHash: null })], 60)).toEqual(["unknown"]);
  });

  it("a fallback's answer is kept under the fallback's model", () => {
    const fallback = at(0, { modelRequested: "large", modelServed: "small" });
    expect(outcomes([fallback, at(10, { modelRequested: "large", modelServed: "large" })], 60)).toEqual(["miss", "miss"]);
  });

  it("the gateway's own key makes the same hits, and refuses what the gateway refuses", () => {
    const one = fc.record({
      second: fc.integer({ min: 0, max: 600 }),
      tenant: fc.constantFrom("acme", "globex"),
      requestHash: fc.constantFrom("a", "b", null),
      route: fc.constantFrom("x", "y", null),
      modelServed: fc.constantFrom("large", "small"),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), fc.constantFrom("tenant" as const, "public" as const), (list, scope) => {
        const requests = requestsOf(
          list.map(({ second, ...said }, index) => at(second, { ...said, modelRequested: "large", requestId: `r${index}` })),
        );
        const asGateway = replayCache(requests, { ttlSec: 120, scope }, gatewayKey({ ttlSec: 120, scope }, production.policyOf));
        expect(asGateway.map(({ outcome }) => outcome)).toEqual(
          replayCache(requests, { ttlSec: 120, scope }).map(({ outcome }) => outcome),
        );
      }),
    );
    const mine = [at(0, { endpoint: "mine" }), at(10, { endpoint: "mine" })];
    expect(play(mine, cache(60), production).map(({ affected }) => affected)).toEqual([false, false]);
  });

  it("a hit spares all attempts of its request", () => {
    // 1,000 × 3,000 + 200 × 15,000 nano-USD = $0.006 a try; the second question took two tries.
    const list = [at(0), at(10, { requestId: "b", final: false, status: "timeout" }), at(12, { requestId: "b", attempt: 2 })];
    const result = resultOf(play(list, cache(60), production), { scenario: cache(60), share: 1, beforeNanoUsd: 0n });
    expect(result).toMatchObject({
      requests: 2,
      affected: 1,
      hitRate: 0.5,
      beforeUsd: "0.018",
      afterUsd: "0.006",
      savedUsd: "0.012",
      secondsSpared: 3,
    });
    expect(result.byTenant).toEqual([{ key: "acme", requests: 2, affected: 1, beforeUsd: "0.018", afterUsd: "0.006" }]);
    expect(result.examples).toEqual([{ requestId: "b", tenant: "acme", endpoint: "chat", beforeUsd: "0.012", afterUsd: "0" }]);
  });
});

describe("another rule, cap or price", () => {
  it("short requests go to the small model, the others stay", () => {
    const list = [at(0, { meters: { input: 500 } }), at(10, { meters: { input: 5_000 } })];
    const scenario = { kind: "routing" as const, model: "small", provider: "openai", when: { maxInputTokens: 500 } };
    const played = play(list, scenario, production);
    // 500 × 400 + 200 × 1,600 = 520,000 nano-USD.
    expect(played.map(({ affected, afterNanoUsd }) => [affected, afterNanoUsd])).toEqual([
      [true, 520_000n],
      [false, 18_000_000n],
    ]);
    expect(play(list, { ...scenario, when: { route: "elsewhere" } }, production).some(({ affected }) => affected)).toBe(false);
  });

  it("a cap cuts what is longer, in every attempt", () => {
    const list = [at(0, { meters: { output: 1_000 } }), at(10, { meters: { output: 100 } })];
    const played = play(list, { kind: "cap", maxOutputTokens: 400 }, production);
    // 1,000 × 3,000 + 400 × 15,000.
    expect(played.map(({ affected, afterNanoUsd }) => [affected, afterNanoUsd])).toEqual([
      [true, 9_000_000n],
      [false, 4_500_000n],
    ]);
  });

  it("a dearer price costs more, and says so", () => {
    const scenario = { kind: "prices" as const, provider: "openai", model: "large", input: "6", output: "30" };
    const twice = { ...production, rate: (event: SampleEvent) => 2n * priceOf(event)! };
    const result = resultOf(play([at(0), at(90_000)], scenario, twice), { scenario, share: 1, beforeNanoUsd: 0n });
    expect(result).toMatchObject({
      affected: 2,
      beforeUsd: "0.012",
      afterUsd: "0.024",
      savedUsd: "-0.012",
      savedLowUsd: "-0.012",
    });
  });

  it("of a sample, the counts are scaled up and the money is its part of the exact cost", () => {
    const scenario = { kind: "cap" as const, maxOutputTokens: 200 };
    const list = [at(0, { meters: { output: 1_000 } }), at(90_000, { meters: { output: 1_000 } })];
    // (18 − 6) ÷ 18 of $0.10.
    const result = resultOf(play(list, scenario, production), { scenario, share: 0.5, beforeNanoUsd: 100_000_000n });
    expect(result).toMatchObject({ requests: 4, affected: 4, beforeUsd: "0.1" });
    expect(Number(result.savedUsd)).toBeCloseTo(0.1 * (12 / 18), 6);
  });

  it("the proposed book is rated by the product itself", () => {
    const meter = (base: string) => ({ base, tiers: [] });
    const rule = {
      id: 1,
      book: "workspace" as const,
      tenantId: null,
      provider: "openai",
      model: "m",
      match: { model: { equals: "m" } },
      state: "priced" as const,
      prices: { input: meter("2.50"), output: meter("10") },
      effectiveFrom: null,
      effectiveTo: null,
      source: "replay",
    };
    // 1,000 × $2.50 + 200 × $10, per 1M: $0.0045.
    expect(rateUsage(buildPriceBook([rule], "replay"), usage("m", { input: 1_000, output: 200 })).costNanoUsd).toBe(4_500_000n);
  });
});
