/** Every measure, distribution, ratio and dimension that the product promises, by name: nothing is left out silently. */
import { describe, expect, it } from "vitest";
import { HistogramSum } from "@/lib/stats/histogram";
import { METRICS } from "./catalogue";
import { DIMENSIONS } from "./dimensions";
import { evaluate } from "./evaluate";

const ADDITIVE: Record<string, string[]> = {
  "requests, successes": ["requests", "successes"],
  "errors by class": ["errors", "errors_provider", "errors_invalid", "timeouts", "ooms", "rate_limited", "cancelled"],
  "attempts, retries, duplicates, fallbacks, escalations": ["attempts", "retries", "duplicates", "fallbacks", "escalations"],
  "actions, outcomes": ["actions", "requests_in_actions", "outcomes", "good_outcomes"],
  "tokens per meter": [
    "tokens_input",
    "tokens_cache_read",
    "tokens_cache_write",
    "tokens_cache_write_5m",
    "tokens_cache_write_1h",
    "tokens_output",
    "tokens_reasoning",
    "tokens_audio_in",
    "tokens_audio_out",
    "images",
    "tokens_total",
  ],
  "cost per meter and in total": [
    "cost_usd",
    "cost_of_input_usd",
    "cost_of_cache_read_usd",
    "cost_of_cache_write_5m_usd",
    "cost_of_cache_write_1h_usd",
    "cost_of_output_usd",
    "cost_of_audio_in_usd",
    "cost_of_audio_out_usd",
    "cost_of_image_usd",
    "cost_of_request_usd",
  ],
  "cost of failed, retried, duplicate work": ["cost_failed_usd", "cost_retried_usd", "cost_duplicate_usd", "waste_usd"],
  "saved per cache layer": [
    "saved_usd",
    ...["exact", "semantic", "retrieval", "embedding", "prefix"].map((layer) => `saved_${layer}_usd`),
    "cache_time_saved",
  ],
  "cache lookups and hits per layer": [
    "cache_lookups",
    "cache_hits",
    ...["exact", "semantic", "retrieval", "embedding", "prefix"].flatMap((layer) => [
      `cache_lookups_${layer}`,
      `cache_hits_${layer}`,
    ]),
  ],
  "busy and idle GPU time and its cost": [
    "gpu_hours",
    "gpu_busy_hours",
    "gpu_idle_hours",
    "gpu_cost_usd",
    "gpu_busy_cost_usd",
    "gpu_idle_cost_usd",
  ],
  "GPU cost by tenant": [
    "gpu_bill_usd",
    "gpu_allocated_usd",
    "gpu_allocated_busy_usd",
    "gpu_allocated_idle_usd",
    "gpu_residual_usd",
  ],
  "energy and carbon": [
    "energy_kwh",
    "facility_kwh",
    "energy_cost_usd",
    "carbon_kg",
    "gpu_allocated_kwh",
    "gpu_allocated_carbon_kg",
  ],
  "streamed requests": ["streamed_requests"],
};

const DISTRIBUTIONS: Record<string, string[]> = {
  latency: ["latency_p50", "latency_p95", "latency_p99"],
  TTFT: ["ttft_p50", "ttft_p95", "ttft_p99"],
  "queue time": ["queue_p50", "queue_p95", "queue_p99"],
  "prefill, decode, inter-token": [
    "prefill_p50",
    "prefill_p95",
    "decode_p50",
    "decode_p95",
    "inter_token_p50",
    "inter_token_p95",
  ],
  "tokens in and out": ["tokens_in_p50", "tokens_in_p95", "tokens_out_p50", "tokens_out_p95"],
  "tokens per second": ["tokens_per_second_p50"],
  "cost per request and per action": [
    "cost_per_request_p50",
    "cost_per_request_p95",
    "cost_per_action_p50",
    "cost_per_action_p95",
  ],
  "calls per action": ["calls_per_action_p50", "calls_per_action_p95"],
};

