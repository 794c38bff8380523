import { describe, expect, it } from "vitest";
import { engineConfigSchema } from "./config";
import { payloadOf, readOrder, type EngineOrder } from "./engine-payload";
import { effectiveHashOf } from "./open-engine";
import { disagreements, readEngine } from "./read-back";

const order = (engine: "vllm" | "sglang" | "llama.cpp", settings: object) =>
  readOrder(
    engineConfigSchema.parse({ connector: "engine", engine, executor: { kind: "process", command: ["x"] } }),
    payloadOf({ ...settings }),
  ) as EngineOrder;

const answers = (pages: Record<string, string | object>) => (path: string) => {
  const page = pages[path];
  return page === undefined
    ? Promise.reject(new Error("404"))
    : Promise.resolve(typeof page === "string" ? page : JSON.stringify(page));
};

const models = (id: string, root?: string) => ({ object: "list", data: [{ id, object: "model", ...(root ? { root } : {}) }] });

describe("vLLM says what it runs", () => {
  // As vLLM 0.11 writes it.
  const metrics =
    '# HELP vllm:cache_config_info Information of the LLMEngine CacheConfig\n# TYPE vllm:cache_config_info gauge\nvllm:cache_config_info{block_size="16",cache_dtype="fp8",calculate_kv_scales="False",enable_prefix_caching="True",engine="0",gpu_memory_utilization="0.92",num_gpu_blocks="18623",swap_space_bytes="4294967296.0"} 1.0\n';
  const read = (page = metrics) =>
    readEngine(
      "vllm",
      answers({ "/v1/models": models("llama", "meta/Llama-3.1-8B"), "/version": { version: "0.11.0" }, "/metrics": page }),
    );

  it("reads version, names and the cache's configuration", async () => {
    expect(await read()).toEqual({
      version: "0.11.0",
      models: ["llama", "meta/Llama-3.1-8B"],
      servedModel: "llama",
      settings: { kvCacheDtype: "fp8", gpuMemoryUtilization: 0.92, enablePrefixCaching: true },
    });
  });

  it("agrees with its order, fp8 being e4m3, and has the order's hash", async () => {
    const ordered = order("vllm", {
      model: "meta/Llama-3.1-8B",
      kvCacheDtype: "fp8_e4m3",
      gpuMemoryUtilization: 0.92,
      maxNumSeqs: 8,
    });
    expect(disagreements(ordered, await read())).toEqual([]);
    expect(effectiveHashOf(ordered, await read())).toBe(ordered.hash);
  });

  it("names each thing that runs otherwise, and then has another hash", async () => {
    const ordered = order("vllm", {
      model: "meta/other",
      kvCacheDtype: "fp8_e5m2",
      gpuMemoryUtilization: 0.9,
      enablePrefixCaching: false,
    });
    expect(disagreements(ordered, await read())).toEqual([
      "It serves llama, meta/Llama-3.1-8B, not meta/other.",
      "kvCacheDtype was ordered fp8_e5m2 and reads back as fp8.",
      "gpuMemoryUtilization was ordered 0.9 and reads back as 0.92.",
      "enablePrefixCaching was ordered false and reads back as true.",
    ]);
    expect(effectiveHashOf(ordered, await read())).not.toBe(ordered.hash);
  });

  it("holds nothing against it that it does not say", async () => {
    expect(disagreements(order("vllm", { kvCacheDtype: "fp8", enablePrefixCaching: true }), await read(""))).toEqual([]);
  });

  it("does not count as read when it lists no model", async () => {
    await expect(readEngine("vllm", answers({ "/v1/models": { data: [] } }))).rejects.toThrow("lists no model");
    await expect(readEngine("vllm", answers({ "/v1/models": "<html>" }))).rejects.toThrow("lists no model");
  });
});

describe("the other engines", () => {
  it("SGLang says its server arguments", async () => {
    const reading = await readEngine(
      "sglang",
      answers({
        "/v1/models": models("q"),
        "/get_server_info": {
          model_path: "org/q",
          served_model_name: "q",
          version: "0.5.2",
          kv_cache_dtype: "auto",
          mem_fraction_static: 0.85,
          max_running_requests: 64,
          disable_radix_cache: true,
        },
      }),
    );
    expect(reading.settings).toEqual({
      kvCacheDtype: "auto",
      gpuMemoryUtilization: 0.85,
      maxNumSeqs: 64,
      enablePrefixCaching: false,
    });
    expect(disagreements(order("sglang", { model: "org/q", maxNumSeqs: 64, enablePrefixCaching: true }), reading)).toEqual([
      "enablePrefixCaching was ordered true and reads back as false.",
    ]);
  });

  it("llama.cpp says its slots; its model is only compared by alias", async () => {
    const reading = await readEngine(
      "llama.cpp",
      answers({ "/v1/models": models("qwen"), "/props": { total_slots: 4, model_path: "/cache/x.gguf", build_info: "b6700" } }),
    );
    expect([reading.version, reading.settings]).toEqual(["b6700", { maxNumSeqs: 4 }]);
    expect(disagreements(order("llama.cpp", { model: "org/x-GGUF", maxNumSeqs: 4 }), reading)).toEqual([]);
    expect(disagreements(order("llama.cpp", { servedModelName: "other", maxNumSeqs: 8 }), reading)).toHaveLength(2);
  });
});
