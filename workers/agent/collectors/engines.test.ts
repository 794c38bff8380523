/** Pages of every engine → samples that the console takes. The fixtures say where their format comes from. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSample, type Sample } from "@/lib/telemetry";
import { CounterMemory } from "./counter-memory";
import { makeSample } from "./make-sample";
import type { EngineKind } from "./name-registry";
import { parsePrometheus } from "./parse-prometheus";
import { readEngine } from "./read-engine";
import { readGpus } from "./read-gpus";
import { advance, fixture, restarted } from "./testing/pages";

const AT = new Date();
const FACTS = { node: "node-1", pool: "chat", gpu: { count: 1, type: "H100" } };

/** The sample of the last page, as the console reads it: a refusal fails the test. */
function sampleOf(kind: EngineKind | "prometheus", pages: string[]): Sample {
  const memory = new CounterMemory(false);
  const readings = pages.map((text) => readEngine(parsePrometheus(text), kind, memory));
  const sample = makeSample(FACTS, { at: AT, intervalSec: 15, engines: [readings.at(-1)!], gpus: [], unknown: [] });
  return accepted(sample);
}

function accepted(sample: Sample | null): Sample {
  const read = readSample(JSON.parse(JSON.stringify(sample)), { now: Date.now(), rawRetentionDays: 35 });
  if (!("item" in read)) throw new Error(JSON.stringify(read.refusal));
  return read.item;
}

