import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitNonNegative, type Observation } from "./non-negative-fit";

const exactly = (weights: readonly number[], xs: readonly (readonly number[])[]): Observation[] =>
  xs.map((x) => ({ x, y: x.reduce((sum, value, i) => sum + value * weights[i]!, 0) }));

describe("a fit without negative weights", () => {
  it("finds 1, 0 and 4 where y is 1·a + 0·b + 4·c", () => {
    const fit = fitNonNegative(
      exactly(
        [1, 0, 4],
        [
          [6, 0, 0.3],
          [1, 0, 0.9],
          [0.5, 4.5, 0.1],
          [2, 1, 3],
        ],
      ),
      3,
    )!;
    expect(fit.weights.map((weight) => Number(weight.toFixed(9)))).toEqual([1, 0, 4]);
    expect([fit.r2!.toFixed(9), fit.rmse < 1e-9, fit.observations]).toEqual(["1.000000000", true, 4]);
  });

  it("leaves a variable out whose weight would be negative: y falls with b, so b is 0 and a carries what it can", () => {
    // Free least squares would say a = 3, b = −1. With b ≥ 0 only a is left: Σay ÷ Σaa = (2 + 5) ÷ 2.
    const fit = fitNonNegative(
      [
        { x: [1, 1], y: 2 },
        { x: [1, -2], y: 5 },
      ],
      2,
    )!;
    expect(fit.weights.map((weight) => Number(weight.toFixed(9)))).toEqual([3.5, 0]);
    // Errors −1.5 and 1.5 around a mean of 3.5, which explains nothing.
    expect([fit.r2!.toFixed(6), fit.rmse.toFixed(6), fit.meanY]).toEqual(["0.000000", "1.500000", 3.5]);
  });

  it("gives one of two variables that cannot be told apart the weight, and a variable that is always 0 none", () => {
    const fit = fitNonNegative(
      exactly(
        [2, 0, 0],
        [1, 2, 3].map((n) => [n, n, 0]),
      ),
      3,
    )!;
    expect(fit.weights[2]).toBe(0);
    expect(fit.weights[0]! + fit.weights[1]!).toBeCloseTo(2, 9);
  });

  it("has no R² where y never varies, and no fit without observations", () => {
    expect(
      fitNonNegative(
        [
          { x: [1], y: 5 },
          { x: [1], y: 5 },
        ],
        1,
      )!.r2,
    ).toBeNull();
    expect(fitNonNegative([], 2)).toBeUndefined();
  });

  it("is the best there is: no weight is negative, and no small step from it lowers the error", () => {
    const value = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, value, value), { minLength: 4, maxLength: 40 }), (rows) => {
        const observations = rows.map(([y, ...x]) => ({ y, x }));
        const { weights } = fitNonNegative(observations, 3)!;
        expect(weights.every((weight) => weight >= 0)).toBe(true);
        const error = (w: readonly number[]) =>
          observations.reduce((sum, { y, x }) => sum + (y - x.reduce((p, v, i) => p + v * w[i]!, 0)) ** 2, 0);
        const least = error(weights);
        for (let i = 0; i < 3; i += 1) {
          for (const step of [1e-3, -1e-3]) {
            const moved = weights.map((weight, at) => (at === i ? Math.max(0, weight + step) : weight));
            expect(error(moved)).toBeGreaterThanOrEqual(least - 1e-6 * (1 + least));
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
