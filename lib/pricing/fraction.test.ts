import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costOf, Decimal } from "@/lib/money";
import { divideHalfEven, lineNano, nanoPrice } from "./fraction";

const decimals = (maxWhole: number, places: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: maxWhole }), fc.integer({ min: 0, max: 10 ** places - 1 }))
    .map(([whole, fraction]) => `${whole}.${fraction.toString().padStart(places, "0")}`);

describe("a unit price as a fraction", () => {
  it("holds $2.50 per 1M as 2,500 nano-USD a token, $0.0375 as 75/2", () => {
    expect(nanoPrice("2.50", 1_000_000n)).toMatchObject({ num: 2500n, den: 1n, fastNum: 2500, fastDen: 1 });
    expect(nanoPrice("0.0375", 1_000_000n)).toMatchObject({ num: 75n, den: 2n });
  });

  it("rounds halves to the even nano: 0.5 → 0, 1.5 → 2, 2.5 → 2", () => {
    const half = nanoPrice("0.0005", 1_000_000n);
    expect([1, 3, 5].map((quantity) => lineNano(quantity, half))).toEqual([0n, 2n, 2n]);
    expect([divideHalfEven(1n, 2n), divideHalfEven(3n, 2n), divideHalfEven(-3n, 2n), divideHalfEven(5n, 3n)]).toEqual([
      0n,
      2n,
      -2n,
      2n,
    ]);
  });

  it("equals the decimal path for any price, factors and quantity, on the number path and beyond it", () => {
    fc.assert(
      fc.property(
        decimals(5_000, 9),
        fc.array(decimals(3, 3), { maxLength: 3 }),
        fc.oneof(fc.integer({ min: 0, max: 2_000_000 }), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
        (usd, factors, quantity) => {
          const exact = factors.reduce((price, factor) => price.mul(factor), new Decimal(usd));
          expect(lineNano(quantity, nanoPrice(usd, 1_000_000n, factors))).toBe(costOf(quantity, exact));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("meets exact halves too: prices that make n + 0.5 nano-USD", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 0, max: 200_000 }), (n, k) => {
        // (2n + 1) · 0.0005 dollars per 1M = n + 0.5 nano-USD a token; an odd quantity keeps the half.
        const usd = new Decimal(2 * n + 1).mul("0.0005");
        const quantity = 2 * k + 1;
        expect(lineNano(quantity, nanoPrice(usd.toFixed(), 1_000_000n))).toBe(costOf(quantity, usd));
      }),
    );
  });
});
