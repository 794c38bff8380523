/**
 * What a pool saves when its engines do the same work with less: whole nodes, once they are taken away. Pure.
 *
 *   needed(work) = max(1, ⌈nodes · fullest hour · work ÷ 0.8⌉), at most the nodes there are
 *   saved share  = (needed(1) − needed(1 − published)) ÷ nodes, for both ends of the published range
 *
 * The fullest hour is the larger of GPU time used and, where it is known, of the KV cache: whichever is full first bounds how
 * much a node takes. What is idle today beyond the nodes that are needed is not this lever's: that is capacity.
 */
import type { PoolHour } from "./input";
import { percent } from "./looking";

/** Of the work of a node, to be left for a busier hour than was seen. */
const FULL = 0.8;

/** By which less work is needed for the same answers, as published. Planning only. */
export const ENGINE_RANGES = {
  quantization: { low: 0.3, high: 0.5, words: "fewer bits: 30–50 % published" },
  continuous_batching: { low: 0.4, high: 0.6, words: "larger batches: 40–60 % published" },
} as const;
export type EngineLever = keyof typeof ENGINE_RANGES;

export interface FewerNodes {
  /** Of the pool's bill. */
  low: number;
  high: number;
  /** How it was worked out. */
  words: string;
}

/** Null: nothing is known of its load. */
export function fewerNodes(
  { nodes, hours }: { nodes: number; hours: readonly Pick<PoolHour, "utilization" | "kvCacheUsage">[] },
  lever: EngineLever,
): FewerNodes | null {
  if (hours.length === 0 || nodes < 1) return null;
  const fullest = Math.max(...hours.map(({ utilization, kvCacheUsage }) => Math.max(utilization, kvCacheUsage ?? 0)));
  const { low, high, words } = ENGINE_RANGES[lever];
  const needed = (work: number) => Math.min(nodes, Math.max(1, Math.ceil((nodes * fullest * work) / FULL - 1e-9)));
  const [now, few, many] = [needed(1), needed(1 - low), needed(1 - high)];
  const after = few === many ? `${many}` : `${many} to ${few}`;
  return {
    low: (now - few) / nodes,
    high: (now - many) / nodes,
    words: `In its fullest hour a node is ${percent(fullest)} full, and ${percent(FULL)} is as full as it should be: ${now} of ${nodes} nodes are needed, afterwards ${after} (${words}).`,
  };
}
