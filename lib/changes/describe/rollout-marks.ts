/** The moments of a rollout that a chart should mark: its start, each further step, and how it ended. Pure. */
import type { Annotation } from "@/lib/metrics/annotations";
import type { RolloutPlan } from "../rollout/plan";
import type { RolloutState } from "../rollout/state";

export interface RolloutStory {
  changeId: string;
  number: number;
  title: string;
  startedAt: Date;
  endedAt: Date | null;
  plan: Pick<RolloutPlan, "strategy" | "sharesPercent">;
  state: Pick<RolloutState, "phase" | "reason">;
  /** When each step after the first began to deploy. */
  steps: readonly { step: number; at: Date }[];
}

const ENDS: Partial<Record<RolloutState["phase"], { kind: Annotation["kind"]; word: string }>> = {
  promoted: { kind: "promotion", word: "promoted" },
  rolled_back: { kind: "rollback", word: "rolled back" },
  rollback_degraded: { kind: "rollback", word: "rollback degraded" },
  failed_preflight: { kind: "rollback", word: "failed preflight" },
};

/** Oldest first. `within`: inclusive start, exclusive end. */
export function rolloutMarks(story: RolloutStory, within: { from: Date; to: Date }): Annotation[] {
  const { changeId, number, title, plan, state } = story;
  const name = `#${number} ${title}`;
  const mark = (at: Date, kind: Annotation["kind"], what: string) => ({ at, kind, label: `${name}: ${what}` });
  const of = plan.strategy === "nodes" ? "of nodes" : plan.strategy === "shadow" ? "of requests mirrored" : "of requests";
  const end = story.endedAt ? ENDS[state.phase] : undefined;
  return [
    mark(story.startedAt, "rollout", "rollout started"),
    ...story.steps
      .filter(({ step }) => step > 0)
      .map(({ step, at }) =>
        mark(at, "rollout", `step ${step + 1} of ${plan.sharesPercent.length}, ${plan.sharesPercent[step] ?? 0} % ${of}`),
      ),
    ...(end ? [mark(story.endedAt!, end.kind, end.kind === "rollback" ? `${end.word}. ${state.reason}` : end.word)] : []),
  ]
    .filter(({ at }) => at >= within.from && at < within.to)
    .map(({ at, kind, label }) => ({ at: at.toISOString(), kind, label, href: `/changes/${changeId}` }));
}
