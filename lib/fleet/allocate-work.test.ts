import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import { allocateWork, type TenantTokens } from "./allocate-work";

const millions = (tenant: string, uncached: number, cached: number, decode: number): TenantTokens => ({
  tenant,
  uncachedTokens: BigInt(uncached * 1e6),
  cachedTokens: BigInt(cached * 1e6),
  decodeTokens: BigInt(decode * 1e6),
});

describe("allocateWork", () => {
  it("splits $11.20 of busy time: A does 7.2, B 4.6 and C 0.9 of 12.7 units of work", () => {
    const { shares, unallocatedNanoUsd } = allocateWork(
      [millions("C", 0.5, 4.5, 0.1), millions("A", 6, 0, 0.3), millions("B", 1, 0, 0.9)],
      toNanoUsd("11.2"),
    );
    expect(shares.map((s) => [s.tenant, s.work, Number(nanoToUsd(s.busyNanoUsd)).toFixed(4)])).toEqual([
      ["A", "7200000", "6.3496"],
      ["B", "4600000", "4.0567"],
      ["C", "900000", "0.7937"],
    ]);
    expect(shares[0]!.share).toBe("0.566929134");
    expect(unallocatedNanoUsd).toBe(0n);
  });

  it("takes fitted weights: a cached token at a tenth makes C's 4.5M cached tokens worth 0.45 units", () => {
    const { shares } = allocateWork([millions("C", 0.5, 4.5, 0.1)], 0n, { uncached: 1, cached: 0.1, decode: 4 });
    expect(shares[0]!.work).toBe("1350000");
  });

  it("keeps the busy money of a pool without tenant work as unallocated instead of spreading it evenly", () => {
    const { shares, unallocatedNanoUsd } = allocateWork([millions("A", 0, 3, 0), millions("B", 0, 0, 0)], 700n);
    expect(shares.map((s) => [s.share, s.busyNanoUsd])).toEqual([
      [null, 0n],
      [null, 0n],
    ]);
    expect(unallocatedNanoUsd).toBe(700n);
  });

  it("gives the odd nano-dollar of equal work to the lower tenant id, whatever order they come in", () => {
    const { shares } = allocateWork([millions("b", 1, 0, 0), millions("a", 1, 0, 0)], 3n);
    expect(shares.map((s) => [s.tenant, s.busyNanoUsd])).toEqual([
      ["a", 2n],
      ["b", 1n],
    ]);
  });

  it("always adds up to the busy money, and more work never earns a smaller bill", () => {
    const tokens = fc.record({
      uncachedTokens: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      cachedTokens: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      decodeTokens: fc.bigInt({ min: 0n, max: 10n ** 12n }),
    });
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 12 }), fc.bigInt({ min: 0n, max: 10n ** 15n }), (list, busy) => {
        const { shares, unallocatedNanoUsd } = allocateWork(
          list.map((t, i) => ({ ...t, tenant: `t${i}` })),
          busy,
        );
        expect(shares.reduce((sum, s) => sum + s.busyNanoUsd, unallocatedNanoUsd)).toBe(busy);
        for (let i = 1; i < shares.length; i += 1) {
          expect(shares[i - 1]!.busyNanoUsd - shares[i]!.busyNanoUsd).toBeGreaterThanOrEqual(-1n);
        }
      }),
    );
  });
});
