/**
 * The orders in which published guides pull the levers. They disagree, so a team selects one. Pure data.
 * A: measure first, engines last. B: three tiers by effort. C: smallest model first. D: seven steps ending in a review.
 * rollout: how one endpoint is taken through, from a frozen baseline to governance.
 */
import type { LeverId } from "../findings/levers";

export const PLAYBOOK_IDS = ["A", "B", "C", "D", "rollout"] as const;
export type PlaybookId = (typeof PLAYBOOK_IDS)[number];

/** `levers`: done when the levers are. Else what stands in its place. */
export type StepBasis = "levers" | "measured" | "baseline" | "choice" | "review";

export interface PlaybookStep {
  id: string;
  label: string;
  basis: StepBasis;
  levers: readonly LeverId[];
}

export interface Playbook {
  id: PlaybookId;
  title: string;
  gist: string;
  steps: readonly PlaybookStep[];
}

const levers = (id: string, label: string, ...of: LeverId[]): PlaybookStep => ({ id, label, basis: "levers", levers: of });
const other = (id: string, label: string, basis: StepBasis): PlaybookStep => ({ id, label, basis, levers: [] });

const MEASURE = other("measure", "Measure", "measured");
const BATCH = levers("batch", "Batch", "continuous_batching", "batch_lane", "lane_split");
const QUANTIZE = levers("quantize", "Quantize", "quantization");
const CACHE = levers("cache", "Cache", "exact_cache", "semantic_cache", "retrieval_cache", "prompt_caching");
const TOKENS = levers("tokens", "Reduce tokens", "token_reduction", "output_cap", "retries");

export const PLAYBOOKS: readonly Playbook[] = [
  {
    id: "A",
    title: "Measure, tokens, cache, batch, quantize",
    gist: "Cheap and reversible first, engines last.",
    steps: [MEASURE, TOKENS, CACHE, BATCH, QUANTIZE],
  },
  {
    id: "B",
    title: "Three tiers",
    gist: "Days, weeks, months: each tier pays for the next.",
    steps: [
      levers("prompt-caching", "1 · Prompt caching", "prompt_caching"),
      levers("routing", "1 · Routing", "small_model_first", "right_size"),
      levers("async", "1 · Async batch", "batch_lane"),
      levers("batching", "2 · Continuous batching", "continuous_batching"),
      levers("quantize", "3 · Quantize", "quantization"),
      levers("serving", "3 · Serving stack", "capacity", "instance", "lane_split"),
      levers("speculative", "3 · Speculative decoding", "speculative"),
    ],
  },
  {
    id: "C",
    title: "Smallest model first",
    gist: "The model decides most of the bill, hardware comes last.",
    steps: [
      levers("model", "Smallest model", "right_size", "small_model_first"),
      CACHE,
      QUANTIZE,
      BATCH,
      levers("distil", "Distil", "distillation"),
      levers("hardware", "Hardware", "instance", "capacity", "self_host"),
    ],
  },
  {
    id: "D",
    title: "Seven steps",
    gist: "From measuring to reviewing, once a quarter.",
    steps: [
      MEASURE,
      levers("right-size", "Right-size", "right_size"),
      BATCH,
      levers("quantize-cache", "Quantize and cache", ...QUANTIZE.levers, ...CACHE.levers),
      levers("route", "Route", "small_model_first"),
      levers("distil", "Distil", "distillation"),
      other("review", "Review", "review"),
    ],
  },
  {
    id: "rollout",
    title: "Rollout of one endpoint",
    gist: "Freeze a baseline, then one lever at a time, 4 bits last.",
    steps: [
      other("baseline", "Freeze baseline", "baseline"),
      TOKENS,
      levers("exact", "Exact and retrieval cache", "exact_cache", "retrieval_cache"),
      BATCH,
      levers("quantize", "INT8, then 4 bits", "quantization"),
      other("governance", "Governance", "choice"),
    ],
  },
];

export const playbookOf = (id: PlaybookId): Playbook => PLAYBOOKS.find((playbook) => playbook.id === id)!;
