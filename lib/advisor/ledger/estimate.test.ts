import { describe, expect, it } from "vitest";
import type { Sample } from "../detectors/input";
import { events, FROM, hours, pool, priceOf, type Said } from "../detectors/testing";
import { estimateOf, type EstimateInput } from "./estimate";

const WEEK = 7 * 86_400_000;
const NANO = 1_000_000_000;
const scope = { level: "endpoint" as const, value: "chat" };

function estimated(edit: Partial<EstimateInput["edit"]>, say: (index: number) => Said, share = 1) {
  const sample: Sample = { events: events(70, say), share, from: FROM, to: FROM + WEEK };
  const modelOf = (_route: string, target: string) => (target === "mini" ? { model: "small", provider: "openai" } : null);
  const { lowNanoUsd, highNanoUsd, basis } = estimateOf([
    { edit: { kind: "tokens", scope, document: {}, ...edit }, sample, price: priceOf, modelOf },
  ]);
  const dollars = (nano: bigint | null) => (nano === null ? null : Number(nano) / NANO);
  return { low: dollars(lowNanoUsd), high: dollars(highNanoUsd), basis };
}

describe("what a change would save in 30 days", () => {
  it("a cap on outputs: the tokens beyond it, half of them surely", () => {
    const { low, high, basis } = estimated({ document: { maxOutputTokens: 100 } }, (index) => ({
      meters: { input: 0, cacheRead: 0, output: index < 10 ? 600 : 50 },
    }));
    // 10 answers × 500 tokens × $15 per 1M = $0.075 a week; × 30 ÷ 7.
    expect(high).toBeCloseTo((0.075 * 30) / 7, 6);
    expect(low).toBeCloseTo(high! / 2, 6);
    expect(basis).toContain("10 answers of the last week were longer than 100 tokens");
  });

  it("an exact cache: requests that were asked before, while their answer is kept", () => {
    const say = (index: number): Said => ({
      requestHash: `h${index % 35}`,
      latencyMs: 0,
      meters: { input: 1_000, cacheRead: 0, output: 0 },
    });
    const kept = estimated({ kind: "caching", document: { exact: { enabled: true, ttlSec: WEEK / 1_000 } } }, say);
    // Each of 35 questions is asked twice: 35 hits at 1,000 tokens × $3 per 1M.
    expect(kept.high).toBeCloseTo((35 * 0.003 * 30) / 7, 6);
    expect(kept.basis).toContain("35 of 70 requests");
    const short = estimated({ kind: "caching", document: { exact: { enabled: true, ttlSec: 60 } } }, say);
    expect(short.high).toBe(0);
  });

  it("a small model first: what stays when some are asked of both", () => {
    const { low, high } = estimated(
      { kind: "routing", document: { routes: { "chat-default": { cascade: { first: "mini", escalateTo: "big" } } } } },
      () => ({ stream: false, meters: { input: 1_000, cacheRead: 0, output: 0 } }),
    );
    // Large $0.003, small $0.0004 a call: 70 × (0.0026 − 5 % or 25 % of 0.003).
    expect(high).toBeCloseTo((70 * (0.0026 - 0.05 * 0.003) * 30) / 7, 6);
    expect(low).toBeCloseTo((70 * (0.0026 - 0.25 * 0.003) * 30) / 7, 6);
  });

  it("a part of the requests stands for all of them", () => {
    const say = (): Said => ({ meters: { input: 0, cacheRead: 0, output: 600 } });
    const whole = estimated({ document: { maxOutputTokens: 100 } }, say);
    expect(estimated({ document: { maxOutputTokens: 100 } }, say, 0.25).high).toBeCloseTo(whole.high! * 4, 6);
  });

  it("fewer bits on a pool: the nodes that the same work needs no more, on its own bill", () => {
    const engine = (document: object, policy: object) =>
      estimateOf([
        {
          edit: { kind: "engine", scope: { level: "pool", value: "llama" }, document: { ...document } },
          sample: { events: [], share: 1, from: 0, to: WEEK },
          price: () => null,
          modelOf: () => null,
          // A week of 8 nodes, at most 60 % full: $700.
          pool: pool({ nodes: 8, policy: { ...policy }, hours: hours(() => ({ utilization: 0.6, kvCacheUsage: 0.5 })) }),
        },
      ]);
    const { lowNanoUsd, highNanoUsd, basis } = engine({ quantization: "fp8" }, {});
    // 6 nodes are needed, then 5 to 3: 1 to 3 of 8 of $700 a week, × 30 ÷ 7.
    expect([Number(lowNanoUsd) / NANO, Number(highNanoUsd) / NANO]).toEqual([375, 1_125]);
    expect(basis).toMatch(/6 of 8 nodes are needed, afterwards 3 to 5.* It becomes money only when the nodes are taken away\.$/);
    // Larger batches: 40–60 %, 4 to 3 nodes.
    const batches = engine({ maxNumSeqs: 256 }, { maxNumSeqs: 64 });
    expect([batches.lowNanoUsd, batches.highNanoUsd].map((nano) => Number(nano) / NANO)).toEqual([750, 1_125]);
    for (const [document, policy] of [
      [{ quantization: "fp8" }, { quantization: "int8" }],
      [{ maxNumSeqs: 16 }, { maxNumSeqs: 64 }],
      [{ speculative: { method: "ngram", numTokens: 4 } }, {}],
    ] as const) {
      expect(engine(document, policy)).toMatchObject({ lowNanoUsd: null, basis: expect.stringMatching(/fewer nodes/) as string });
    }
  });

  it("says what it does not know", () => {
    expect(estimated({ kind: "engine", document: { quantization: "fp8" } }, () => ({}))).toMatchObject({ low: null, high: null });
    expect(estimated({ kind: "batching", document: {} }, () => ({})).basis).toMatch(/^Nothing can be said beforehand/);
  });
});
