import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal, nanoToUsd, toNanoUsd } from "@/lib/money";
import {
  allocatePool,
  DEFAULT_WORK_WEIGHTS,
  type AllocationRules,
  type IdlePolicy,
  type TenantWork,
  type ZeroWork,
} from "./allocate";

const millions = (tenant: string, uncached: number, cached: number, decode: number): TenantWork => ({
  tenant,
  uncachedTokens: BigInt(uncached * 1e6),
  cachedTokens: BigInt(cached * 1e6),
  decodeTokens: BigInt(decode * 1e6),
});

/** 8 GPUs for one hour, $28, 40 % busy. */
const bill = { busyNanoUsd: toNanoUsd("11.2"), idleNanoUsd: toNanoUsd("16.8") };
const golden = [millions("C", 0.5, 4.5, 0.1), millions("A", 6, 0, 0.3), millions("B", 1, 0, 0.9)];
const rules = (changed: Partial<AllocationRules> = {}): AllocationRules => ({
  weights: DEFAULT_WORK_WEIGHTS,
  idle: { kind: "none" },
  zeroWork: "unallocated",
  ...changed,
});
const busyOnly = (busyNanoUsd: bigint) => ({ busyNanoUsd, idleNanoUsd: 0n });
const to4 = (nano: bigint) => new Decimal(nanoToUsd(nano)).toFixed(4);

describe("allocating 8 GPUs at $28 an hour, 40 % busy, α 1 β 0 γ 4", () => {
  it("A does 7.2, B 4.6 and C 0.9 of 12.7 units: $6.3496, $4.0567, $0.7937 of busy time; $16.80 stays idle", () => {
    const { shares, unallocatedBusyNanoUsd, unallocatedIdleNanoUsd } = allocatePool(bill, golden, rules());
    expect(shares.map((line) => [line.tenant, line.work, line.share, to4(line.busyNanoUsd), line.idleNanoUsd])).toEqual([
      ["A", "7200000", "0.566929134", "6.3496", 0n],
      ["B", "4600000", "0.362204724", "4.0567", 0n],
      ["C", "900000", "0.070866142", "0.7937", 0n],
    ]);
    expect([unallocatedBusyNanoUsd, nanoToUsd(unallocatedIdleNanoUsd)]).toEqual([0n, "16.8"]);
  });

  it("with idle by weight: $15.8740, $10.1417, $1.9843", () => {
    const { shares } = allocatePool(bill, golden, rules({ idle: { kind: "weighted" } }));
    // Idle and busy are split apart, each to the nano; the sum to four places is the golden one.
    expect(shares.map((share) => to4(share.busyNanoUsd + share.idleNanoUsd))).toEqual(["15.8740", "10.1417", "1.9843"]);
  });

  it("even: $5.60 of idle each; the owner pays all; a target of 80 % shares $5.60 and leaves $11.20", () => {
    const idle = (policy: IdlePolicy) => {
      const { shares, unallocatedIdleNanoUsd } = allocatePool(bill, golden, rules({ idle: policy }));
      return [...shares.map((share) => to4(share.idleNanoUsd)), to4(unallocatedIdleNanoUsd)];
    };
    expect(idle({ kind: "even" })).toEqual(["5.6000", "5.6000", "5.6000", "0.0000"]);
    expect(idle({ kind: "owner-pays", owner: "B" })).toEqual(["0.0000", "16.8000", "0.0000", "0.0000"]);
    expect(idle({ kind: "owner-pays", owner: "nobody" })).toEqual(["0.0000", "0.0000", "0.0000", "16.8000"]);
    // 5.60 · 7.2/12.7, 4.6/12.7, 0.9/12.7
    expect(idle({ kind: "target-capped", targetUtilisation: "0.8" })).toEqual(["3.1748", "2.0283", "0.3969", "11.2000"]);
  });

  it("without tenants everything is unallocated", () => {
    expect(allocatePool(bill, [], rules({ idle: { kind: "weighted" }, zeroWork: "even" }))).toEqual({
      shares: [],
      unallocatedBusyNanoUsd: bill.busyNanoUsd,
      unallocatedIdleNanoUsd: bill.idleNanoUsd,
    });
  });
});

