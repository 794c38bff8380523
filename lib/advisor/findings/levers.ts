/** Every lever that the advisor looks for, with what is generally true of it. Pure: pages import it. */

export const LEVER_IDS = [
  "token_reduction",
  "output_cap",
  "exact_cache",
  "retrieval_cache",
  "semantic_cache",
  "prompt_caching",
  "right_size",
  "small_model_first",
  "batch_lane",
  "continuous_batching",
  "quantization",
  "retries",
  "capacity",
  "speculative",
  "instance",
  "distillation",
  "lane_split",
  "self_host",
] as const;
export type LeverId = (typeof LEVER_IDS)[number];

export const RISKS = ["none", "low", "medium", "high"] as const;
export type Risk = (typeof RISKS)[number];
export const EFFORTS = ["low", "medium", "high"] as const;
export type Effort = (typeof EFFORTS)[number];

export interface LeverFacts {
  label: string;
  /** The published range, for planning only; null: none is published. */
  published: string | null;
  qualityRisk: Risk;
  /** What could get worse, in one sentence. */
  quality: string;
  latencyRisk: Risk;
  latency: string;
  effort: Effort;
  /** How it is taken back. */
  reversibility: string;
}

const AT_ONCE = "At once: the rollout restores the stored policy.";

export const LEVERS: Record<LeverId, LeverFacts> = {
  token_reduction: {
    label: "Shorter prompts",
    published: "10–30 % of input cost",
    qualityRisk: "medium",
    quality: "What is cut may have been needed; compare answers on golden prompts.",
    latencyRisk: "none",
    latency: "Shorter prompts answer sooner.",
    effort: "medium",
    reversibility: "At once: go back to the old prompt version.",
  },
  output_cap: {
    label: "Cap outputs",
    published: "the share of decoding beyond the cap",
    qualityRisk: "medium",
    quality: "An answer that needs more is cut in the middle.",
    latencyRisk: "none",
    latency: "The longest answers end sooner.",
    effort: "low",
    reversibility: AT_ONCE,
  },
  exact_cache: {
    label: "Exact cache",
    published: "20–40 % of total; 50 % and more on repetitive endpoints",
    qualityRisk: "low",
    quality: "An answer may be as old as the time to live.",
    latencyRisk: "none",
    latency: "Hits answer in milliseconds.",
    effort: "low",
    reversibility: "At once: switch it off, or take a new namespace.",
  },
  retrieval_cache: {
    label: "Embedding cache",
    published: null,
    qualityRisk: "none",
    quality: "The same text has the same embedding in one version of the index.",
    latencyRisk: "none",
    latency: "Hits skip a call.",
    effort: "low",
    reversibility: "At once: switch it off, or take a new namespace.",
  },
  semantic_cache: {
    label: "Semantic cache",
    published: "18 % hits in the published example",
    qualityRisk: "medium",
    quality: "A question that only looks alike gets a wrong answer; a sample of hits is generated too, to measure that.",
    latencyRisk: "low",
    latency: "Every miss waits for one embedding.",
    effort: "medium",
    reversibility: "At once: switch it off, or take a new namespace.",
  },
  prompt_caching: {
    label: "Provider prompt caching",
    published: "50–90 % of cached tokens",
    qualityRisk: "none",
    quality: "The same tokens are read, only cheaper.",
    latencyRisk: "none",
    latency: "Cached prefixes are read faster.",
    effort: "low",
    reversibility: "At once: go back to the old order of the prompt.",
  },
  right_size: {
    label: "Smaller model",
    published: "50–90 %",
    qualityRisk: "medium",
    quality: "The smaller model may be wrong more often; an evaluation must pass first.",
    latencyRisk: "none",
    latency: "Smaller models are usually faster.",
    effort: "low",
    reversibility: AT_ONCE,
  },
  small_model_first: {
    label: "Small model first",
    published: "50–80 %; 80–95 % of requests to the small model",
    qualityRisk: "medium",
    quality: "Easy and hard requests are told apart by a rule, which can be wrong.",
    latencyRisk: "low",
    latency: "What is escalated waits twice.",
    effort: "medium",
    reversibility: AT_ONCE,
  },
  batch_lane: {
    label: "Async batch lane",
    published: "50 % flat",
    qualityRisk: "none",
    quality: "The same model answers.",
    latencyRisk: "high",
    latency: "Answers come within hours instead of seconds.",
    effort: "medium",
    reversibility: AT_ONCE,
  },
  continuous_batching: {
    label: "Continuous batching",
    published: "40–60 %, or 2–3× throughput",
    qualityRisk: "none",
    quality: "The same model answers.",
    latencyRisk: "medium",
    latency: "One request in a larger batch may be slower; queue time, retries and duplicates guard the rollout.",
    effort: "low",
    reversibility: "A restart of each engine, one by one.",
  },
  quantization: {
    label: "Quantization",
    published: "30–50 %; INT8 halves memory, INT4 takes three quarters off",
    qualityRisk: "medium",
    quality: "Fewer bits can cost accuracy; task evaluation, format and safety checks must pass first.",
    latencyRisk: "low",
    latency: "Usually faster; watch time to first token.",
    effort: "medium",
    reversibility: "A restart of each engine, one by one; the old precision stays routable.",
  },
  retries: {
    label: "Retries and duplicates",
    published: "the share of spend that is wasted",
    qualityRisk: "low",
    quality: "A request that used to succeed on a late try may fail.",
    latencyRisk: "low",
    latency: "Answers come on the first try, later than the old timeout.",
    effort: "low",
    reversibility: AT_ONCE,
  },
  capacity: {
    label: "Idle capacity",
    published: "35 % idle in the published example",
    qualityRisk: "none",
    quality: "The same model answers.",
    latencyRisk: "medium",
    latency: "A cold start takes 2–10 minutes: one or two nodes stay warm.",
    effort: "medium",
    reversibility: "Minutes: start the nodes again.",
  },
  speculative: {
    label: "Speculative decoding",
    published: "1.8–2.2× speed: a latency lever, not a cost lever",
    qualityRisk: "none",
    quality: "Drafted tokens are verified by the same model.",
    latencyRisk: "low",
    latency: "Faster while there is spare compute, slower under full load.",
    effort: "medium",
    reversibility: "A restart of each engine, one by one.",
  },
  instance: {
    label: "Cheaper instances",
    published: "50–90 % for spot",
    qualityRisk: "none",
    quality: "The same model answers.",
    latencyRisk: "medium",
    latency: "Spot nodes go away with minutes of notice: only work that can be tried again belongs there.",
    effort: "medium",
    reversibility: "Minutes: start nodes of the old kind.",
  },
  distillation: {
    label: "Distillation",
    published: "5–30× cheaper per request",
    qualityRisk: "high",
    quality: "A student knows only what it was shown; the teacher stays the fallback.",
    latencyRisk: "none",
    latency: "Students are faster.",
    effort: "high",
    reversibility: "At once: route back to the teacher.",
  },
  lane_split: {
    label: "Split interactive and background",
    published: null,
    qualityRisk: "none",
    quality: "The same model answers.",
    latencyRisk: "low",
    latency: "Interactive requests stop waiting behind long ones.",
    effort: "medium",
    reversibility: AT_ONCE,
  },
  self_host: {
    label: "Own GPUs or an API",
    published: "break-even at 65–70 % utilization; serverless 77 % cheaper at 15–16 %",
    qualityRisk: "medium",
    quality: "Another model answers; an evaluation must pass first.",
    latencyRisk: "medium",
    latency: "A network and a shared service instead of an own node, or the other way round.",
    effort: "high",
    reversibility: "Days: capacity has to be found again.",
  },
};
