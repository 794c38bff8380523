/** What a draft gets that says nothing else: how it is rolled out, and what may halt it. Pure. */
import type { Connector } from "@/lib/protocol/connectors";
import { guardrailsSchema, type Guardrail } from "../guardrails/schemas";
import { usualPlan, type RolloutPlan } from "../rollout/plan";
import type { PolicyEdit } from "../schemas";

type Kinds = readonly Pick<PolicyEdit, "kind">[];

/** Only our own gateway runs two policies side by side; everything else is changed one by one. */
export function usualPlanOf(edits: Kinds, connectors: readonly Connector[]): RolloutPlan {
  const splits = edits.every(({ kind }) => kind !== "engine") && connectors.every((one) => one === "headroom-gateway");
  return usualPlan(splits ? "traffic" : "nodes");
}

/** What this plan cannot do with these targets, in words. */
export function planProblems(edits: Kinds, connectors: readonly Connector[], { strategy }: RolloutPlan): string[] {
  const engine = edits.some(({ kind }) => kind === "engine");
  if (strategy === "all" && engine) {
    return ["Engines are never all changed at once: choose nodes, so that a bad one is seen before the others get it."];
  }
  if (strategy === "all" && edits.some(({ kind }) => kind !== "tokens" && kind !== "batching")) {
    return ["All at once is for limits of tokens and batches only: choose traffic, so that a part of the requests tries it."];
  }
  if (strategy !== "traffic" && strategy !== "shadow") return [];
  if (engine) return [`An engine cannot split its requests: choose nodes instead of ${strategy}.`];
  const others = [...new Set(connectors.filter((one) => one !== "headroom-gateway"))];
  return others.length === 0 ? [] : [`${others.join(" and ")} cannot split requests: choose nodes instead of ${strategy}.`];
}

const count = (metric: string, critical = false) => ({ kind: "count", metric, critical });
const ALWAYS = [count("error", true), { kind: "ratio", metric: "cost_per_successful_request", critical: true }];

const OF_KIND: Record<PolicyEdit["kind"], readonly object[]> = {
  routing: [count("slow"), count("timeout"), count("quality_failure")],
  caching: [count("slow"), count("quality_failure")],
  tokens: [count("slow"), count("quality_failure")],
  // What waits in a batch is late, and who waits too long asks again.
  batching: [count("slow", true), count("slow_first_token"), count("retry"), count("timeout")],
  engine: [count("slow", true), count("slow_first_token"), count("oom"), count("quality_failure")],
};

export function usualGuardrails(edits: Kinds): Guardrail[] {
  const all = new Map<string, object>();
  for (const one of [...ALWAYS, ...edits.flatMap(({ kind }) => OF_KIND[kind])] as { metric: string; critical: boolean }[]) {
    if (!all.has(one.metric) || one.critical) all.set(one.metric, one);
  }
  return guardrailsSchema.parse([...all.values()]);
}
