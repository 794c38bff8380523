import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costOf, Decimal, formatUsd, nanoToUsd, splitLargestRemainder, toNanoUsd } from "./index";

describe("costOf", () => {
  it("prices 410M input at $2.50 and 164M output at $10 per 1M: $1,025 and $1,640", () => {
    expect(nanoToUsd(costOf(410_000_000, "2.5"))).toBe("1025");
    expect(nanoToUsd(costOf(164_000_000, "10"))).toBe("1640");
  });
  it("rounds once, half-even: half a nano goes to the even neighbour", () => {
    expect(costOf(1, "0.0005")).toBe(0n);
    expect(costOf(3, "0.0005")).toBe(2n);
  });
});

describe("nano-USD and dollars", () => {
  it("go there and back without loss", () => {
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (nano) => toNanoUsd(nanoToUsd(nano)) === nano));
  });
});

describe("toNanoUsd", () => {
  it("rounds half a nano to the even neighbour, and everything else to the nearest", () => {
    expect(["0.0000000005", "0.0000000015", "0.00000000150001", "-0.0000000015", "0.0000000004999"].map(toNanoUsd)).toEqual([
      0n,
      2n,
      2n,
      -2n,
      0n,
    ]);
  });
  it("agrees with decimal.js on any decimal text", () => {
    const text = fc.tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.stringMatching(/^\d{1,18}$/));
    fc.assert(
      fc.property(text, ([whole, fraction]) => {
        const usd = `${whole}.${fraction}`;
        const exact = new Decimal(usd).mul(1_000_000_000).toDecimalPlaces(0, Decimal.ROUND_HALF_EVEN);
        expect(toNanoUsd(usd)).toBe(BigInt(exact.toFixed(0)));
      }),
    );
  });
  it.each(["", "NaN", "1e3", "1,5", "Infinity"])('refuses "%s"', (text) => {
    expect(() => toNanoUsd(text)).toThrow(RangeError);
  });
});

describe("formatUsd", () => {
  it.each([
    ["0.000042", "$0.000042"],
    ["0.42", "$0.42"],
    ["0.1", "$0.10"],
    ["12.3", "$12.30"],
    ["1234.5", "$1,234.50"],
    ["0", "$0.00"],
    [null, "—"],
  ])("shows %s as %s", (value, shown) => {
    expect(formatUsd(value)).toBe(shown);
  });
});

describe("splitLargestRemainder", () => {
  it("splits $100.00 over three as 33.34, 33.33, 33.33", () => {
    expect(splitLargestRemainder(10_000n, [1n, 1n, 1n])).toEqual([3334n, 3333n, 3333n]);
  });
  it("splits $161,280.00 over 5:3:2:7", () => {
    expect(splitLargestRemainder(16_128_000n, [5n, 3n, 2n, 7n])).toEqual([4_743_529n, 2_846_118n, 1_897_412n, 6_640_941n]);
  });
  it("always adds up, and no part is more than one unit from its exact share", () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), weights, (amount, shares) => {
        const parts = splitLargestRemainder(amount, shares);
        const total = shares.reduce((a, b) => a + b, 0n);
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(amount);
        if (total === 0n) return;
        parts.forEach((part, i) => {
          const off = part * total - amount * shares[i]!;
          expect(off < total && off > -total).toBe(true);
        });
      }),
    );
  });
});