describe("work", () => {
  it("takes fitted weights: a cached token at a tenth makes C's 4.5M cached tokens worth 0.45 units", () => {
    const { shares } = allocatePool(busyOnly(0n), [millions("C", 0.5, 4.5, 0.1)], {
      ...rules(),
      weights: { uncached: 1, cached: 0.1, decode: 4, kvTokenSecond: 0 },
    });
    expect(shares[0]!.work).toBe("1350000");
  });

  it("counts what a tenant holds in the KV cache: 2,000,000 token-seconds at 0.25 are 500,000 units", () => {
    const weights = { ...DEFAULT_WORK_WEIGHTS, kvTokenSecond: 0.25 };
    const { shares } = allocatePool(
      busyOnly(40n),
      [millions("A", 1.5, 0, 0), { ...millions("B", 0, 0, 0), kvTokenSeconds: 2_000_000n }],
      rules({ weights }),
    );
    expect(shares.map((line) => [line.tenant, line.work, line.busyNanoUsd])).toEqual([
      ["A", "1500000", 30n],
      ["B", "500000", 10n],
    ]);
  });

  const nobodyWorked = [millions("A", 0, 3, 0), millions("B", 0, 0, 0)];
  it.each<[ZeroWork, IdlePolicy, [bigint, bigint][], bigint, bigint]>([
    [
      "unallocated",
      { kind: "weighted" },
      [
        [0n, 0n],
        [0n, 0n],
      ],
      700n,
      50n,
    ],
    [
      "even",
      { kind: "weighted" },
      [
        [350n, 25n],
        [350n, 25n],
      ],
      0n,
      0n,
    ],
    // Idle that is split evenly anyway does not ask for work.
    [
      "unallocated",
      { kind: "even" },
      [
        [0n, 25n],
        [0n, 25n],
      ],
      700n,
      0n,
    ],
  ])("no tenant worked, zero work %s, idle %o", (zeroWork, idle, lines, unallocatedBusy, unallocatedIdle) => {
    const result = allocatePool({ busyNanoUsd: 700n, idleNanoUsd: 50n }, nobodyWorked, rules({ zeroWork, idle }));
    expect(result.shares.map((line) => [line.busyNanoUsd, line.idleNanoUsd])).toEqual(lines);
    expect(result.shares.map((line) => line.share)).toEqual([null, null]);
    expect([result.unallocatedBusyNanoUsd, result.unallocatedIdleNanoUsd]).toEqual([unallocatedBusy, unallocatedIdle]);
  });

  it("gives the odd nano-dollar of equal work to the lower tenant id, whatever order they come in", () => {
    const { shares } = allocatePool(busyOnly(3n), [millions("b", 1, 0, 0), millions("a", 1, 0, 0)], rules());
    expect(shares.map((s) => [s.tenant, s.busyNanoUsd])).toEqual([
      ["a", 2n],
      ["b", 1n],
    ]);
  });
});

describe("for any pool", () => {
  const count = fc.bigInt({ min: 0n, max: 10n ** 12n });
  const tenants = fc
    .array(fc.record({ uncachedTokens: count, cachedTokens: count, decodeTokens: count, kvTokenSeconds: count }), {
      maxLength: 12,
    })
    .map((list) => list.map((each, index) => ({ ...each, tenant: `t${index}` })));
  const weight = fc.integer({ min: 0, max: 100_000 }).map((n) => n / 1_000);
  const anyRules = fc.record<AllocationRules>({
    weights: fc.record({ uncached: weight, cached: weight, decode: weight, kvTokenSecond: weight }),
    idle: fc.constantFrom<IdlePolicy>(
      { kind: "none" },
      { kind: "weighted" },
      { kind: "even" },
      { kind: "owner-pays", owner: "t0" },
      { kind: "target-capped", targetUtilisation: "0.65" },
    ),
    zeroWork: fc.constantFrom<ZeroWork>("unallocated", "even"),
  });
  const nano = fc.bigInt({ min: 0n, max: 10n ** 18n });

  it("busy and idle each add up to the nano-dollar, nothing is negative, and more work never earns a smaller bill", () => {
    fc.assert(
      fc.property(nano, nano, tenants, anyRules, (busyNanoUsd, idleNanoUsd, list, any) => {
        const { shares, ...rest } = allocatePool({ busyNanoUsd, idleNanoUsd }, list, any);
        expect(shares.reduce((sum, share) => sum + share.busyNanoUsd, rest.unallocatedBusyNanoUsd)).toBe(busyNanoUsd);
        expect(shares.reduce((sum, share) => sum + share.idleNanoUsd, rest.unallocatedIdleNanoUsd)).toBe(idleNanoUsd);
        expect(rest.unallocatedBusyNanoUsd >= 0n && rest.unallocatedIdleNanoUsd >= 0n).toBe(true);
        expect(shares.every((share) => share.busyNanoUsd >= 0n && share.idleNanoUsd >= 0n)).toBe(true);
        for (let i = 1; i < shares.length; i += 1) {
          expect(shares[i - 1]!.busyNanoUsd - shares[i]!.busyNanoUsd).toBeGreaterThanOrEqual(-1n);
        }
      }),
    );
  });
});
