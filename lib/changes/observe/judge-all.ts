/** Every guardrail of a rollout on what was observed. Pure. */
import type { CountBlock } from "../guardrails/count-evidence";
import { alphaOf, judgeCount, judgeRatio, type CountCell, type Verdict } from "../guardrails/judge";
import type { RatioCell } from "../guardrails/ratio-bounds";
import type { Guardrail } from "../guardrails/schemas";
import { countsOf, type ArmRow } from "./arm-row";

export interface Judged {
  guardrail: Guardrail["metric"];
  kind: Guardrail["kind"];
  critical: boolean;
  tolerance: number;
  verdict: Verdict;
  points: { minuteMs: number; canary: number | null; baseline: number | null }[];
}

/** `dispersions`: φ by metric, from two equal halves of the traffic before; absent: 1. */
export function judgeAll(
  guardrails: readonly Guardrail[],
  rows: readonly ArmRow[],
  dispersions: Readonly<Record<string, number>>,
): Judged[] {
  const sharers = guardrails.filter((one) => !one.critical).length;
  return guardrails.map((guardrail) => {
    const alpha = alphaOf(guardrail, sharers);
    const verdict =
      guardrail.kind === "count"
        ? judgeCount(guardrail, countCells(guardrail.metric, rows), alpha, dispersions[guardrail.metric] ?? 1)
        : judgeRatio(guardrail, ratioStrata(guardrail.metric, rows), alpha);
    const { metric, kind, critical, tolerance } = guardrail;
    return { guardrail: metric, kind, critical, tolerance, verdict, points: pointsOf(guardrail, rows) };
  });
}

/** One cell a minute, tenant and route: the arms are compared within it, so that a different mix is no difference. */
function countCells(metric: string, rows: readonly ArmRow[]): CountCell[] {
  const cells = new Map<string, CountCell>();
  for (const row of rows) {
    const key = JSON.stringify([row.minuteMs, row.tenant, row.route]);
    const cell = cells.get(key) ?? { minuteMs: row.minuteMs, canary: { exposed: 0, bad: 0 }, baseline: { exposed: 0, bad: 0 } };
    const { exposed, bad } = countsOf(metric, row);
    cell[row.arm] = { exposed: cell[row.arm].exposed + exposed, bad: cell[row.arm].bad + bad };
    cells.set(key, cell);
  }
  return [...cells.values()].toSorted((a, b) => a.minuteMs - b.minuteMs);
}

function ratioStrata(metric: string, rows: readonly ArmRow[]): RatioCell[][] {
  const strata = new Map<string, Map<number, RatioCell>>();
  for (const row of rows) {
    const key = JSON.stringify([row.tenant, row.route]);
    const minutes = strata.get(key) ?? new Map<number, RatioCell>();
    strata.set(key, minutes);
    const empty = (): RatioCell => ({ canary: { numerator: 0, successes: 0 }, baseline: { numerator: 0, successes: 0 } });
    const cell = minutes.get(row.minuteMs) ?? empty();
    minutes.set(row.minuteMs, cell);
    cell[row.arm].numerator += numeratorOf(metric, row);
    cell[row.arm].successes += row.successes;
  }
  return [...strata.values()].map((minutes) => [...minutes].toSorted(([a], [b]) => a - b).map(([, cell]) => cell));
}

function numeratorOf(metric: string, row: ArmRow): number {
  if (metric === "cost_per_successful_request") return row.costNanoUsd;
  if (metric === "tokens_per_request") return row.tokens;
  throw new Error(`No column adds up ${metric}.`);
}

function pointsOf(guardrail: Guardrail, rows: readonly ArmRow[]): Judged["points"] {
  const minutes = new Map<number, Record<ArmRow["arm"], [number, number]>>();
  for (const row of rows) {
    const at = minutes.get(row.minuteMs) ?? { canary: [0, 0], baseline: [0, 0] };
    minutes.set(row.minuteMs, at);
    const counts = guardrail.kind === "count" ? countsOf(guardrail.metric, row) : null;
    at[row.arm][0] += counts ? counts.bad : numeratorOf(guardrail.metric, row);
    at[row.arm][1] += counts ? counts.exposed : row.successes;
  }
  const share = ([top, bottom]: [number, number]) => (bottom === 0 ? null : top / bottom);
  return [...minutes]
    .toSorted(([a], [b]) => a - b)
    .map(([minuteMs, { canary, baseline }]) => ({ minuteMs, canary: share(canary), baseline: share(baseline) }));
}

/**
 * φ of one metric: two random halves of the same traffic, minute by minute. How much more the number of bad ones in a half
 * varies than if each fell there by itself: (k₁ − kθ)² ÷ kθ(1−θ), mean over minutes. At least 1.
 */
export function dispersionOf(halves: readonly CountBlock[]): number {
  let [sum, blocks] = [0, 0];
  for (const { canary, baseline } of halves) {
    const bad = canary.bad + baseline.bad;
    const share = canary.exposed / (canary.exposed + baseline.exposed);
    if (bad === 0 || !(share > 0 && share < 1)) continue;
    sum += (canary.bad - bad * share) ** 2 / (bad * share * (1 - share));
    blocks += 1;
  }
  return blocks < FEWEST_HALVES ? 1 : Math.max(1, sum / blocks);
}

/** Fewer minutes with something bad say nothing about bursts. */
const FEWEST_HALVES = 20;
