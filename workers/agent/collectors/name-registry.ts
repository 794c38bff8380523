/**
 * What each exporter calls each thing. One line a meaning, names newest first: the first name that the page has is read,
 * the others are not, because exporters publish old and new names side by side while they rename. When an exporter
 * renames again, put the new name in front and raise the version: it travels with every sample.
 *
 * Sources: vLLM vllm/v1/metrics/loggers.py and its Ray logger; SGLang docs/references/production_metrics.md and
 * metrics_collector.py; TGI docs/source/reference/metrics.md; TensorRT-LLM tensorrt_llm/metrics/collector.py and Triton's
 * tensorrtllm_backend; llama.cpp tools/server/README.md; dcgm-exporter METRICS.md and etc/*.csv.
 */
import type { Labels } from "./parse-prometheus";

export const REGISTRY_VERSION = 1;

/** A name, or a name of which only some label values mean this. */
export type Alias = string | { name: string; where?: Labels; not?: Labels };

export const GAUGES = ["running", "waiting", "kvCacheUsage"] as const;
export const COUNTERS = [
  "promptTokens",
  "cachedTokens",
  // Lookups and hits of the prefix cache, in tokens. Older vLLM counts a request again each time it is scheduled again.
  "prefixHitTokens",
  "generatedTokens",
  "preemptions",
  // Every end of a request, errors and aborts included: vLLM's "request_success" is not a count of successes.
  "requestsFinished",
  "requestsAborted",
] as const;
export const HISTOGRAMS = ["ttft", "queue", "interToken", "endToEnd", "prefill", "decode"] as const;

export type GaugeMeaning = (typeof GAUGES)[number];
export type CounterMeaning = (typeof COUNTERS)[number];
export type HistogramMeaning = (typeof HISTOGRAMS)[number];
export type EngineMeaning = GaugeMeaning | CounterMeaning | HistogramMeaning;

export const ENGINE_KINDS = ["vllm", "sglang", "tgi", "tensorrt-llm", "llama.cpp"] as const;
export type EngineKind = (typeof ENGINE_KINDS)[number];

interface Exporter {
  names: Partial<Record<EngineMeaning, readonly Alias[]>>;
  /** A gauge that is always 1 and says in its labels how the engine was set up. */
  info?: string;
}

/** Names in canonical form (see `canonicalName`). Histograms without their _bucket, _sum and _count. */
export const ENGINES: Record<EngineKind, Exporter> = {
  vllm: {
    info: "vllm:cache_config_info",
    names: {
      running: ["vllm:num_requests_running"],
      waiting: ["vllm:num_requests_waiting"],
      // Called percent, but 0 to 1. gpu_ until 0.9, both until 0.11.
      kvCacheUsage: ["vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"],
      promptTokens: ["vllm:prompt_tokens_total"],
      cachedTokens: ["vllm:prompt_tokens_cached_total"],
      prefixHitTokens: ["vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total"],
      generatedTokens: ["vllm:generation_tokens_total"],
      preemptions: ["vllm:num_preemptions_total"],
      requestsFinished: ["vllm:request_success_total"],
      ttft: ["vllm:time_to_first_token_seconds"],
      queue: ["vllm:request_queue_time_seconds"],
      interToken: ["vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds"],
      endToEnd: ["vllm:e2e_request_latency_seconds"],
      prefill: ["vllm:request_prefill_time_seconds"],
      decode: ["vllm:request_decode_time_seconds"],
    },
  },
  sglang: {
    info: "sglang:cache_config_info",
    names: {
      running: ["sglang:num_running_reqs"],
      waiting: ["sglang:num_queue_reqs"],
      kvCacheUsage: ["sglang:token_usage"],
      promptTokens: ["sglang:prompt_tokens_total"],
      // By source since 0.5; "total" stands for requests without the detail, and is not added to the sources: rather too
      // few cached tokens than some of them twice.
      cachedTokens: [
        { name: "sglang:cached_tokens_total", not: { cache_source: "total" } },
        { name: "sglang:cached_tokens_total", where: { cache_source: "total" } },
      ],
      generatedTokens: ["sglang:generation_tokens_total"],
      preemptions: ["sglang:num_retracted_requests_total"],
      requestsFinished: ["sglang:num_requests_total"],
      requestsAborted: ["sglang:num_aborted_requests_total"],
      ttft: ["sglang:time_to_first_token_seconds"],
      queue: ["sglang:queue_time_seconds"],
      interToken: ["sglang:inter_token_latency_seconds", "sglang:time_per_output_token_seconds"],
      endToEnd: ["sglang:e2e_request_latency_seconds"],
    },
  },
  tgi: {
    names: {
      running: ["tgi_batch_current_size"],
      waiting: ["tgi_queue_size"],
      // Histograms of tokens per request: their sums are the tokens.
      promptTokens: ["tgi_request_input_length_sum"],
      generatedTokens: ["tgi_request_generated_tokens_sum"],
      requestsFinished: ["tgi_request_count"],
      queue: ["tgi_request_queue_duration"],
      interToken: ["tgi_request_mean_time_per_token_duration"],
      endToEnd: ["tgi_request_duration"],
    },
  },
  "tensorrt-llm": {
    names: {
      running: ["trtllm_num_requests_running", { name: "nv_trt_llm_request_metrics", where: { request_type: "scheduled" } }],
      waiting: ["trtllm_num_requests_waiting", { name: "nv_trt_llm_request_metrics", where: { request_type: "waiting" } }],
      kvCacheUsage: [
        "trtllm_kv_cache_utilization",
        { name: "nv_trt_llm_kv_cache_block_metrics", where: { kv_cache_block_type: "fraction" } },
      ],
      promptTokens: ["trtllm_prompt_tokens_total"],
      generatedTokens: ["trtllm_generation_tokens_total"],
      requestsFinished: ["trtllm_request_success_total"],
      ttft: ["trtllm_time_to_first_token_seconds"],
      queue: ["trtllm_request_queue_time_seconds"],
      interToken: ["trtllm_inter_token_latency_seconds", "trtllm_time_per_output_token_seconds"],
      endToEnd: ["trtllm_e2e_request_latency_seconds"],
    },
  },
  "llama.cpp": {
    names: {
      running: ["llamacpp:requests_processing"],
      waiting: ["llamacpp:requests_deferred"],
      kvCacheUsage: ["llamacpp:kv_cache_usage_ratio"],
      promptTokens: ["llamacpp:prompt_tokens_total"],
      generatedTokens: ["llamacpp:tokens_predicted_total"],
    },
  },
};

