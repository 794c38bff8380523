import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { niceTicks } from "./nice-ticks";

describe("niceTicks", () => {
  it.each([
    [4.4, "usd", [0, 1, 2, 3, 4, 5]],
    [5, "usd", [0, 1, 2, 3, 4, 5]],
    [0.0074, "usd", [0, 0.002, 0.004, 0.006, 0.008]],
    [0.42, "ratio", [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
    [112_000, "ms", [0, 30_000, 60_000, 90_000, 120_000]],
    [1_900, "ms", [0, 500, 1_000, 1_500, 2_000]],
    [0, "count", [0, 1]],
  ])("a maximum of %d %s stands on %j", (max, unit, expected) => {
    expect(niceTicks(max, unit)).toEqual(expected);
  });

  it("always covers the maximum, with at most six lines, and wastes less than one step", () => {
    const any = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(any, fc.constantFrom("usd", "ms", "count"), (max, unit) => {
        const ticks = niceTicks(max, unit);
        expect(ticks[0]).toBe(0);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(ticks.at(-1)!).toBeGreaterThanOrEqual(max * (1 - 1e-9));
        expect(ticks.at(-2)!).toBeLessThan(max);
      }),
    );
  });
});
