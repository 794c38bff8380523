/**
 * A pool's GPU bill → its tenants. The busy part by work done, W = α·uncached prefill + β·cached prefill + γ·decode
 * + δ·KV-token-seconds; the idle part by policy. Exact: the shares and what nobody is charged for add up to the bill, busy
 * and idle each to the nano-dollar.
 * Not by request time: concurrency makes a true 50/50 look like 97 % decode. Not by tokens alone: tenants whose prompts
 * are cached would pay for those whose prompts are not.
 */
import { Decimal, splitLargestRemainder } from "@/lib/money";

/** What a token of each kind costs the engine, relative to an uncached prompt token. Not negative. */
export interface WorkWeights {
  uncached: number;
  cached: number;
  decode: number;
  kvTokenSecond: number;
}

/** The ratio to use until weights are fitted from the engine's own counters: decoding costs 4 times prefilling. */
export const DEFAULT_WORK_WEIGHTS: WorkWeights = { uncached: 1, cached: 0, decode: 4, kvTokenSecond: 0 };

/** What one tenant sent through one pool. */
export interface TenantWork {
  tenant: string;
  uncachedTokens: bigint;
  cachedTokens: bigint;
  decodeTokens: bigint;
  /** Left out where the engine does not tell. */
  kvTokenSeconds?: bigint;
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

/** Where money that goes by work goes in a pool that was on, but whose tenants did no work: to nobody, or to each the same. */
export type ZeroWork = "unallocated" | "even";

export interface PoolBill {
  busyNanoUsd: bigint;
  idleNanoUsd: bigint;
}

export interface AllocationRules {
  weights: WorkWeights;
  idle: IdlePolicy;
  zeroWork: ZeroWork;
}

/** A tenant's line: its work and its part of the bill. */
export interface TenantShare extends TenantWork {
  /** Weighted tokens, decimal text. */
  work: string;
  /** Part of the pool's work, 0..1, 9 decimals; null when the pool did no work. */
  share: string | null;
  busyNanoUsd: bigint;
  idleNanoUsd: bigint;
}

export interface Allocation {
  /** Most work first, ties by tenant id. */
  shares: TenantShare[];
  /** Busy and idle money that nobody is charged for. */
  unallocatedBusyNanoUsd: bigint;
  unallocatedIdleNanoUsd: bigint;
}

export function allocatePool(bill: PoolBill, tenants: readonly TenantWork[], rules: AllocationRules): Allocation {
  // By id, so that largest remainder breaks ties by id, in whatever order they come.
  const ordered = [...tenants].sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
  const { units, perUnit } = workUnits(ordered, rules.weights);
  const total = sum(units);
  const byWork = (nano: bigint) =>
    total === 0n && rules.zeroWork === "unallocated" ? units.map(() => 0n) : splitLargestRemainder(nano, units);
  const busy = byWork(bill.busyNanoUsd);
  const idle = splitIdle(bill, ordered, byWork, rules.idle);
  const shares = ordered.map((tenant, i) => ({
    ...tenant,
    work: new Decimal(units[i]!.toString()).div(perUnit).toFixed(),
    share: total === 0n ? null : new Decimal(units[i]!.toString()).div(total.toString()).toDecimalPlaces(9).toString(),
    busyNanoUsd: busy[i]!,
    idleNanoUsd: idle[i]!,
  }));
  const order = shares.map((_, i) => i).sort((a, b) => (units[a] === units[b] ? a - b : units[a]! > units[b]! ? -1 : 1));
  return {
    shares: order.map((i) => shares[i]!),
    unallocatedBusyNanoUsd: bill.busyNanoUsd - sum(busy),
    unallocatedIdleNanoUsd: bill.idleNanoUsd - sum(idle),
  };
}

function splitIdle(
  bill: PoolBill,
  tenants: readonly TenantWork[],
  byWork: (nano: bigint) => bigint[],
  policy: IdlePolicy,
): bigint[] {
  const idleNano = bill.idleNanoUsd;
  switch (policy.kind) {
    case "none":
      return tenants.map(() => 0n);
    case "weighted":
      return byWork(idleNano);
    case "even":
      return splitLargestRemainder(
        idleNano,
        tenants.map(() => 1n),
      );
    case "owner-pays":
      // An owner who did no work is not in the list: then the idle line stays visible instead of moving to others.
      return tenants.map(({ tenant }) => (tenant === policy.owner ? idleNano : 0n));
    case "target-capped": {
      const billNano = (bill.busyNanoUsd + idleNano).toString();
      const cap = BigInt(new Decimal(billNano).mul(new Decimal(1).sub(policy.targetUtilisation)).toFixed(0));
      return byWork(idleNano < cap ? idleNano : cap);
    }
  }
}

/** Work as integers in one common scale, so that the split is exact whatever fractions the weights are. */
export function workUnits(tenants: readonly TenantWork[], weights: WorkWeights): { units: bigint[]; perUnit: string } {
  const { uncached, cached, decode, kvTokenSecond } = weights;
  const exact = [uncached, cached, decode, kvTokenSecond].map((weight) => new Decimal(weight));
  const perUnit = new Decimal(10).pow(Math.max(...exact.map((weight) => weight.decimalPlaces())));
  const [a, b, c, d] = exact.map((weight) => BigInt(weight.mul(perUnit).toFixed(0))) as [bigint, bigint, bigint, bigint];
  const units = tenants.map(
    (tenant) => a * tenant.uncachedTokens + b * tenant.cachedTokens + c * tenant.decodeTokens + d * (tenant.kvTokenSeconds ?? 0n),
  );
  return { units, perUnit: perUnit.toFixed() };
}

const sum = (parts: readonly bigint[]) => parts.reduce((total, part) => total + part, 0n);
