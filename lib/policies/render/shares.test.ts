import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policyWith } from "../testing";
import { PARTS, sharesOf } from "./shares";

const route = (over: object) => policyWith(over).routing.routes["chat-default"]!;

describe("sharesOf", () => {
  it("divides by weight: 3 to 1 is 7,500 to 2,500 of 10,000", () => {
    expect([...sharesOf(route({}))]).toEqual([
      ["large", 7_500],
      ["small", 2_500],
    ]);
  });
  it("gives the canary its percentage and the others the rest: 10 % leaves 6,750 and 2,250", () => {
    expect(Object.fromEntries(sharesOf(route({ canary: { target: "new", sharePercent: 10 } })))).toEqual({
      new: 1_000,
      large: 6_750,
      small: 2_250,
    });
  });
  it("a canary at 0 % gets nothing, not even by weight", () => {
    expect(Object.fromEntries(sharesOf(route({ canary: { target: "small", sharePercent: 0 } })))).toEqual({ large: PARTS });
  });
  it("always adds up, and never gives more to a smaller weight", () => {
    const weights = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.integer({ min: 1, max: 1_000_000 }), { minKeys: 1 });
    fc.assert(
      fc.property(weights, (byTarget) => {
        const targets = Object.fromEntries(
          Object.entries(byTarget).map(([id, weight]) => [id, { upstream: "u", model: "m", weight }]),
        );
        const shares = [...sharesOf({ ...route({}), targets })];
        expect(shares.reduce((sum, [, parts]) => sum + parts, 0)).toBe(PARTS);
        for (const [a, x] of shares)
          for (const [b, y] of shares) if (byTarget[a]! > byTarget[b]!) expect(x + 1).toBeGreaterThan(y);
      }),
    );
  });
});
