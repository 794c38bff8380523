import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal, nanoToUsd, toNanoUsd } from "@/lib/money";
import { allocatePool, DEFAULT_WORK_WEIGHTS, type IdlePolicy, type TenantWork } from "./allocate";
import { energyCost, kwhOfMillijoules, kwhOfPower } from "./energy";

const work = (tenant: string, uncached: number, cached: number, decode: number): TenantWork => ({
  tenant,
  uncachedPrefill: BigInt(uncached * 1e6),
  cachedPrefill: BigInt(cached * 1e6),
  decode: BigInt(decode * 1e6),
  kvTokenSeconds: 0n,
});

/** 8 GPUs for one hour, $28, 40 % busy. */
const bill = { billNanoUsd: toNanoUsd("28"), busyGpuMs: 11_520_000n, idleGpuMs: 17_280_000n };
const golden = [work("A", 6, 0, 0.3), work("B", 1, 0, 0.9), work("C", 0.5, 4.5, 0.1)];
const to4 = (nano: bigint) => new Decimal(nanoToUsd(nano)).toFixed(4);

describe("allocating 8 GPUs at $28 an hour, 40 % busy, α 1 β 0 γ 4", () => {
  it("gives A $6.3496, B $4.0567 and C $0.7937 of busy time; $16.80 stays idle", () => {
    const { shares, unallocatedNanoUsd } = allocatePool(bill, golden, DEFAULT_WORK_WEIGHTS, { kind: "none" });
    expect(shares.map(({ tenant, busyNanoUsd, idleNanoUsd }) => [tenant, to4(busyNanoUsd), idleNanoUsd])).toEqual([
      ["A", "6.3496", 0n],
      ["B", "4.0567", 0n],
      ["C", "0.7937", 0n],
    ]);
    expect(nanoToUsd(unallocatedNanoUsd)).toBe("16.8");
  });

  it("with idle by weight: $15.8740, $10.1417, $1.9843", () => {
    const { shares } = allocatePool(bill, golden, DEFAULT_WORK_WEIGHTS, { kind: "weighted" });
    // Idle and busy are split apart, each to the nano; the sum to four places is the golden one.
    expect(shares.map((share) => to4(share.busyNanoUsd + share.idleNanoUsd))).toEqual(["15.8740", "10.1417", "1.9843"]);
  });

  it("even: $5.60 of idle each; the owner pays all; a target of 80 % shares $5.60 and leaves $11.20", () => {
    const idle = (policy: IdlePolicy) => {
      const { shares, unallocatedNanoUsd } = allocatePool(bill, golden, DEFAULT_WORK_WEIGHTS, policy);
      return [...shares.map((share) => to4(share.idleNanoUsd)), to4(unallocatedNanoUsd)];
    };
    expect(idle({ kind: "even" })).toEqual(["5.6000", "5.6000", "5.6000", "0.0000"]);
    expect(idle({ kind: "owner-pays", owner: "B" })).toEqual(["0.0000", "16.8000", "0.0000", "0.0000"]);
    expect(idle({ kind: "owner-pays", owner: "nobody" })).toEqual(["0.0000", "0.0000", "0.0000", "16.8000"]);
    // 5.60 · 7.2/12.7, 4.6/12.7, 0.9/12.7
    expect(idle({ kind: "target-capped", targetUtilisation: "0.8" })).toEqual(["3.1748", "2.0283", "0.3969", "11.2000"]);
  });

  it("without tenants everything is unallocated", () => {
    expect(allocatePool(bill, [], DEFAULT_WORK_WEIGHTS, { kind: "weighted" })).toEqual({
      shares: [],
      unallocatedNanoUsd: bill.billNanoUsd,
    });
  });
});

describe("for any pool", () => {
  it("allocated + unallocated idle = bill, to the nano-dollar", () => {
    const count = fc.bigInt({ min: 0n, max: 10n ** 12n });
    const tenant = fc.record({ uncachedPrefill: count, cachedPrefill: count, decode: count, kvTokenSeconds: count });
    const weight = fc.integer({ min: 0, max: 100_000 }).map((n) => (n / 1_000).toString());
    const policy = fc.constantFrom<IdlePolicy>(
      { kind: "none" },
      { kind: "weighted" },
      { kind: "even" },
      { kind: "owner-pays", owner: "t0" },
      { kind: "target-capped", targetUtilisation: "0.65" },
    );
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 18n }),
        fc.bigInt({ min: 0n, max: 10n ** 10n }),
        fc.bigInt({ min: 0n, max: 10n ** 10n }),
        fc.array(tenant, { maxLength: 12 }),
        fc.record({ uncachedPrefill: weight, cachedPrefill: weight, decode: weight, kvTokenSeconds: weight }),
        policy,
        (billNanoUsd, busyGpuMs, idleGpuMs, tenants, weights, idlePolicy) => {
          const named = tenants.map((each, index) => ({ ...each, tenant: `t${index}` }));
          const { shares, unallocatedNanoUsd } = allocatePool({ billNanoUsd, busyGpuMs, idleGpuMs }, named, weights, idlePolicy);
          const allocated = shares.reduce((sum, share) => sum + share.busyNanoUsd + share.idleNanoUsd, 0n);
          expect(allocated + unallocatedNanoUsd).toBe(billNanoUsd);
          expect(unallocatedNanoUsd >= 0n && shares.every((share) => share.busyNanoUsd >= 0n && share.idleNanoUsd >= 0n)).toBe(
            true,
          );
        },
      ),
    );
  });
});

describe("energy", () => {
  it("64 GPUs of 0.7 kW at 60 % for 720 h: 19,353.6 kWh; PUE 1.3, $0.10 and 0.35 kg: 25,159.7 kWh, $2,515.97, 8,805.9 kg", () => {
    const kwh = kwhOfPower({ gpus: 64, kwEach: "0.7", load: "0.6", hours: 720 });
    expect(kwh.toFixed()).toBe("19353.6");
    const { facilityKwh, costUsd, carbonKg } = energyCost(kwh, { pue: "1.3", usdPerKwh: "0.10", kgCo2PerKwh: "0.35" });
    expect([facilityKwh.toFixed(1), costUsd.toFixed(2), carbonKg.toFixed(1)]).toEqual(["25159.7", "2515.97", "8805.9"]);
  });
  it("3.6e9 millijoules are one kWh", () => {
    expect(kwhOfMillijoules(9_000_000_000n).toFixed()).toBe("2.5");
  });
});
