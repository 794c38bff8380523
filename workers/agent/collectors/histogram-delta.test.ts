import { describe, expect, it } from "vitest";
import { addHistograms, bucketTexts, histogramDelta, percentile } from "./histogram-delta";

const inf = Number.POSITIVE_INFINITY;
/** 40 observations up to 0.1, 50 more up to 0.5, 10 above. */
const histogram = histogramDelta(
  [
    { le: inf, added: 100 },
    { le: 0.1, added: 40 },
    { le: 0.5, added: 90 },
  ],
  31,
);

describe("a histogram of one interval", () => {
  it("has the buckets that were scraped, in their order", () => {
    expect(histogram).toEqual({ bounds: [0.1, 0.5, inf], counts: [40, 50, 10], count: 100, sum: 31 });
  });

  it("interpolates within the bucket: p50 is a fifth into 0.1–0.5, p95 lies above the last bound", () => {
    expect(percentile(histogram, 0.5)).toBeCloseTo(0.1 + 0.4 * (10 / 50), 12);
    expect(percentile(histogram, 0.2)).toBeCloseTo(0.05, 12);
    expect(percentile(histogram, 0.95)).toBe(0.5);
  });

  it("has no percentile of fewer than 20 observations", () => {
    expect(
      percentile(
        histogramDelta(
          [
            { le: inf, added: 19 },
            { le: 1, added: 19 },
          ],
          2,
        ),
        0.5,
      ),
    ).toBeNull();
    expect(
      percentile(
        histogramDelta(
          [
            { le: inf, added: 20 },
            { le: 1, added: 20 },
          ],
          2,
        ),
        0.5,
      ),
    ).toBe(0.5);
  });

  it("takes a bucket that is behind the one below it for empty", () => {
    const torn = histogramDelta(
      [
        { le: 1, added: 10 },
        { le: 2, added: 9 },
        { le: inf, added: 12 },
      ],
      1,
    );
    expect([torn.counts, torn.count]).toEqual([[10, 0, 2], 12]);
  });

  it("adds up engines with equal bounds; of others only count and sum", () => {
    expect(addHistograms(histogram, histogram)).toEqual({ bounds: [0.1, 0.5, inf], counts: [80, 100, 20], count: 200, sum: 62 });
    const other = histogramDelta(
      [
        { le: 1, added: 5 },
        { le: inf, added: 5 },
      ],
      2,
    );
    const mixed = addHistograms(histogram, other);
    expect([mixed.count, mixed.sum, percentile(mixed, 0.5), bucketTexts(mixed, 200)]).toEqual([105, 33, null, []]);
  });

  it("writes its buckets so that any window can be added up again, in texts that fit", () => {
    expect(bucketTexts(histogram, 200)).toEqual(["0-0.1:40 0.1-0.5:50 0.5-Inf:10"]);
    expect(bucketTexts(histogram, 20)).toEqual(["0-0.1:40 0.1-0.5:50", "0.5-Inf:10"]);
  });
});
