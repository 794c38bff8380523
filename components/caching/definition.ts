/** What /caching asks. Pure. */
import type { MetricLine } from "@/components/charts/metric-lines";
import type { Dimension } from "@/lib/metrics/schemas";

/** One metric id of every kind a layer has; a layer lacks what does not exist for it. */
export interface LayerDefinition {
  id: "exact" | "semantic" | "retrieval" | "embedding" | "prefix";
  label: string;
  what: string;
  /** hits ÷ lookups, both in requests. */
  requestRate?: string;
  /** read ÷ (uncached + read + write) tokens. */
  tokenRate?: string;
  /** Of the hits that were also generated, those that should not have been reused. */
  falseRate?: string;
  saved: string;
}

export const LAYERS: readonly LayerDefinition[] = [
  {
    id: "exact",
    label: "Exact",
    what: "The very same request was answered before.",
    requestRate: "cache_hit_rate_exact",
    saved: "saved_exact_usd",
  },
  {
    id: "semantic",
    label: "Semantic",
    what: "A request that means the same was answered before.",
    requestRate: "cache_hit_rate_semantic",
    falseRate: "semantic_false_hit_rate",
    saved: "saved_semantic_usd",
  },
  {
    id: "retrieval",
    label: "Retrieval",
    what: "The documents for this question had been looked up.",
    requestRate: "cache_hit_rate_retrieval",
    saved: "saved_retrieval_usd",
  },
  {
    id: "embedding",
    label: "Embedding",
    what: "The vector of this text had been computed.",
    requestRate: "cache_hit_rate_embedding",
    saved: "saved_embedding_usd",
  },
  {
    id: "prefix",
    label: "Provider prefix",
    what: "The model had read this beginning before.",
    tokenRate: "cache_hit_rate_tokens",
    saved: "saved_prefix_usd",
  },
];

export const CACHING_KPIS = ["cache_hit_rate", "cache_hit_rate_tokens", "saved_usd", "cache_time_saved"] as const;

const RATES = LAYERS.flatMap(({ requestRate, tokenRate }) => [requestRate, tokenRate].filter((id) => id !== undefined));

/** The whole period in one row. */
export const TOTAL_METRICS: readonly string[] = [
  ...new Set([
    ...CACHING_KPIS,
    "cache_hits",
    "cache_lookups",
    ...RATES,
    ...LAYERS.flatMap(({ falseRate, saved }) => [...(falseRate ? [falseRate] : []), saved]),
  ]),
];

export const RATE_LINES: readonly MetricLine[] = LAYERS.map(({ id, requestRate, tokenRate, label }) => ({
  id,
  metric: (requestRate ?? tokenRate)!,
  label: tokenRate ? `${label} (tokens)` : label,
}));
export const SAVED_LINES: readonly MetricLine[] = LAYERS.map(({ id, saved, label }) => ({ id, metric: saved, label }));

export const BREAKDOWNS = ["endpoint", "tenant", "route", "modelServed"] as const satisfies readonly Dimension[];

export const BREAKDOWN_METRICS = [
  "requests",
  "cache_lookups",
  "cache_hits",
  "cache_hit_rate",
  "cache_hit_rate_exact",
  "cache_hit_rate_semantic",
  "semantic_false_hit_rate",
  "cache_hit_rate_retrieval",
  "cache_hit_rate_embedding",
  "cache_hit_rate_tokens",
  "saved_usd",
] as const;
