import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf, encodeBuckets, HistogramSum, valueOf, ZERO_BUCKET } from "./histogram";

const positive = fc.oneof(
  fc.double({ min: 1e-6, max: 1e15, noNaN: true }),
  fc.integer({ min: 1, max: 100_000 }),
  fc.integer({ min: 1, max: 2 ** 40 }),
);
const observation = fc.oneof({ weight: 9, arbitrary: positive }, { weight: 1, arbitrary: fc.constant(0) });

const encoded = (values: number[]) => encodeBuckets(values.map(bucketOf));
const sumOf = (...chunks: Uint8Array[]) => {
  const sum = new HistogramSum();
  for (const chunk of chunks) sum.addEncoded(chunk);
  return sum;
};
const exactQuantile = (values: number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1]!;

describe("log-bucketed histogram", () => {
  it("stands for every observation with at most 1 % error", () => {
    fc.assert(
      fc.property(positive, (value) => Math.abs(valueOf(bucketOf(value)) - value) / value <= 0.01),
      { numRuns: 5_000 },
    );
  });

  it("counts zero and negative observations as 0", () => {
    expect([bucketOf(0), bucketOf(-3), bucketOf(-0.5)]).toEqual([ZERO_BUCKET, ZERO_BUCKET, ZERO_BUCKET]);
    expect(sumOf(encoded([0, 0, 0, 100])).quantile(0.5)).toBe(0);
  });

  it("puts a value into the bucket whose upper end is e^(i/50)", () => {
    // ln(2) × 50 = 34.66 → 35; e^(34/50) = 1.974 < 2 ≤ e^(35/50) = 2.014
    expect(bucketOf(2)).toBe(35);
    expect(bucketOf(1)).toBe(0);
    expect(bucketOf(0.5)).toBe(-34);
  });

  it("answers quantiles within 1 % of the exact nearest rank", () => {
    fc.assert(
      fc.property(
        fc.array(observation, { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.01, 0.5, 0.95, 0.99, 1),
        (values, q) => {
          const exact = exactQuantile(values, q);
          const answer = sumOf(encoded(values)).quantile(q)!;
          expect(Math.abs(answer - exact)).toBeLessThanOrEqual(exact * 0.01);
        },
      ),
    );
  });

  it("merges by concatenation: chunks in any split and order are the histogram of all observations", () => {
    fc.assert(
      fc.property(fc.array(fc.array(observation, { maxLength: 60 }), { maxLength: 6 }), (parts) => {
        const together = sumOf(encoded(parts.flat()));
        const separate = sumOf(...parts.map(encoded).toReversed());
        const concatenated = sumOf(Buffer.concat(parts.map(encoded)));
        expect(separate.encode()).toEqual(together.encode());
        expect(concatenated.encode()).toEqual(together.encode());
        expect(together.count).toBe(parts.flat().length);
      }),
    );
  });

  it("survives encoding, large counts included, and is empty after clear", () => {
    const sum = new HistogramSum();
    sum.addBucket(-700, 3);
    sum.addBucket(400, 5_000_000_000);
    sum.addBucket(ZERO_BUCKET, 1);
    const back = sumOf(sum.encode());
    expect(back.encode()).toEqual(sum.encode());
    expect(back.count).toBe(5_000_000_004);
    back.clear();
    expect([back.count, back.quantile(0.5), [...back.encode()]]).toEqual([0, null, [0]]);
  });

  it("is compact: 500 latencies of one shape take under 2.2 bytes a bucket", () => {
    const values = Array.from({ length: 500 }, (_, index) => 200 + index * 7);
    const buckets = new Set(values.map(bucketOf)).size;
    expect(encoded(values).length).toBeLessThan(buckets * 2.2);
  });
});
