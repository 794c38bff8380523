/** What ends a rollout at once, without statistics. */
import type { CountBlock } from "./count-evidence";

export interface HardStopFacts {
  /** Targets of the canary by name. */
  targets: readonly {
    name: string;
    /** The newest report about the generation of this rollout. */
    status: "pending" | "applying" | "healthy" | "failed" | "refused" | "unreachable" | "drifted" | "skipped";
    healthy: boolean;
    /** Engine crashes and out-of-memory ends since it was applied. */
    crashes: number;
    outOfMemory: number;
  }[];
  /** Of the canary per hour, nano-USD; null: not known yet. */
  spendNanoUsdPerHour: bigint | null;
  spendCeilingNanoUsdPerHour: bigint | null;
  /** Per successful request of both arms, on the same mix of tenants and routes; null: nothing in common. */
  costPerSuccess: {
    canaryNanoUsd: bigint;
    baselineNanoUsd: bigint;
    canarySuccesses: number;
    baselineSuccesses: number;
  } | null;
}

const MOST_CRASHES = 1;
const COST_FACTOR = 3n;
const FEWEST_SUCCESSES = 30;
const SHORTEST_STREAK = 6;
const STREAK_CHANCE = 1e-6;

/** Sentences, each a reason to roll back now. Empty: none. */
export function hardStops(facts: HardStopFacts): string[] {
  const stops: string[] = [];
  for (const target of facts.targets) {
    if (target.status === "failed") stops.push(`${target.name} could not apply it and went back.`);
    if (target.status === "refused") stops.push(`${target.name} refused it.`);
    if (target.crashes + target.outOfMemory > MOST_CRASHES) {
      stops.push(
        `${target.name} ended ${target.crashes + target.outOfMemory} times since it was applied (${target.outOfMemory} out of memory).`,
      );
    }
    if (target.status === "healthy" && !target.healthy) stops.push(`The health probe of ${target.name} fails.`);
  }
  const { spendNanoUsdPerHour: spend, spendCeilingNanoUsdPerHour: ceiling, costPerSuccess: cost } = facts;
  if (spend !== null && ceiling !== null && spend > ceiling) {
    stops.push(`It spends ${inDollars(spend)} an hour; the ceiling is ${inDollars(ceiling)}.`);
  }
  if (
    cost &&
    cost.canarySuccesses >= FEWEST_SUCCESSES &&
    cost.baselineSuccesses >= FEWEST_SUCCESSES &&
    cost.baselineNanoUsd > 0n &&
    cost.canaryNanoUsd > COST_FACTOR * cost.baselineNanoUsd
  ) {
    stops.push(`A successful request costs more than ${COST_FACTOR} times the baseline's.`);
  }
  return stops;
}

const inDollars = (nanoUsd: bigint) => `$${(Number(nanoUsd) / 1e9).toFixed(2)}`;

/** Nobody set a ceiling: three times what everything together cost in its dearest hour of the day before, and never below $10. */
export const usualCeiling = (dearestHourNanoUsd: bigint): bigint => {
  const [thrice, least] = [3n * dearestHourNanoUsd, 10_000_000_000n];
  return thrice > least ? thrice : least;
};

/**
 * Every one of the newest requests of the canary failed, and more of them than chance explains at the baseline's rate:
 * chance^length ≤ 10⁻⁶. Seen after 6 requests, where the evidence on counts would need 11 at equal shares.
 */
export function failureStreak(cells: readonly CountBlock[]): boolean {
  let length = 0;
  for (let index = cells.length - 1; index >= 0; index--) {
    const { exposed, bad } = cells[index]!.canary;
    if (bad < exposed) break;
    length += bad;
  }
  if (length < SHORTEST_STREAK) return false;
  const exposed = cells.reduce((total, { baseline }) => total + baseline.exposed, 0);
  const bad = cells.reduce((total, { baseline }) => total + baseline.bad, 0);
  if (exposed < SHORTEST_STREAK) return false;
  return length * Math.log((bad + 1) / (exposed + 2)) <= Math.log(STREAK_CHANCE);
}
