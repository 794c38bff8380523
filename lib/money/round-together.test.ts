import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { minorToText, roundTogether, toNanoUsd } from "./index";

const USD = { rateNano: 1_000_000_000n, digits: 2 };

describe("roundTogether", () => {
  it("gives the odd cent of three thirds of $100 to the first: 33.34, 33.33, 33.33", () => {
    const third = toNanoUsd("33.333333333");
    // The thirds are a nano-dollar short of $100.00, which rounds to it.
    expect(roundTogether([third, third, third], USD)).toEqual([3334n, 3333n, 3333n]);
  });

  it("rounds the sum, not the parts: four times $0.004 is two cents, and half a cent alone is even", () => {
    const part = toNanoUsd("0.004");
    expect(roundTogether([part, part, part, part], USD)).toEqual([1n, 1n, 0n, 0n]);
    expect(roundTogether([toNanoUsd("0.005")], USD)).toEqual([0n]);
    expect(roundTogether([toNanoUsd("0.015")], USD)).toEqual([2n]);
  });

  it("takes negative amounts: $10.006 and a credit of $3.002 are 10.00 and −3.00 of $7.00", () => {
    // Exact: 1000.6 and −300.2 cents. Down: 1000 and −301, one cent is left, the larger remainder is 0.8.
    expect(roundTogether([toNanoUsd("10.006"), toNanoUsd("-3.002")], USD)).toEqual([1000n, -300n]);
  });

  it("rounds in the currency: $10 at 0.92 EUR is 9.20, at 151.37 JPY is 1,514 yen", () => {
    expect(roundTogether([toNanoUsd("10")], { rateNano: 920_000_000n, digits: 2 })).toEqual([920n]);
    expect(roundTogether([toNanoUsd("10")], { rateNano: 151_370_000_000n, digits: 0 })).toEqual([1514n]);
  });

  it("adds up, and no amount is a whole unit off, for any amounts, rate and currency", () => {
    const nano = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
    fc.assert(
      fc.property(
        fc.array(nano, { maxLength: 20 }),
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        fc.constantFrom(0, 2, 3),
        (amounts, rateNano, digits) => {
          const scale = rateNano * 10n ** BigInt(digits);
          const unit = 10n ** 18n;
          const minor = roundTogether(amounts, { rateNano, digits });
          const exact = amounts.reduce((total, amount) => total + amount, 0n) * scale;
          const off = minor.reduce((total, amount) => total + amount, 0n) * unit - exact;
          expect(2n * off <= unit && 2n * off >= -unit).toBe(true);
          minor.forEach((amount, index) => {
            const distance = amount * unit - amounts[index]! * scale;
            expect(distance < unit && distance > -unit).toBe(true);
          });
        },
      ),
    );
  });

  it("refuses a total that is not theirs", () => {
    expect(() => roundTogether([toNanoUsd("1")], USD, 102n)).toThrow(RangeError);
  });
});

describe("minorToText", () => {
  it.each([
    [4_743_529n, 2, "47435.29"],
    [-5n, 2, "-0.05"],
    [0n, 2, "0.00"],
    [1514n, 0, "1514"],
    [7n, 3, "0.007"],
  ])("writes %s with %s digits as %s", (minor, digits, text) => {
    expect(minorToText(minor, digits)).toBe(text);
  });
});
