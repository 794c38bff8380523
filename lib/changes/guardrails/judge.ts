/**
 * What one guardrail says about what has been observed so far. Pure: the same cells give the same verdict, so every verdict
 * can be computed again from what was stored.
 *
 *   harm          it is worse than allowed, with the chance of a false alarm bounded over all looks
 *   pass          it is surely within the tolerance
 *   inconclusive  neither yet
 *   too_few       not enough to say anything
 *   no_data       nothing was observed: never a pass
 *   provider_error  the baseline itself fails so often that nothing can be compared
 */
import { harmEvidence, rateSurelyBelow, ratioUpperBound, type CountBlock } from "./count-evidence";
import { pairedDifferences, ratioBounds, surelyBelow, type RatioCell } from "./ratio-bounds";
import type { CountGuardrail, Guardrail, RatioGuardrail } from "./schemas";

const VERDICTS = ["harm", "pass", "inconclusive", "too_few", "no_data", "provider_error"] as const;
export type VerdictName = (typeof VERDICTS)[number];

/** One minute of one stratum (tenant × model), both arms. Minutes in which a node warmed up are left out by the reader. */
export interface CountCell extends CountBlock {
  minuteMs: number;
}

export interface Verdict {
  verdict: VerdictName;
  /** Canary ÷ baseline as seen, and between which bounds it surely is; null: not known. */
  ratio: number | null;
  lowerBound: number | null;
  upperBound: number | null;
  /** Progress of the evidence for harm, 1 = enough to roll back. */
  evidence: number;
  exposed: { canary: number; baseline: number };
}

/** Chance of a false rollback over all looks, for a critical guardrail; the others share it. */
export const ALPHA = { count: 0.01, ratio: 0.02 } as const;
/** Allowed before a rise counts as harm: small differences between two groups of people are not the change's fault. */
export const COUNT_SLACK = 0.25;
const LESS_CRITICAL = { bad: 5, spreadMs: 120_000 };
const BASELINE_BROKEN = { rate: 0.5, exposed: 20 };

/** `sharers`: how many non-critical guardrails share one chance of a false alarm. */
export function alphaOf(guardrail: Guardrail, sharers: number): number {
  return guardrail.critical ? ALPHA[guardrail.kind] : ALPHA[guardrail.kind] / Math.max(1, sharers);
}

/** `dispersion` φ ≥ 1, from two equal arms of the same traffic. */
export function judgeCount(guardrail: CountGuardrail, cells: readonly CountCell[], alpha: number, dispersion: number): Verdict {
  const exposed = { canary: 0, baseline: 0 };
  const bad = { canary: 0, baseline: 0 };
  const badAt: number[] = [];
  for (const cell of cells) {
    exposed.canary += cell.canary.exposed;
    exposed.baseline += cell.baseline.exposed;
    bad.canary += cell.canary.bad;
    bad.baseline += cell.baseline.bad;
    if (cell.canary.bad > 0) badAt.push(cell.minuteMs);
  }
  const ratio = exposed.canary > 0 && bad.baseline > 0 ? bad.canary / exposed.canary / (bad.baseline / exposed.baseline) : null;
  const said = { ratio, lowerBound: null, upperBound: null, evidence: 0, exposed };
  if (exposed.canary === 0) return { ...said, verdict: "no_data" };
  if (exposed.baseline === 0) return { ...said, verdict: "too_few" };
  if (
    guardrail.metric === "error" &&
    exposed.baseline >= BASELINE_BROKEN.exposed &&
    bad.baseline / exposed.baseline >= BASELINE_BROKEN.rate
  ) {
    return { ...said, verdict: "provider_error" };
  }
  const evidence = Math.max(0, harmEvidence(cells, 1 + COUNT_SLACK, dispersion) / Math.log(1 / alpha));
  const lasting =
    guardrail.critical || (bad.canary >= LESS_CRITICAL.bad && Math.max(...badAt) - Math.min(...badAt) >= LESS_CRITICAL.spreadMs);
  if (evidence >= 1 && lasting) return { ...said, evidence, verdict: "harm" };
  const bound = ratioUpperBound(cells, alpha, dispersion);
  const upperBound = Number.isFinite(bound) ? bound : null;
  const within =
    (upperBound !== null && upperBound < 1 + guardrail.tolerance) ||
    rateSurelyBelow(cells, guardrail.floorRate, alpha, dispersion);
  return { ...said, evidence, upperBound, verdict: within ? "pass" : "inconclusive" };
}

/** `strata`: the cells of each tenant × model in order of time. Numerators: nano-USD or tokens (statistics, not accounts). */
export function judgeRatio(guardrail: RatioGuardrail, strata: readonly (readonly RatioCell[])[], alpha: number): Verdict {
  const exposed = { canary: 0, baseline: 0 };
  for (const cell of strata.flat()) {
    exposed.canary += cell.canary.successes;
    exposed.baseline += cell.baseline.successes;
  }
  const none = { ratio: null, lowerBound: null, upperBound: null, evidence: 0, exposed };
  if (exposed.canary === 0) return { ...none, verdict: "no_data" };
  const differences = strata.flatMap(pairedDifferences);
  const sure = surelyBelow(differences, alpha);
  if (!sure) return { ...none, verdict: "too_few" };
  const within = sure.upper < Math.log(1 + guardrail.tolerance);
  // What was free cannot be harm, and has no logarithm.
  const bounds = ratioBounds(differences.filter(Number.isFinite), alpha);
  if (!bounds) {
    return { ...none, ratio: Math.exp(sure.mean), upperBound: Math.exp(sure.upper), verdict: within ? "pass" : "inconclusive" };
  }
  const allowed = Math.log(1 + guardrail.margin);
  const half = bounds.mean - bounds.lower;
  const excess = bounds.mean - allowed;
  const said = {
    ratio: Math.exp(bounds.mean),
    lowerBound: Math.exp(bounds.lower),
    upperBound: Math.exp(Math.min(bounds.upper, sure.upper)),
    evidence: excess <= 0 ? 0 : half === 0 ? Infinity : excess / half,
    exposed,
  };
  if (bounds.lower > allowed) return { ...said, verdict: "harm" };
  return { ...said, verdict: within || bounds.upper < Math.log(1 + guardrail.tolerance) ? "pass" : "inconclusive" };
}