/** 30 requests more: 20 answered within 0.1 s, 10 within 0.25 s; 24 of them did not queue for longer than 0.3 s. */
function vllmLater(text: string, names: { prefix: string; cache: string; interToken: string; cached?: boolean; bare?: boolean }) {
  const { prefix, cache, interToken } = names;
  const changes: Record<string, number> = {};
  const count = (name: string, added: number) => {
    changes[`${prefix}${name}_total`] = added;
    if (names.bare) changes[`${prefix}${name}`] = added;
  };
  count("prompt_tokens", 9_000);
  if (names.cached !== false) count("prompt_tokens_cached", 6_000);
  count("generation_tokens", 1_200);
  count("num_preemptions", 2);
  count(`${cache}_queries`, 9_500);
  count(`${cache}_hits`, 6_000);
  let later = advance(text, changes);
  const inSeries = (pattern: RegExp, added: number) => {
    const before = later;
    later = later.replace(pattern, (_, head: string, value: string) => `${head} ${Number(value) + added}`);
    if (later === before) throw new Error(`Nothing fits ${String(pattern)}`);
  };
  const series = (name: string, label: string) => new RegExp(`^(${prefix}${name}\\{.*${label}.*\\}) (\\S+)$`, "gm");
  inSeries(series("request_success_total", 'finished_reason="stop"'), 28);
  inSeries(series("request_success_total", 'finished_reason="abort"'), 2);
  inSeries(series("time_to_first_token_seconds_bucket", 'le="0.1"'), 20);
  for (const le of ["0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "10.0", "\\+Inf"]) {
    inSeries(series("time_to_first_token_seconds_bucket", `le="${le}"`), 30);
  }
  inSeries(series("time_to_first_token_seconds_sum", ""), 3.5);
  inSeries(series("time_to_first_token_seconds_count", ""), 30);
  inSeries(series("request_queue_time_seconds_bucket", 'le="0.3"'), 24);
  inSeries(series("request_queue_time_seconds_bucket", 'le="(?!0.3).*"'), 30);
  inSeries(series("request_queue_time_seconds_count", ""), 30);
  inSeries(series(`${interToken}_count`, ""), 1_170);
  inSeries(series(`${interToken}_bucket`, 'le="(?!0.01")'), 1_170);
  return later;
}

const NEW = { prefix: "vllm:", cache: "prefix_cache", interToken: "inter_token_latency_seconds" };
const vllmNew = () => fixture("vllm-new.prom");

describe("vLLM", () => {
  const sample = sampleOf("vllm", [vllmNew(), vllmLater(vllmNew(), NEW)]);

  it("is read by meaning", () => {
    expect(sample).toMatchObject({
      node: "node-1",
      pool: "chat",
      intervalSec: 15,
      gpuCount: 1,
      gpuType: "H100",
      engine: "vllm",
      model: "meta-llama/Llama-3.1-8B-Instruct",
      running: 12,
      waiting: 3,
      kvCacheUsage: 0.4275,
      promptTokens: 9_000,
      cachedTokens: 6_000,
      generatedTokens: 1_200,
      preemptions: 2,
      // Something ran, and nothing says how much: not idle, not busy.
      engineActive: null,
      gpuUtil: null,
    });
  });

  it("has TTFT and queue percentiles of the interval in the buckets that were scraped", () => {
    expect(sample.extra).toMatchObject({
      ttft_seconds_count: 30,
      ttft_seconds_sum: 3.5,
      ttft_seconds_buckets: "0.08-0.1:20 0.1-0.25:10",
      // 15th of 30: three quarters into 0.08–0.1. 28.5th: 8.5 of 10 into 0.1–0.25.
      ttft_seconds_p50: 0.095,
      ttft_seconds_p95: 0.2275,
      queue_seconds_buckets: "0-0.3:24 0.3-0.5:6",
      queue_seconds_p50: 0.1875,
    });
  });

  it("says how requests ended without calling it success, and how the engine was set up", () => {
    expect(sample.extra).toMatchObject({
      requests_finished: 30,
      requests_finished_stop: 28,
      requests_finished_abort: 2,
      requests_finished_length: 0,
      setup_cache_dtype: "fp8",
      setup_num_gpu_blocks: "27000",
      setup_enable_prefix_caching: "True",
    });
    expect(Object.keys(sample.extra!).filter((key) => /success/.test(key))).toEqual([]);
  });

  it("keeps what the registry does not know: gauges as they are, counters as what they added", () => {
    expect(sample.extra).toMatchObject({
      "vllm:iteration_tokens_total_seen": 42,
      "vllm:prefix_cache_queries_total": 9_500,
      python_gc_objects_collected_total: 0,
    });
    expect(Object.keys(sample.extra!).filter((key) => key.endsWith("_created"))).toEqual([]);
  });

  it("gives the same sample under its old names, with the prefix cache's own count labelled", () => {
    const old = { prefix: "vllm:", cache: "gpu_prefix_cache", interToken: "time_per_output_token_seconds", cached: false };
    const read = sampleOf("vllm", [fixture("vllm-old.prom"), vllmLater(fixture("vllm-old.prom"), old)]);
    const { extra, ...rest } = read;
    const { extra: expected, ...columns } = sample;
    expect(rest).toEqual(columns);
    expect(extra).toMatchObject({ cached_tokens_estimated: true });
    expect(known(extra)).toEqual({ ...known(expected), cached_tokens_estimated: true });
  });

  it("gives the same sample through Ray, which writes counters twice, and when nobody says that it is vLLM", () => {
    const ray = { prefix: "ray_vllm_", cache: "prefix_cache", interToken: "inter_token_latency_seconds", bare: true };
    const read = sampleOf("prometheus", [fixture("vllm-ray.prom"), vllmLater(fixture("vllm-ray.prom"), ray)]);
    const { extra, ...rest } = read;
    const { extra: expected, ...columns } = sample;
    expect(rest).toEqual(columns);
    expect(known(extra)).toEqual(known(expected));
    const colon = (text: string) => text.replaceAll("ray_vllm_", "ray_vllm:");
    const older = sampleOf("vllm", [fixture("vllm-ray.prom"), vllmLater(fixture("vllm-ray.prom"), ray)].map(colon));
    expect(known(older.extra)).toEqual(known(expected));
  });

  it("reads one of two names for the same thing, while both are there", () => {
    const both = (text: string) => `${text}vllm:gpu_cache_usage_perc{engine="0"} 0.9\nvllm:gpu_prefix_cache_hits_total 1\n`;
    const read = sampleOf("vllm", [both(vllmNew()), both(vllmLater(vllmNew(), NEW))]);
    expect([read.kvCacheUsage, read.cachedTokens]).toEqual([0.4275, 6_000]);
    expect(read.extra).not.toHaveProperty("vllm:gpu_cache_usage_perc");
  });

  it("adds up the engines of one page, and takes the mean of their caches", () => {
    const two = (text: string) =>
      text + text.replaceAll('engine="0"', 'engine="1"').replace(/^(vllm:kv_cache_usage_perc.*) .*$/m, "$1 0.0725");
    const read = sampleOf("vllm", [two(vllmNew()), two(vllmLater(vllmNew(), NEW))]);
    expect(read).toMatchObject({ running: 24, waiting: 6, kvCacheUsage: 0.25, promptTokens: 18_000, generatedTokens: 2_400 });
    expect(read.extra).toMatchObject({ ttft_seconds_count: 60, ttft_seconds_p50: 0.095 });
  });

  it("that was restarted has what it did since, also where a counter is already higher than before", () => {
    const fresh = restarted(vllmNew());
    const read = sampleOf("vllm", [
      vllmNew(),
      advance(fresh, { "vllm:prompt_tokens_total": 500, "vllm:generation_tokens_total": 40, "vllm:num_preemptions_total": 9 }),
    ]);
    expect(read).toMatchObject({ promptTokens: 500, generatedTokens: 40, preemptions: 9, cachedTokens: 0 });
    expect(read.extra).toMatchObject({ requests_finished: 0, ttft_seconds_count: 0 });
  });

  it("has no counters on its first page: what they hold may be weeks old", () => {
    const read = sampleOf("vllm", [vllmNew()]);
    expect(read).toMatchObject({ running: 12, promptTokens: null, cachedTokens: null, generatedTokens: null, preemptions: null });
  });

  it("is idle without any GPU reading only when nothing ran, nothing waited and nothing was made", () => {
    const still = vllmNew().replace(/^(vllm:num_requests_(?:running|waiting).*) .*$/gm, "$1 0.0");
    expect(sampleOf("vllm", [still, still])).toMatchObject({ engineActive: 0, extra: { engine_active_from: "engine-idle" } });
    expect(sampleOf("vllm", [still]).engineActive).toBeNull();
    expect(sampleOf("vllm", [still, advance(still, { "vllm:generation_tokens_total": 1 })]).engineActive).toBeNull();
  });

  it("cannot have more cached tokens than prompt tokens", () => {
    const read = sampleOf("vllm", [
      vllmNew(),
      advance(vllmNew(), { "vllm:prompt_tokens_total": 10, "vllm:prompt_tokens_cached_total": 25 }),
    ]);
    expect([read.cachedTokens, read.extra!["cached_tokens_estimated"]]).toEqual([10, true]);
  });

  it("that is cut off in the middle of its page costs what is missing, and nothing is counted twice afterwards", () => {
    const later = vllmLater(vllmNew(), NEW);
    const cut = later.slice(0, later.indexOf("vllm:generation_tokens_total{") + 20);
    const half = sampleOf("vllm", [vllmNew(), cut]);
    expect([half.promptTokens, half.generatedTokens, half.engineActive]).toEqual([9_000, null, null]);
    const after = sampleOf("vllm", [vllmNew(), cut, later]);
    expect([after.promptTokens, after.generatedTokens]).toEqual([0, 1_200]);
    expect(after.extra).toMatchObject({ ttft_seconds_count: 30, requests_finished: 30 });
  });
});

describe("SGLang", () => {
  it("is read once for all tensor-parallel ranks", () => {
    const before = fixture("sglang.prom");
    const label = 'engine_type="unified",model_name="Qwen/Qwen3-8B"';
    const later = advance(before, {
      [`sglang:prompt_tokens_total{${label},is_streaming="true"`]: 4_000,
      [`sglang:prompt_tokens_total{${label},is_streaming="false"`]: 1_000,
      "sglang:generation_tokens_total": 700,
      [`sglang:cached_tokens_total{${label},cache_source="device"`]: 900,
      [`sglang:cached_tokens_total{${label},cache_source="host"`]: 100,
      [`sglang:cached_tokens_total{${label},cache_source="total"`]: 1_000,
      "sglang:num_retracted_requests_total": 1,
      "sglang:num_requests_total": 12,
      "sglang:num_aborted_requests_total": 2,
    });
    const read = sampleOf("sglang", [before, later]);
    expect(read).toMatchObject({
      engine: "sglang",
      model: "Qwen/Qwen3-8B",
      running: 24,
      waiting: 3,
      kvCacheUsage: 0.73,
      promptTokens: 5_000,
      cachedTokens: 1_000,
      generatedTokens: 700,
      preemptions: 1,
    });
    expect(read.extra).toMatchObject({
      requests_finished: 12,
      requests_aborted: 2,
      "sglang:gen_throughput": 1_842.55,
      "sglang:cache_hit_rate": 0,
    });
    expect(read.extra).not.toHaveProperty("sglang:fwd_occupancy");
    expect(
      sampleOf(
        "sglang",
        [before, later].map((text) => text.replaceAll("sglang:", "sglang_")),
      ),
    ).toMatchObject({ promptTokens: 5_000, running: 24 });
  });
});

describe("TGI", () => {
  it("has its tokens in the sums of histograms", () => {
    const before = fixture("tgi.prom");
    const read = sampleOf("tgi", [
      before,
      advance(before, {
        tgi_request_input_length_sum: 2_000,
        tgi_request_generated_tokens_sum: 350,
        tgi_request_count: 21,
        tgi_request_success: 20,
      }),
    ]);
    expect(read).toMatchObject({
      engine: "tgi",
      model: null,
      running: 5,
      waiting: 3,
      promptTokens: 2_000,
      generatedTokens: 350,
      cachedTokens: null,
      kvCacheUsage: null,
    });
    expect(read.extra).toMatchObject({
      requests_finished: 21,
      tgi_request_success: 20,
      tgi_batch_current_max_tokens: 16_000,
      queue_seconds_count: 0,
    });
  });
});

describe("TensorRT-LLM", () => {
  it("is read with its prefix, with Dynamo's, and without", () => {
    const before = fixture("tensorrt-llm.prom");
    const later = advance(before, {
      trtllm_prompt_tokens_total: 800,
      trtllm_generation_tokens_total: 90,
      'trtllm_request_success_total{model_name="llama-3.1-8b",engine_type="trtllm",finished_reason="length"': 3,
    });
    const expected = {
      engine: "tensorrt-llm",
      model: "llama-3.1-8b",
      running: 6,
      waiting: 2,
      kvCacheUsage: 0.62,
      promptTokens: 800,
      generatedTokens: 90,
    };
    const extra = { requests_finished: 3, requests_finished_length: 3, requests_finished_stop: 0 };
    for (const prefix of ["trtllm_", "trtllm:", ""]) {
      const read = sampleOf(
        "tensorrt-llm",
        [before, later].map((text) => text.replaceAll("trtllm_", prefix)),
      );
      expect(read).toMatchObject(expected);
      expect(read.extra).toMatchObject(extra);
    }
  });

  it("is read behind Triton", () => {
    const page = `nv_trt_llm_request_metrics{model="tensorrt_llm",request_type="scheduled",version="1"} 4
nv_trt_llm_request_metrics{model="tensorrt_llm",request_type="waiting",version="1"} 9
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction",model="tensorrt_llm",version="1"} 0.5
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="tokens_per",model="tensorrt_llm",version="1"} 64
`;
    expect(sampleOf("prometheus", [page])).toMatchObject({ engine: "tensorrt-llm", running: 4, waiting: 9, kvCacheUsage: 0.5 });
  });
});

describe("llama.cpp", () => {
  it("is read without labels", () => {
    const before = fixture("llama-cpp.prom");
    const read = sampleOf("llama.cpp", [
      before,
      advance(before, { "llamacpp:prompt_tokens_total": 64, "llamacpp:tokens_predicted_total": 128 }),
    ]);
    expect(read).toMatchObject({ engine: "llama.cpp", running: 2, waiting: 1, promptTokens: 64, generatedTokens: 128 });
    expect(read.extra).toMatchObject({ "llamacpp:n_decode_total": 0, "llamacpp:predicted_tokens_seconds": 24.06 });
  });
});

describe("what is no reading", () => {
  it("the not-supported number, NaN and infinity, negative gauges, another unit, more than the console takes", () => {
    const page = (prompt: string) => `vllm:num_requests_running -1
vllm:num_requests_waiting 9223372036854775794
vllm:kv_cache_usage_perc 42.75
vllm:odd_gauge NaN
vllm:other_gauge +Inf
vllm:prompt_tokens_total ${prompt}
`;
    const read = sampleOf("vllm", [page("0"), page("2e12")]);
    expect(read).toMatchObject({ running: null, waiting: null, kvCacheUsage: null, promptTokens: null });
    expect(Object.keys(read.extra!)).toEqual(["registry"]);
  });

  it("the not-supported number of a metric that nobody knows, before the console has to drop it", () => {
    const page = parsePrometheus("vllm:odd 9223372036854775794\nvllm:even 2\n");
    expect(readEngine(page, "vllm", new CounterMemory(false)).unknown).toEqual([{ name: "vllm:even", value: 2 }]);
  });

  it("names beyond a hundred, those of the exporter's own process first", () => {
    const many = Array.from({ length: 150 }, (_, index) => `vllm:thing_${index} 1\npython_thing_${index} 1\n`).join("");
    const keys = Object.keys(sampleOf("vllm", [many]).extra!);
    expect(keys).toHaveLength(100);
    expect(keys.filter((key) => key.startsWith("python_"))).toEqual([]);
    expect(sampleOf("vllm", [many]).extra).toMatchObject({ unknown_left_out: 300 - 98 });
  });

  it("names and texts that PostgreSQL cannot store", () => {
    const read = sampleOf("vllm", [
      `vllm:num_requests_running{model_name="a\u0000b"} 1\n{"odd\u0000name"} 2\n{"${"x".repeat(300)}"} 3\n`,
    ]);
    expect([read.model, read.extra!["oddname"], read.extra!["x".repeat(100)]]).toEqual(["ab", 2, 3]);
  });
});

describe("whatever a page says", () => {
  it("the console takes the sample", () => {
    const pages = [
      "vllm-new.prom",
      "sglang.prom",
      "tgi.prom",
      "tensorrt-llm.prom",
      "llama-cpp.prom",
      "dcgm.prom",
      "dcgm-mig.prom",
    ].map(fixture);
    const value = fc.oneof(
      fc.double(),
      fc.integer().map(String),
      fc.constantFrom("NaN", "+Inf", "-1", "1e300", "9223372036854775794", "?"),
    );
    const garbled = fc.tuple(
      fc.constantFrom(...pages),
      fc.array(fc.tuple(fc.nat(200), value), { maxLength: 30 }),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(
        fc.array(garbled, { minLength: 1, maxLength: 3 }),
        fc.double({ min: 0.001, max: 86_400, noNaN: true }),
        (scrapes, intervalSec) => {
          const [engineMemory, gpuMemory] = [new CounterMemory(true), new CounterMemory(true)];
          for (const [text, changes, label] of scrapes) {
            const lines = text.split("\n");
            for (const [at, changed] of changes) {
              const line = lines[at % lines.length]!;
              lines[at % lines.length] = `${line.slice(0, line.lastIndexOf(" "))} ${changed}`;
            }
            const page = parsePrometheus(`${lines.join("\n")}\nvllm:x{model_name=${JSON.stringify(label)}} 1\n`);
            const engine = readEngine(page, "prometheus", engineMemory);
            const { gpus, unknown } = readGpus(page, "node-1", gpuMemory);
            accepted(makeSample(FACTS, { at: AT, intervalSec, engines: [engine], gpus, unknown }));
          }
        },
      ),
    );
  });
});

/** Without the names that the registry does not know. */
const known = (extra: Sample["extra"]) =>
  Object.fromEntries(Object.entries(extra!).filter(([key]) => !/[:]|^ray_|^python_/.test(key)));