export const GPU_MEANINGS = [
  "engineActive",
  "smActive",
  "tensorActive",
  "dramActive",
  "gpuUtil",
  "memoryUsedMib",
  "memoryFreeMib",
  "memoryReservedMib",
  "memoryTotalMib",
  "powerWatts",
  "energyMj",
  "temperatureC",
  "xid",
] as const;
export type GpuMeaning = (typeof GPU_MEANINGS)[number];

interface GpuName {
  names: readonly string[];
  /** Multiplied to get the unit that the meaning is named after. */
  scale?: number;
  /**
   * How the instances of one GPU that is cut up (MIG) make its value, where it has none of its own.
   * shared: all instances repeat what the whole GPU has. slices: each instance counts by its share of the GPU.
   */
  instances: "shared" | "sum" | "slices";
}

export const DCGM: Record<GpuMeaning, GpuName> = {
  engineActive: { names: ["DCGM_FI_PROF_GR_ENGINE_ACTIVE"], instances: "slices" },
  smActive: { names: ["DCGM_FI_PROF_SM_ACTIVE"], instances: "slices" },
  tensorActive: { names: ["DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"], instances: "slices" },
  dramActive: { names: ["DCGM_FI_PROF_DRAM_ACTIVE"], instances: "slices" },
  gpuUtil: { names: ["DCGM_FI_DEV_GPU_UTIL"], scale: 0.01, instances: "shared" },
  memoryUsedMib: { names: ["DCGM_FI_DEV_FB_USED"], instances: "sum" },
  memoryFreeMib: { names: ["DCGM_FI_DEV_FB_FREE"], instances: "sum" },
  memoryReservedMib: { names: ["DCGM_FI_DEV_FB_RESERVED"], instances: "sum" },
  memoryTotalMib: { names: ["DCGM_FI_DEV_FB_TOTAL"], instances: "sum" },
  powerWatts: { names: ["DCGM_FI_DEV_POWER_USAGE"], instances: "shared" },
  energyMj: { names: ["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"], instances: "shared" },
  temperatureC: { names: ["DCGM_FI_DEV_GPU_TEMP"], instances: "shared" },
  xid: { names: ["DCGM_FI_DEV_XID_ERRORS"], instances: "shared" },
};

/** One name for what is spelled differently on the way: Ray and KServe put a prefix in front and may lose the colon. */
export function canonicalName(name: string): string {
  return name
    .replace(/^(?:ray_|kserve_)(?=vllm|sglang)/, "")
    .replace(/^(vllm|sglang|llamacpp)_/, "$1:")
    .replace(/^trtllm:/, "trtllm_");
}

const TENSORRT_NAMES = new Set(
  Object.values(ENGINES["tensorrt-llm"].names)
    .flat()
    .flatMap((alias) => (typeof alias === "string" ? [alias.slice("trtllm_".length)] : [])),
);

/** trtllm-serve before 1.1 has no prefix; only believed where the source is said to be TensorRT-LLM. */
export function withTensorRtPrefix(name: string): string {
  const bare = name.replace(/_(bucket|sum|count)$/, "");
  return TENSORRT_NAMES.has(bare) || TENSORRT_NAMES.has(name) ? `trtllm_${name}` : name;
}

export const aliasName = (alias: Alias): string => (typeof alias === "string" ? alias : alias.name);

export function aliasTakes(alias: Alias, labels: Labels): boolean {
  if (typeof alias === "string") return true;
  return (
    Object.entries(alias.where ?? {}).every(([label, value]) => labels[label] === value) &&
    Object.entries(alias.not ?? {}).every(([label, value]) => labels[label] !== value)
  );
}
