/**
 * Who used a pool: split its busy dollars by work. W = α·uncached + β·cached + γ·decode (Headroom design, "GPU money").
 * Check (8 GPUs at $28/h, 40 % busy): A 6.0/0/0.3, B 1.0/0/0.9, C 0.5/4.5/0.1 million tokens → $6.3496, $4.0567, $0.7937.
 */
import { Decimal, splitLargestRemainder } from "@/lib/money";

/** What a token of each kind costs the engine, relative to an uncached prompt token. */
export interface WorkWeights {
  uncached: number;
  cached: number;
  decode: number;
}

/** The `work-ratio` rung of the ladder: decode costs four times prefill, a cached token nothing. */
export const DEFAULT_WORK_WEIGHTS: WorkWeights = { uncached: 1, cached: 0, decode: 4 };

/** Tokens that one tenant sent through one pool. */
export interface TenantTokens {
  tenant: string;
  uncachedTokens: bigint;
  cachedTokens: bigint;
  decodeTokens: bigint;
}

export interface TenantShare extends TenantTokens {
  /** Weighted tokens, decimal text. */
  work: string;
  /** Part of the pool's work, 0..1, 9 decimals; null when the pool did no work. */
  share: string | null;
  busyNanoUsd: bigint;
}

export interface WorkAllocation {
  /** Largest share first, ties by tenant id. */
  shares: TenantShare[];
  /** Busy money of a pool in which no tenant did work. */
  unallocatedNanoUsd: bigint;
}

// Weights may be fractions; six decimals are more than any fit is worth.
const SCALE = 1_000_000n;
const scaled = (weight: number) => BigInt(new Decimal(weight).mul(SCALE.toString()).toDecimalPlaces(0).toFixed(0));

/** Split `busyNanoUsd` by work. The shares and the unallocated rest add up to it exactly. */
export function allocateWork(
  tenants: readonly TenantTokens[],
  busyNanoUsd: bigint,
  weights: WorkWeights = DEFAULT_WORK_WEIGHTS,
): WorkAllocation {
  const [alpha, beta, gamma] = [scaled(weights.uncached), scaled(weights.cached), scaled(weights.decode)];
  // By id, so that largest remainder breaks ties by id.
  const ordered = [...tenants].sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
  const works = ordered.map((t) => alpha * t.uncachedTokens + beta * t.cachedTokens + gamma * t.decodeTokens);
  const total = works.reduce((sum, work) => sum + work, 0n);
  const parts = total === 0n ? works.map(() => 0n) : splitLargestRemainder(busyNanoUsd, works);
  const order = ordered.map((_, i) => i).sort((a, b) => (works[a] === works[b] ? a - b : works[a]! > works[b]! ? -1 : 1));
  const shares = order.map((i) => ({
    ...ordered[i]!,
    work: unscale(works[i]!),
    share: total === 0n ? null : new Decimal(works[i]!.toString()).div(total.toString()).toDecimalPlaces(9).toString(),
    busyNanoUsd: parts[i]!,
  }));
  return { shares, unallocatedNanoUsd: total === 0n ? busyNanoUsd : 0n };
}

const unscale = (work: bigint) => new Decimal(work.toString()).div(SCALE.toString()).toFixed();
