/**
 * What the guardrails do with traffic whose truth is known: how often they cry wolf when nothing changed, how soon they see
 * what did. The same functions that judge a real rollout, looked at every 10 seconds. Seeded: a run can be repeated.
 */
import { randomAt, type Random } from "@/lib/stats/random";
import { harmEvidenceSoFar, type CountBlock } from "./count-evidence";
import { failureStreak } from "./hard-stops";
import { ALPHA, COUNT_SLACK } from "./judge";
import { ratioBounds, SUCCESSES_PER_BLOCK } from "./ratio-bounds";
import { COST_MARGIN } from "./schemas";

export interface Traffic {
  requestsPerMinute: number;
  /** Of the canary, 0..1. */
  canaryShare: number;
  errorRate: number;
  /** Share of requests slower than the fixed threshold; 0.05 when that is the p95 of the day before. */
  slowRate: number;
  /** σ of ln(cost of a request): 1 means that a tenth costs more than three and a half times the median. */
  costSigma: number;
}

/** What the change truly does to the canary: factors, 1 = nothing. */
export interface Effect {
  errors: number;
  slow: number;
  cost: number;
}

export interface SimulatedRun {
  /** Seconds until rolled back; null: never within the time. */
  rolledBackAfterSec: number | null;
  by: "streak" | "error" | "slow" | "cost" | null;
}

const LOOK_SEC = 10;
/** A streak and the baseline beside it: the last half hour. */
const STREAK_LOOKS = 180;

function simulateRun(traffic: Traffic, effect: Effect, minutes: number, seed: string): SimulatedRun {
  const random = randomAt("guardrails", seed);
  const errors = harmEvidenceSoFar(1 + COUNT_SLACK, 1);
  const slow = harmEvidenceSoFar(1 + COUNT_SLACK, 1);
  const enough = Math.log(1 / ALPHA.count);
  const differences: number[] = [];
  let recent: CountBlock[] = [];
  let block = { canary: { cost: 0, n: 0 }, baseline: { cost: 0, n: 0 } };
  const perLook = (traffic.requestsPerMinute * LOOK_SEC) / 60;

  for (let at = LOOK_SEC; at <= minutes * 60; at += LOOK_SEC) {
    const canary = arm(random, perLook * traffic.canaryShare, traffic, effect);
    const baseline = arm(random, perLook * (1 - traffic.canaryShare), traffic, UNCHANGED);
    const counted = (what: "errors" | "slow") => ({
      canary: { exposed: canary.requests, bad: canary[what] },
      baseline: { exposed: baseline.requests, bad: baseline[what] },
    });
    const failures = counted("errors");
    recent = [...recent.slice(-STREAK_LOOKS), failures];
    if (failureStreak(recent)) return { rolledBackAfterSec: at, by: "streak" };
    if (errors(failures) >= enough) return { rolledBackAfterSec: at, by: "error" };
    if (slow(counted("slow")) >= enough) return { rolledBackAfterSec: at, by: "slow" };
    block.canary.cost += canary.cost;
    block.canary.n += canary.requests - canary.errors;
    block.baseline.cost += baseline.cost;
    block.baseline.n += baseline.requests - baseline.errors;
    if (block.canary.n >= SUCCESSES_PER_BLOCK && block.baseline.n >= SUCCESSES_PER_BLOCK) {
      differences.push(Math.log(block.canary.cost / block.canary.n) - Math.log(block.baseline.cost / block.baseline.n));
      block = { canary: { cost: 0, n: 0 }, baseline: { cost: 0, n: 0 } };
      const bounds = ratioBounds(differences, ALPHA.ratio);
      if (bounds && bounds.lower > Math.log(1 + COST_MARGIN)) return { rolledBackAfterSec: at, by: "cost" };
    }
  }
  return { rolledBackAfterSec: null, by: null };
}

const UNCHANGED: Effect = { errors: 1, slow: 1, cost: 1 };

function arm(random: Random, mean: number, traffic: Traffic, effect: Effect) {
  const requests = poisson(random, mean);
  let [errors, slow, cost] = [0, 0, 0];
  for (let index = 0; index < requests; index++) {
    const failed = random.chance(Math.min(1, traffic.errorRate * effect.errors));
    if (failed) errors += 1;
    else cost += random.around(effect.cost, traffic.costSigma);
    if (random.chance(Math.min(1, traffic.slowRate * effect.slow))) slow += 1;
  }
  return { requests, errors, slow, cost };
}

/** Knuth's product underflows for large means: those are sums of small ones. */
function poisson(random: Random, mean: number): number {
  let total = 0;
  for (let left = mean; left > 0; left -= 50) total += random.poisson(Math.min(left, 50));
  return total;
}

export interface SimulationSummary {
  runs: number;
  rolledBack: number;
  /** Of those rolled back; null: none. */
  medianSec: number | null;
  p95Sec: number | null;
}

export function simulateRuns(traffic: Traffic, effect: Effect, minutes: number, runs: number, seed: string): SimulationSummary {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const { rolledBackAfterSec } = simulateRun(traffic, effect, minutes, `${seed} ${run}`);
    if (rolledBackAfterSec !== null) times.push(rolledBackAfterSec);
  }
  times.sort((a, b) => a - b);
  const rank = (q: number) => times[Math.max(0, Math.ceil(q * times.length) - 1)] ?? null;
  return { runs, rolledBack: times.length, medianSec: rank(0.5), p95Sec: rank(0.95) };
}
