/**
 * A pool's GPU bill → its tenants. The busy part by work done, W = α·uncached prefill + β·cached prefill + γ·decode
 * + δ·KV-token-seconds; the idle part by policy. Exact: allocated + unallocated idle = bill, to the nano-dollar.
 * Not by request time: concurrency makes a true 50/50 look like 97 % decode. Not by tokens alone: tenants whose prompts
 * are cached would pay for those whose prompts are not.
 */
import { Decimal, splitLargestRemainder } from "@/lib/money";
import { divideHalfEven } from "./fraction";

export interface WorkWeights {
  /** Decimal text, not negative. */
  uncachedPrefill: string;
  cachedPrefill: string;
  decode: string;
  kvTokenSeconds: string;
}

/** The ratio to use until weights are fitted from the engine's own counters: decoding costs 4 times prefilling. */
export const DEFAULT_WORK_WEIGHTS: WorkWeights = { uncachedPrefill: "1", cachedPrefill: "0", decode: "4", kvTokenSeconds: "0" };

export interface TenantWork {
  tenant: string;
  /** Tokens; token-seconds for the KV cache. */
  uncachedPrefill: bigint;
  cachedPrefill: bigint;
  decode: bigint;
  kvTokenSeconds: bigint;
}

/**
 * none: idle stays its own line. weighted: like the busy part. even: the same for each tenant. owner-pays: all to one
 * tenant. target-capped: weighted, but only the idle that a pool at its target utilisation would have; the rest stays.
 */
export type IdlePolicy =
  | { kind: "none" }
  | { kind: "weighted" }
  | { kind: "even" }
  | { kind: "owner-pays"; owner: string }
  | { kind: "target-capped"; targetUtilisation: string };

export interface PoolBill {
  billNanoUsd: bigint;
  busyGpuMs: bigint;
  idleGpuMs: bigint;
}

export interface TenantShare {
  tenant: string;
  busyNanoUsd: bigint;
  idleNanoUsd: bigint;
}

export interface Allocation {
  shares: TenantShare[];
  /** Idle that nobody is charged for. */
  unallocatedNanoUsd: bigint;
}

export function allocatePool(
  bill: PoolBill,
  work: readonly TenantWork[],
  weights: WorkWeights,
  idlePolicy: IdlePolicy,
): Allocation {
  const totalMs = bill.busyGpuMs + bill.idleGpuMs;
  const busyNano = totalMs === 0n ? 0n : divideHalfEven(bill.billNanoUsd * bill.busyGpuMs, totalMs);
  const idleNano = bill.billNanoUsd - busyNano;
  // Nobody to charge: all of it is unallocated, none of it disappears.
  if (work.length === 0) return { shares: [], unallocatedNanoUsd: bill.billNanoUsd };
  const units = workUnits(work, weights);
  const busy = splitLargestRemainder(busyNano, units);
  const idle = splitIdle(idleNano, bill.billNanoUsd, work, units, idlePolicy);
  const shares = work.map(({ tenant }, index) => ({ tenant, busyNanoUsd: busy[index]!, idleNanoUsd: idle[index]! }));
  return { shares, unallocatedNanoUsd: idleNano - idle.reduce((sum, part) => sum + part, 0n) };
}

function splitIdle(
  idleNano: bigint,
  billNano: bigint,
  work: readonly TenantWork[],
  units: readonly bigint[],
  policy: IdlePolicy,
): bigint[] {
  switch (policy.kind) {
    case "none":
      return work.map(() => 0n);
    case "weighted":
      return splitLargestRemainder(idleNano, units);
    case "even":
      return splitLargestRemainder(
        idleNano,
        work.map(() => 1n),
      );
    case "owner-pays":
      // An owner who did no work is not in the list: then the idle line stays visible instead of moving to others.
      return work.map(({ tenant }) => (tenant === policy.owner ? idleNano : 0n));
    case "target-capped": {
      const planned = new Decimal(billNano.toString()).mul(new Decimal(1).sub(policy.targetUtilisation)).toDecimalPlaces(0);
      const cap = BigInt(planned.toFixed(0));
      return splitLargestRemainder(idleNano < cap ? idleNano : cap, units);
    }
  }
}

/** Work as integers in one common scale, so that the split is exact. */
function workUnits(work: readonly TenantWork[], weights: WorkWeights): bigint[] {
  const places = Math.max(...Object.values(weights).map((weight: string) => new Decimal(weight).decimalPlaces()));
  const scaled = (weight: string) => BigInt(new Decimal(weight).mul(new Decimal(10).pow(places)).toFixed(0));
  const uncached = scaled(weights.uncachedPrefill);
  const cached = scaled(weights.cachedPrefill);
  const decode = scaled(weights.decode);
  const kv = scaled(weights.kvTokenSeconds);
  return work.map(
    (tenant) =>
      tenant.uncachedPrefill * uncached + tenant.cachedPrefill * cached + tenant.decode * decode + tenant.kvTokenSeconds * kv,
  );
}
