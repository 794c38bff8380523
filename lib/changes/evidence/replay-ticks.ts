/** What a rollout wrote down, computed again. Pure: for the offline check of a bundle, and for tests on a real database. */
import { canonicalText } from "@/lib/protocol/canonical";
import type { Guardrail } from "../guardrails/schemas";
import { readStops, stopsOf, type WrittenStops } from "../guardrails/stops-of";
import type { ArmRow } from "../observe/arm-row";
import { hear, inOrder, type ToldArms } from "../observe/arms-memory";
import { judgeAll, type Judged } from "../observe/judge-all";
import { decide, type RolloutFacts } from "../rollout/decide";
import type { RolloutPlan } from "../rollout/plan";
import type { RolloutState } from "../rollout/state";
import type { Bundle } from "./bundle";

type WrittenTick = NonNullable<Bundle["rollout"]>["ticks"][number];

/** Each decision is what the same facts give again. */
export function replayProblems(plan: RolloutPlan, ticks: readonly WrittenTick[]): string[] {
  return ticks.flatMap(({ seq, at, facts, decision }) => {
    const { before, ...seen } = facts as RolloutFacts & { before?: RolloutState };
    if (!before) return [`Decision ${seq} does not say what it was taken from.`];
    const again = decide(before, plan, seen, Date.parse(at)).state;
    return canonicalText(again) === canonicalText(decision) ? [] : [`Decision ${seq} is not what its facts give.`];
  });
}

/** What a tick was decided from, as it was written down. */
interface TickInputs {
  judged?: Omit<Judged, "points">[];
  inputs?: { arms: ToldArms; dispersions: Record<string, number>; stops: WrittenStops };
}

export const verdictsIn = (ticks: readonly WrittenTick[]): number =>
  ticks.reduce((total, { facts }) => total + ((facts as TickInputs).judged?.length ?? 0), 0);

/** Each verdict and hard stop is what the same observations give again, and what the decision was taken from. */
export function judgementProblems(ticks: readonly WrittenTick[], guardrails: readonly Guardrail[]): string[] {
  const problems: string[] = [];
  let arms: ReadonlyMap<string, ArmRow> = new Map();
  for (const { seq, facts } of ticks) {
    const { judged, inputs, verdicts, hardStops } = facts as TickInputs & RolloutFacts;
    if (!judged || !inputs) {
      problems.push(`Decision ${seq} does not say what its verdicts were computed from.`);
      continue;
    }
    arms = hear(arms, inputs.arms);
    const again = judgeAll(guardrails, inOrder(arms), inputs.dispersions).map(({ points: _points, ...rest }) => rest);
    // Through JSON, as they were written: it has no infinity.
    if (canonicalText(JSON.parse(JSON.stringify(again))) !== canonicalText(judged)) {
      problems.push(`A verdict of decision ${seq} is not what its observations give.`);
    }
    const taken = verdicts.map(({ guardrail, critical, verdict }) => [guardrail, critical, verdict]);
    if (canonicalText(taken) !== canonicalText(judged.map((one) => [one.guardrail, one.critical, one.verdict.verdict]))) {
      problems.push(`Decision ${seq} was not taken from its verdicts.`);
    }
    if (canonicalText(stopsOf(readStops(inputs.stops))) !== canonicalText(hardStops)) {
      problems.push(`A hard stop of decision ${seq} is not what its observations give.`);
    }
  }
  return problems;
}
