import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareRuns, ratioOf } from "./compare";
import { mostTokensOf, promptFor } from "./plan";
import { benchmarkOrderSchema, type BenchmarkSample, type BenchmarkView } from "./schemas";
import { curveOf, percentileOf, spreadOf, summarise } from "./summarise";

const sample = (seq: number, more: Partial<BenchmarkSample> = {}): BenchmarkSample => ({
  seq,
  connectMs: 1,
  ttftMs: 100,
  totalMs: 400,
  tokensIn: 200,
  tokensOut: 61,
  model: "m",
  fromCache: false,
  costNanoUsd: null,
  error: null,
  ...more,
});

describe("percentiles", () => {
  it("are interpolated as NumPy's default does: 1…100 have p50 50.5, p95 95.05, p99 99.01", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    const spread = spreadOf(values);
    expect([spread.mean, spread.p50]).toEqual([50.5, 50.5]);
    expect(spread.p95!).toBeCloseTo(95.05, 9);
    expect(spread.p99!).toBeCloseTo(99.01, 9);
  });

  it("need 20 answers", () => {
    expect(spreadOf(Array.from({ length: 19 }, () => 5))).toEqual({ answers: 19, mean: 5, p50: null, p95: null, p99: null });
    expect(spreadOf([])).toEqual({ answers: 0, mean: null, p50: null, p95: null, p99: null });
  });

  it("never leave the range, and rise", () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (all, a, b) => {
        const sorted = all.toSorted((x, y) => x - y);
        const [low, high] = [percentileOf(sorted, Math.min(a, b)), percentileOf(sorted, Math.max(a, b))];
        expect(low).toBeGreaterThanOrEqual(sorted[0]!);
        expect(high).toBeLessThanOrEqual(sorted.at(-1)! + 1e-6);
        expect(high).toBeGreaterThanOrEqual(low - 1e-6);
      }),
    );
  });
});

describe("a summary", () => {
  it("by hand: 20 streams of 100 ms to the first and 400 ms to the last of 61 tokens, four at a time", () => {
    const samples = [
      ...Array.from({ length: 10 }, (_, seq) => sample(seq, { totalMs: 9_999, costNanoUsd: 7n })),
      ...Array.from({ length: 20 }, (_, at) => sample(10 + at, { costNanoUsd: 3n })),
      sample(30, { error: "500: no", totalMs: 1 }),
    ];
    const { times, ...rest } = summarise(samples, { warmUps: 10, concurrency: 4 });
    expect(rest).toMatchObject({
      sent: 21,
      answered: 20,
      errors: 1,
      errorKinds: [{ error: "500: no", count: 1 }],
      // 300 ms for the 60 tokens after the first
      tokensPerSecond: 200,
      requestsPerSecondPublished: 2.5,
      requestsPerSecond: 10,
      tokensPerSecondAll: 610,
      // Warm-ups cost money too: 10 × 7 + 20 × 3 nano
      costUsd: "0.00000013",
    });
    expect([times.ttft.p50, times.total.p99, times.interToken.mean]).toEqual([100, 400, 5]);
    expect(curveOf(samples, 10)[49]).toEqual({ percentile: 50, ttftMs: 100, totalMs: 400 });
  });

  it("nothing answered: no number is made up", () => {
    const summary = summarise([sample(0, { error: "x" })], { warmUps: 0, concurrency: 1 });
    expect([summary.requestsPerSecond, summary.tokensPerSecond, summary.tokensInMean, summary.costUsd]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(curveOf([sample(0)], 0)).toEqual([]);
  });
});

describe("two runs", () => {
  it("ratio of geometric means with Welch's interval: 20 × {1, e} against 20 × {e, e²} is e", () => {
    const pairs = (a: number, b: number) => Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? a : b));
    const ratio = ratioOf(pairs(1, Math.E), pairs(Math.E, Math.E ** 2))!;
    expect(ratio.value).toBeCloseTo(Math.E, 9);
    // Logs 0/1 and 1/2: s² = 0.25 · 40/39 each, error √(2 s²/40) = 0.11323, t(0.975, 78) = 1.99085
    expect(Math.log(ratio.high) - 1).toBeCloseTo(0.11323 * 1.99085, 4);
    expect(1 - Math.log(ratio.low)).toBeCloseTo(0.11323 * 1.99085, 4);
    expect(ratioOf([1, 2], pairs(1, 2))).toBeNull();
  });

  it("says faster or slower only when the interval does", () => {
    const view = (more: Partial<BenchmarkView["order"]> = {}) =>
      ({
        order: { ...benchmarkOrderSchema.parse({ endpoint: { kind: "gateway", name: "g" }, model: "m", warmUps: 0 }), ...more },
      }) as BenchmarkView;
    const run = (factor: number) => ({
      view: view(),
      samples: Array.from({ length: 40 }, (_, seq) => sample(seq, { ttftMs: 10, totalMs: (100 + (seq % 7)) * factor })),
    });
    const verdict = (factor: number) => compareRuns(run(1), run(factor)).times.find(({ time }) => time === "total")!.verdict;
    expect([verdict(0.8), verdict(1), verdict(1.25)]).toEqual(["faster", "no clear difference", "slower"]);
  });
});

describe("what is asked", () => {
  it("no two prompts begin alike, and none has more tokens than was reckoned with", () => {
    const prompts = Array.from({ length: 30 }, (_, seq) => promptFor("0197a3f0-0000-4000-8000-000000000021", seq, 100));
    expect(new Set(prompts.map((prompt) => prompt.slice(0, 20))).size).toBe(30);
    // A token is at least one character, a word of the list at most two tokens.
    expect(prompts[0]!.split(" ").length).toBeLessThan(mostTokensOf({ promptTokens: 100, maxTokens: 5 }).in);
  });
});
