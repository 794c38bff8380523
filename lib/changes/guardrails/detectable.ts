/** Before anybody approves: how small a harm would these guardrails see, at the traffic there is? */
import { simulateRuns, type Effect, type Traffic } from "./simulate";

export interface Detection {
  /** What was made worse, and by how much: 0.2 = 20 %. */
  metric: "error" | "slow" | "cost";
  worse: number;
  /** Share of simulated rollouts that were rolled back within the time, 0..1. */
  caught: number;
  medianSec: number | null;
}

const STEPS: Record<Detection["metric"], readonly number[]> = {
  cost: [0.1, 0.2, 0.5, 1],
  error: [1, 3, 9],
  slow: [0.5, 1, 3],
};
/** About a second of one processor. */
const MOST_REQUESTS = 4_000_000;
const MOST_RUNS = 200;

/**
 * A simulation with these very guardrails, seeded, so the same plan always shows the same table. Null traffic: nothing can
 * be detected, and the list says so by being empty.
 */
export const detectable = (traffic: Traffic, minutes: number): Detection[] => detections(traffic, minutes).map((find) => find());

/** The same one by one: a server that answers others, too, does something else in between. */
export function detections(traffic: Traffic, minutes: number): (() => Detection)[] {
  if (traffic.requestsPerMinute <= 0 || traffic.canaryShare <= 0) return [];
  const cases = Object.values(STEPS).flat().length;
  const runs = Math.min(MOST_RUNS, Math.floor(MOST_REQUESTS / cases / (traffic.requestsPerMinute * minutes)));
  // Too much traffic to simulate is traffic in which every one of these is seen: what matters is small traffic.
  const scaled = runs >= 20 ? traffic : { ...traffic, requestsPerMinute: MOST_REQUESTS / cases / minutes / 20 };
  return (Object.keys(STEPS) as Detection["metric"][]).flatMap((metric) =>
    STEPS[metric].map((worse) => () => {
      const effect: Effect = { errors: 1, slow: 1, cost: 1 };
      effect[metric === "error" ? "errors" : metric] = 1 + worse;
      const summary = simulateRuns(scaled, effect, minutes, Math.max(20, runs), `detectable ${metric} ${worse}`);
      return { metric, worse, caught: summary.rolledBack / summary.runs, medianSec: summary.medianSec };
    }),
  );
}