const RATIOS: Record<string, string[]> = {
  "cost per successful request, gross and net": ["cost_per_successful_request", "cost_per_successful_request_net"],
  "cost per 1,000 requests, 1M tokens, action, outcome": [
    "cost_per_1k_requests",
    "cost_per_1m_tokens",
    "cost_per_action",
    "cost_per_outcome",
    "gpu_cost_per_1m_tokens",
  ],
  "tokens per outcome": ["tokens_per_outcome"],
  "cache hit rate by layer and token-weighted": [
    "cache_hit_rate",
    "cache_hit_rate_exact",
    "cache_hit_rate_semantic",
    "cache_hit_rate_retrieval",
    "cache_hit_rate_embedding",
    "cache_hit_rate_tokens",
  ],
  rates: [
    "success_rate",
    "error_rate",
    "timeout_rate",
    "oom_rate",
    "retry_rate",
    "duplicate_rate",
    "fallback_rate",
    "escalation_rate",
    "quality_rate",
  ],
  "calls per action": ["calls_per_action"],
  "GPU utilisation and idle share": ["gpu_utilization", "gpu_idle_share"],
  "waste share, tokens per watt": ["waste_share", "gpu_tokens_per_watt"],
  "provider-reported against calculated cost drift, priced share": [
    "cost_drift",
    "cost_reported_usd",
    "cost_matched_usd",
    "priced_share",
  ],
};

const missing = (groups: Record<string, string[]>) =>
  Object.entries(groups).flatMap(([promise, ids]) => ids.filter((id) => !METRICS.has(id)).map((id) => `${promise}: ${id}`));

describe("the catalogue holds what is promised", () => {
  it("additive measures, each a sum over any grouping", () => {
    expect(missing(ADDITIVE)).toEqual([]);
    const others = Object.values(ADDITIVE)
      .flat()
      .filter((id) => METRICS.get(id)!.kind !== "additive");
    expect(others).toEqual([]);
  });
  it("distributions, as percentiles of merged histograms", () => {
    expect(missing(DISTRIBUTIONS)).toEqual([]);
    const others = Object.values(DISTRIBUTIONS)
      .flat()
      .filter((id) => METRICS.get(id)!.kind !== "percentile");
    expect(others).toEqual([]);
  });
  it("ratios, as pairs of sums", () => {
    expect(missing(RATIOS).filter((id) => !id.endsWith("_usd"))).toEqual([]);
    const others = Object.values(RATIOS)
      .flat()
      .filter((id) => !id.endsWith("_usd") && METRICS.get(id)!.evaluation.type !== "ratio");
    expect(others).toEqual([]);
  });
  it("dimensions", () => {
    expect([...DIMENSIONS].sort()).toEqual(
      [
        "tenant",
        "endpoint",
        "feature",
        "route",
        "provider",
        "modelRequested",
        "modelServed",
        "gateway",
        "pool",
        "node",
        "region",
        "engine",
        "precision",
        "cacheOutcome",
        "status",
        "errorClass",
        "lane",
        "variant",
        "generation",
        "actionStep",
        "apiKeyId",
        "tags",
      ].sort(),
    );
  });
});

describe("time saved by caches", () => {
  const evaluated = (sums: Record<string, bigint>) =>
    evaluate(METRICS.get("cache_time_saved")!, { sums: new Map(Object.entries(sums)), histograms: new Map() }, new HistogramSum())
      .value;
  it("3 hits of 10 ms beside 2 calls of 500 and 700 ms: 3 × 600 − 30 = 1,770 ms", () => {
    expect(Number(evaluated({ hit_timed: 3n, hit_ms: 30n, call_timed: 2n, call_ms: 1_200n })) * 3_600_000).toBeCloseTo(1_770, 6);
  });
  it("is no data where no call was timed", () => {
    expect(evaluated({ hit_timed: 3n, hit_ms: 30n, call_timed: 0n, call_ms: 0n })).toBeNull();
  });
});
