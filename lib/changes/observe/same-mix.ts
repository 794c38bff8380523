/**
 * Cost per successful request of both arms on the same mix of tenants and routes: each stratum in which both had successes,
 * the baseline's price weighted by the canary's requests. With little traffic a different mix alone makes one arm look several
 * times as expensive.
 */
import type { ArmRow } from "./arm-row";

export interface SameMixCost {
  /** nano-USD per successful request. */
  canaryNanoUsd: bigint;
  baselineNanoUsd: bigint;
  /** Within the shared strata. */
  canarySuccesses: number;
  baselineSuccesses: number;
}

/** Null: no stratum in which both had a success. */
export function costOnSameMix(rows: readonly ArmRow[]): SameMixCost | null {
  const strata = new Map<string, Record<ArmRow["arm"], { cost: number; successes: number }>>();
  for (const row of rows) {
    const key = JSON.stringify([row.tenant, row.route]);
    const stratum = strata.get(key) ?? { canary: { cost: 0, successes: 0 }, baseline: { cost: 0, successes: 0 } };
    strata.set(key, stratum);
    stratum[row.arm].cost += row.costNanoUsd;
    stratum[row.arm].successes += row.successes;
  }
  let [canary, expected, canarySuccesses, baselineSuccesses] = [0, 0, 0, 0];
  for (const one of strata.values()) {
    if (one.canary.successes === 0 || one.baseline.successes === 0) continue;
    canary += one.canary.cost;
    expected += (one.baseline.cost / one.baseline.successes) * one.canary.successes;
    canarySuccesses += one.canary.successes;
    baselineSuccesses += one.baseline.successes;
  }
  if (canarySuccesses === 0) return null;
  return {
    canaryNanoUsd: BigInt(Math.round(canary / canarySuccesses)),
    baselineNanoUsd: BigInt(Math.round(expected / canarySuccesses)),
    canarySuccesses,
    baselineSuccesses,
  };
}
