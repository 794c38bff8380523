/** `/metrics` with vLLM's names of today, and `/dcgm` with those of dcgm-exporter. */
import type { Engine } from "./engine";
import { BLOCK_TOKENS } from "./model";
import { PrometheusText } from "./prometheus";

const MIB = 1_048_576;

export function engineMetrics(engine: Engine): string {
  const { counts, histograms, scheduler, parts } = engine;
  const { settings, memory } = parts;
  const labels = { model_name: settings.servedModelNames[0]!, engine: "0" };
  const text = new PrometheusText();
  const gauge = (name: string, help: string, value: number) => text.one(`vllm:${name}`, "gauge", help, labels, value);
  const counter = (name: string, help: string, value: number) => text.one(`vllm:${name}`, "counter", help, labels, value);
  text.one("headroom_simulated", "gauge", "1: this engine is simulated, no GPU is behind it.", {}, 1);
  text.one("process_start_time_seconds", "gauge", "Start time of the process.", {}, engine.startedMs / 1_000);
  gauge("num_requests_running", "Number of requests in model execution batches.", scheduler.running.length);
  gauge("num_requests_waiting", "Number of requests waiting to be processed.", scheduler.waiting.length);
  gauge("kv_cache_usage_perc", "KV-cache usage. 1 means 100 percent usage.", engine.kvUsage);
  counter("prompt_tokens_total", "Number of prefill tokens processed.", counts.prompt);
  counter("prompt_tokens_cached_total", "Number of prompt tokens served from the prefix cache.", counts.cached);
  counter("generation_tokens_total", "Number of generation tokens processed.", counts.generated);
  counter("prefix_cache_queries_total", "Prefix cache queries, in tokens.", settings.enablePrefixCaching ? counts.queries : 0);
  counter("prefix_cache_hits_total", "Prefix cache hits, in tokens.", counts.cached);
  counter("num_preemptions_total", "Cumulative number of preemptions.", scheduler.preemptions);
  text.family("vllm:request_success_total", "counter", "Count of processed requests by finished reason.");
  for (const reason of ["stop", "length", "abort", "error"] as const)
    text.sample("vllm:request_success_total", { ...labels, finished_reason: reason }, counts[reason]);
  text.one(
    "vllm:cache_config_info",
    "gauge",
    "Information of the LLMEngine CacheConfig",
    {
      engine: "0",
      block_size: String(BLOCK_TOKENS),
      cache_dtype: settings.kvCacheDtype,
      enable_prefix_caching: settings.enablePrefixCaching ? "True" : "False",
      gpu_memory_utilization: String(settings.gpuMemoryUtilization),
      num_gpu_blocks: String(memory.kvBlocks),
      num_cpu_blocks: "0",
      prefix_caching_hash_algo: "sha256",
      sliding_window: "None",
    },
    1,
  );
  const histogram = (name: string, help: string, key: keyof Engine["histograms"]) =>
    text.histogram(`vllm:${name}`, help, labels, histograms[key]);
  histogram("time_to_first_token_seconds", "Histogram of time to first token in seconds.", "firstToken");
  histogram("inter_token_latency_seconds", "Histogram of inter-token latency in seconds.", "interToken");
  histogram("e2e_request_latency_seconds", "Histogram of e2e request latency in seconds.", "whole");
  histogram("request_queue_time_seconds", "Histogram of time spent in WAITING phase for request.", "queue");
  histogram("request_prefill_time_seconds", "Histogram of time spent in PREFILL phase for request.", "prefill");
  histogram("request_decode_time_seconds", "Histogram of time spent in DECODE phase for request.", "decode");
  histogram("request_prompt_tokens", "Number of prefill tokens processed.", "promptTokens");
  histogram("request_generation_tokens", "Number of generation tokens processed.", "outputTokens");
  return text.toString();
}

/** The GPU under the engine. Where a busy GPU is in its power range depends on how much of the time it computes. */
export function gpuMetrics(engine: Engine, nowMs: number): string {
  const { gpu, memory, settings } = engine.parts;
  const active = engine.busy.share(nowMs);
  const busyWatts = gpu.maxWatts * 0.9;
  const loadedBytes = engine.ready ? memory.usedBytes : memory.weightsBytes;
  const used = Math.round(loadedBytes / MIB);
  const labels = {
    gpu: "0",
    UUID: `GPU-simulated-${settings.port}`,
    modelName: `NVIDIA ${gpu.name}`,
    Hostname: "simulated",
  };
  const text = new PrometheusText();
  const gauge = (name: string, help: string, value: number) => text.one(`DCGM_FI_${name}`, "gauge", help, labels, value);
  const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
  gauge("DEV_GPU_UTIL", "GPU utilization (in %).", Math.round(active * 100));
  gauge("DEV_FB_USED", "Framebuffer memory used (in MiB).", used);
  gauge("DEV_FB_FREE", "Framebuffer memory free (in MiB).", gpu.memoryMib - used);
  gauge("DEV_POWER_USAGE", "Power draw (in W).", rounded(gpu.idleWatts + (busyWatts - gpu.idleWatts) * active, 1));
  gauge("DEV_GPU_TEMP", "GPU temperature (in C).", Math.round(34 + 33 * active));
  gauge("DEV_XID_ERRORS", "Value of the last XID error encountered.", 0);
  gauge("PROF_GR_ENGINE_ACTIVE", "Ratio of time the graphics engine is active.", rounded(active, 4));
  gauge("PROF_PIPE_TENSOR_ACTIVE", "Ratio of cycles the tensor (HMMA) pipe is active.", rounded(active * 0.38, 4));
  gauge("PROF_DRAM_ACTIVE", "Ratio of cycles the device memory interface is active.", rounded(active * 0.8, 4));
  text.one(
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
    "counter",
    "Total energy consumption since boot (in mJ).",
    labels,
    Math.round(engine.busy.joules(nowMs, gpu.idleWatts, busyWatts) * 1_000),
  );
  return text.toString();
}
