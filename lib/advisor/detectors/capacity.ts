import { nanoToUsd } from "@/lib/money";
import { gpuPool, type Detection } from "../findings/finding";
import type { AdvisorInput, PoolInput } from "./input";
import { count, dollars, exploreLink, number, pageLink, percent, ratio } from "./looking";

/** Nodes that stay up whatever the load: a GPU takes minutes to start. */
export const WARM_NODES = 2;
/** How full a node may be in the busiest hour. */
const FULL = 0.7;
/** From which a pool is idle. */
const IDLE = 0.4;
/** Peak against average, from which a schedule pays. */
const PEAKY = 3;
const MIN_HOURS = 24;

/** GPU nodes that even the busiest hour does not need. Never below the warm floor; never where requests wait. */
export const detectCapacity = (input: AdvisorInput): Detection[] => input.pools.flatMap(idleNodes);

function idleNodes(pool: PoolInput): Detection[] {
  const { hours, nodes } = pool;
  if (hours.length < MIN_HOURS || pool.utilization >= IDLE || underPressure(pool)) return [];
  const peak = Math.max(...hours.map(({ utilization }) => utilization));
  const needed = nodesFor(nodes, peak);
  if (needed >= nodes) return [];
  // If the busiest hour were twice as busy.
  const careful = nodesFor(nodes, 2 * peak);
  const average = hours.reduce((sum, hour) => sum + hour.utilization, 0) / hours.length;
  const peaky = peak > PEAKY * average;
  const quiet = hours.filter(({ utilization }) => utilization < 0.01).length / hours.length;
  return [
    {
      lever: "capacity",
      scope: { pool: pool.id },
      title: `${pool.id} is idle ${percent(1 - pool.utilization)} of the time`,
      statement: `${number(nodes)} nodes of ${pool.gpuType} work ${percent(pool.utilization)} of their time, ${percent(peak)} in the busiest hour. ${number(needed)} would do at ${percent(FULL)} in that hour, ${WARM_NODES} of them for warmth.`,
      numbers: [
        ratio("GPU time used", pool.utilization),
        ratio("Used in the busiest hour", peak),
        count("Nodes", nodes),
        count("Nodes needed", needed),
        ratio("Hours without work", quiet),
        dollars("Idle GPU cost in the window", nanoToUsd(pool.idleCostNanoUsd)),
      ],
      links: [
        exploreLink("Busy and idle cost in Explore", "gpu_busy_cost_usd,gpu_idle_cost_usd,gpu_utilization", "pool", {
          pool: pool.id,
        }),
        pageLink("The pool", `/utilization?pool=${encodeURIComponent(pool.id)}&range=7d`),
      ],
      parts: [{ pool: gpuPool(pool.id), low: (nodes - careful) / nodes, high: (nodes - needed) / nodes }],
      basis: "measured",
      method: `Nodes for the busiest hour of the window at ${percent(FULL)}, never fewer than ${WARM_NODES}. Low: for an hour twice as busy.`,
      confidence: hours.length >= 120 ? "high" : "medium",
      confidenceWhy:
        hours.length >= 120 ? "Measured by the nodes, hour by hour, over most of a week." : "Less than five days of readings.",
      prerequisites: ["Whoever owns the pool confirms that no launch or test needs it."],
      watch: ["Queue time and time to first token of the pool", "Errors of its endpoints"],
      remedy: {
        kind: "task",
        title: `Take ${number(nodes - needed)} nodes out of ${pool.id}`,
        steps: [
          `Drain ${number(nodes - needed)} of ${number(nodes)} nodes: take them out of the route, wait until they are empty, stop them.`,
          `Keep ${WARM_NODES} warm: a cold start of a GPU takes 2–10 minutes. Never scale to zero below that.`,
          ...(peaky
            ? [
                `The busiest hour is ${(peak / average).toFixed(1)} times the average: a schedule or autoscaling with a warm pool follows it.`,
              ]
            : []),
          "If it stays as quiet, ask whether an API would be cheaper.",
        ],
        link: pageLink("To the fleet", "/fleet"),
      },
    },
  ];
}

const nodesFor = (nodes: number, peak: number) =>
  Math.min(nodes, Math.max(Math.min(WARM_NODES, nodes), Math.ceil((nodes * Math.min(1, peak)) / FULL)));

/** Requests wait or are thrown back: taking anything away makes that worse. */
const underPressure = ({ hours }: PoolInput): boolean =>
  hours.some(({ preemptions }) => preemptions > 0) || hours.some(({ queueDepth }) => (queueDepth ?? 0) > 1);
