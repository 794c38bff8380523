/** Who is to run what, at this moment of a rollout. The controller publishes it at every tick; unchanged orders are none. */
import { nodesOf, type RolloutPlan } from "./plan";
import { placementPercent, type RolloutState } from "./state";

export type Wanted =
  /** The stored bytes from before the rollout. */
  | { run: "stable" }
  /** A gateway with both: `sharePercent` of its requests (serve: answered, shadow: mirrored) under the change. */
  | { run: "canary"; sharePercent: number; mode: "serve" | "shadow" }
  /** The change and nothing else. Leased: a target that cannot renew goes back to stable by itself. */
  | { run: "final"; leased: boolean };

/** `position`: the order of the waves, from 0. */
export function wantedOf(
  state: RolloutState,
  plan: Pick<RolloutPlan, "strategy" | "sharesPercent">,
  targets: readonly { id: string; position: number }[],
): Map<string, Wanted> {
  const percent = placementPercent(state, plan);
  const waveSize = nodesOf(percent, targets.length);
  const leased = state.phase !== "promoted";
  const wanted = (position: number): Wanted => {
    if (percent === 0) return { run: "stable" };
    if (plan.strategy === "shadow") return { run: "canary", sharePercent: percent, mode: "shadow" };
    if (plan.strategy === "traffic" && percent < 100) return { run: "canary", sharePercent: percent, mode: "serve" };
    if (plan.strategy === "nodes" && position >= waveSize) return { run: "stable" };
    return { run: "final", leased };
  };
  return new Map(targets.map(({ id, position }) => [id, wanted(position)]));
}
