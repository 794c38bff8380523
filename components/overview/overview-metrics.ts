import type { Dimension } from "@/lib/metrics/dimensions";

/** Everything the overview asks for one period as a whole. */
export const USAGE_METRICS = [
  "cost_usd",
  "requests",
  "cost_per_successful_request",
  "success_rate",
  "latency_p95",
  "cache_hit_rate",
  "tokens_total",
  "waste_usd",
  "waste_share",
  "cost_failed_usd",
  "cost_retried_usd",
  "cost_duplicate_usd",
  "saved_usd",
  "priced_share",
  "unpriced_requests",
];

export const TREND_METRICS = [
  "cost_usd",
  "requests",
  "cost_per_successful_request",
  "cost_per_successful_request_net",
  "success_rate",
  "latency_p95",
  "cache_hit_rate",
  "tokens_total",
];

export const NODE_METRICS = ["gpu_idle_cost_usd", "gpu_cost_usd", "gpu_idle_share"];

/** Filters that a GPU node understands. */
export const NODE_DIMENSIONS: readonly Dimension[] = ["pool", "node", "region", "engine", "precision"];
