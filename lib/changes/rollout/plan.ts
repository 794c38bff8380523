/** How a change reaches everybody: in which steps, how long each is watched, and what counts as enough. Part of its content. */
import { z } from "zod";

export const STRATEGIES = ["traffic", "nodes", "shadow", "all"] as const;
export type Strategy = (typeof STRATEGIES)[number];

const minutes = (min: number, max: number) => z.number().min(min).max(max);

export const rolloutPlanSchema = z
  .strictObject({
    strategy: z
      .enum(STRATEGIES)
      .describe(
        "traffic: a share of requests at gateways; nodes: GPU nodes in waves; shadow: mirrored, not served; all: at once",
      ),
    sharesPercent: z
      .array(z.number().gt(0).max(100))
      .min(1)
      .max(10)
      .describe("Of requests or nodes, rising, the last is 100. Nodes: at least one, rounded up"),
    soakMin: minutes(0, 1_440).default(10).describe("Least time of each step before it is judged"),
    bakeMin: minutes(0, 10_080).default(30).describe("Least time with everybody on it before it is promoted"),
    minTraffic: z.number().int().min(0).max(10_000_000).default(100).describe("Canary requests a step needs before it is judged"),
    minTargets: z.number().int().min(1).max(10_000).default(1).describe("Targets of a step that must be healthy on it"),
    stepDeadlineMin: minutes(1, 1_440).default(30).describe("By then the targets of a step have applied it"),
    onDeadline: z
      .enum(["rollback", "leave_stragglers"])
      .default("rollback")
      .describe("leave_stragglers: go on with those that did; the others converge when they come back"),
    maxSoakMin: minutes(1, 10_080).default(240).describe("A step that has too little traffic by then is paused for a person"),
    spendCeilingUsdPerHour: z
      .number()
      .gt(0)
      .max(1_000_000)
      .optional()
      .describe("The canary never spends more; absent: three times the dearest hour of the day before, at least $10"),
    askBefore: z
      .array(z.number().int().min(0).max(9))
      .max(10)
      .default([])
      .describe("Steps, counted from 0, that wait for a person before they begin"),
  })
  .refine(({ sharesPercent }) => sharesPercent.every((share, index) => index === 0 || share > sharesPercent[index - 1]!), {
    path: ["sharesPercent"],
    error: "Shares rise from step to step.",
  })
  .refine(({ sharesPercent }) => sharesPercent.at(-1) === 100, { path: ["sharesPercent"], error: "The last step is 100 %." })
  .refine(({ strategy, sharesPercent }) => strategy !== "all" || sharesPercent.length === 1, {
    path: ["sharesPercent"],
    error: "All at once has one step.",
  });
export type RolloutPlan = z.infer<typeof rolloutPlanSchema>;

const USUAL_SHARES: Record<Strategy, number[]> = {
  traffic: [1, 5, 25, 50, 100],
  // 1 % of any pool, rounded up, is one node.
  nodes: [1, 25, 50, 100],
  shadow: [10, 100],
  all: [100],
};

export const usualPlan = (strategy: Strategy): RolloutPlan =>
  rolloutPlanSchema.parse({ strategy, sharesPercent: USUAL_SHARES[strategy] });

/** How many of `total` nodes a share is: at least one, rounded up. */
export const nodesOf = (sharePercent: number, total: number): number => Math.max(1, Math.ceil((sharePercent * total) / 100));

/** With fewer nodes on a side, what differs may be the nodes and not what runs on them. */
export const NODES_PER_ARM = 4;

/** A step that compares too few nodes, and goes on without asking a person. */
export interface ThinStep {
  /** Counted from 0. */
  step: number;
  canary: number;
  baseline: number;
}

/** Steps of node waves over `total` nodes in which an arm is smaller than {@link NODES_PER_ARM} and no person is asked before the next. */
export function thinSteps({ strategy, sharesPercent, askBefore }: RolloutPlan, total: number): ThinStep[] {
  if (strategy !== "nodes") return [];
  return sharesPercent
    .slice(0, -1)
    .map((share, step) => ({ step, canary: nodesOf(share, total), baseline: total - nodesOf(share, total) }))
    .filter(({ step, canary, baseline }) => Math.min(canary, baseline) < NODES_PER_ARM && !askBefore.includes(step + 1));
}

/** The same plan for a pool of `total` nodes: a wave that would add no node is no step of its own. */
export function withoutEmptyWaves(plan: RolloutPlan, total: number): RolloutPlan {
  if (plan.strategy !== "nodes") return plan;
  const kept = plan.sharesPercent.map((_, index, shares) => {
    const next = shares[index + 1];
    return next === undefined || nodesOf(next, total) > nodesOf(shares[index]!, total);
  });
  const newIndex = (step: number) => kept.slice(0, step).filter(Boolean).length;
  const steps = kept.filter(Boolean).length;
  return {
    ...plan,
    sharesPercent: plan.sharesPercent.filter((_, index) => kept[index]),
    askBefore: [...new Set(plan.askBefore.map(newIndex))].filter((step) => step < steps),
  };
}
