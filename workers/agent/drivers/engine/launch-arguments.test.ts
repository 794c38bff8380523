import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ENGINES, engineSettingsSchema, type EngineConfig } from "./config";
import { launchArguments } from "./launch-arguments";

type Naming = Parameters<typeof launchArguments>[0];
const launch = (naming: Partial<Naming> & Pick<EngineConfig, "engine">, settings: object) => {
  const launched = launchArguments(
    { models: undefined, quantizationNames: undefined, ...naming },
    engineSettingsSchema.parse(settings),
  );
  return "refusals" in launched ? launched.refusals : [...launched.model, ...launched.args];
};

describe("what an engine is started with", () => {
  const everything = {
    model: "meta/Llama-3.1-8B",
    servedModelName: "llama",
    quantization: "int8",
    kvCacheDtype: "fp8",
    maxNumSeqs: 256,
    maxNumBatchedTokens: 8_192,
    gpuMemoryUtilization: 0.92,
    enablePrefixCaching: false,
    speculative: { method: "eagle3", model: "meta/eagle", numTokens: 3 },
  };

  it("vLLM has all of it", () => {
    expect(launch({ engine: "vllm" }, everything).join(" ")).toBe(
      "--model meta/Llama-3.1-8B --served-model-name llama --quantization compressed-tensors --kv-cache-dtype fp8 --max-num-seqs 256 " +
        "--max-num-batched-tokens 8192 --gpu-memory-utilization 0.92 --no-enable-prefix-caching " +
        '--speculative-config {"method":"eagle3","model":"meta/eagle","num_speculative_tokens":3}',
    );
    expect(launch({ engine: "vllm" }, { enablePrefixCaching: true })).toEqual(["--enable-prefix-caching"]);
    expect(launch({ engine: "vllm" }, { quantization: "none", kvCacheDtype: "auto" })).toEqual([]);
    expect(launch({ engine: "vllm", quantizationNames: { awq: "awq_marlin" } }, { quantization: "awq" })).toEqual([
      "--quantization",
      "awq_marlin",
    ]);
  });

  it("SGLang calls it otherwise: three steps give four draft tokens, the cache is on unless switched off", () => {
    expect(launch({ engine: "sglang" }, everything).join(" ")).toBe(
      "--model-path meta/Llama-3.1-8B --served-model-name llama --quantization w8a8_int8 --kv-cache-dtype fp8_e4m3 --max-running-requests 256 " +
        "--max-prefill-tokens 8192 --mem-fraction-static 0.92 --disable-radix-cache --speculative-algorithm EAGLE3 " +
        "--speculative-draft-model-path meta/eagle --speculative-num-steps 3 --speculative-eagle-topk 1 --speculative-num-draft-tokens 4",
    );
    expect(launch({ engine: "sglang" }, { enablePrefixCaching: true })).toEqual([]);
    expect(launch({ engine: "sglang" }, { speculative: { method: "medusa", numTokens: 2 } })).toEqual([
      expect.stringContaining('no speculative method "medusa"'),
    ]);
  });

  it("llama.cpp refuses what it does not have, each by name", () => {
    expect(launch({ engine: "llama.cpp" }, everything)).toEqual([
      "llama.cpp loads only GGUF files, not int8.",
      "llama.cpp has no KV cache in fp8.",
      "llama.cpp has no limit on the share of GPU memory.",
      'llama.cpp speculates only with a draft model: method "draft_model" and a model.',
    ]);
    expect(
      launch(
        { engine: "llama.cpp", models: { qwen: "/models/qwen-q4.gguf", small: "org/small-GGUF" } },
        {
          model: "qwen",
          quantization: "gguf",
          maxNumSeqs: 4,
          speculative: { method: "draft_model", model: "small", numTokens: 8 },
        },
      ).join(" "),
    ).toBe("--model /models/qwen-q4.gguf --parallel 4 --hf-repo-draft org/small-GGUF --draft-max 8");
  });

  it("takes only models that this machine's own file names, when it names any", () => {
    const models = { "llama-8b": "/models/llama-8b" };
    expect(launch({ engine: "vllm", models }, { model: "llama-8b" })).toEqual(["--model", "/models/llama-8b"]);
    expect(launch({ engine: "vllm", models }, { model: "constructor" })).toEqual([
      expect.stringContaining("not among the models"),
    ]);
  });

  it.each(["/etc/passwd", "../x", "./x", "~/x", "a/../../b", "file:///x", "C:\\x"])("takes no path or address: %s", (model) =>
    expect(launch({ engine: "vllm" }, { model })).toEqual([expect.stringContaining("is a path or address")]),
  );
});

describe("no payload adds an argument or a command", () => {
  // Strings as an attacker would choose them, and any others.
  const text = fc.oneof(
    fc.constantFrom(
      "--trust-remote-code",
      "-x",
      "a --host 0.0.0.0",
      "$(id)",
      "`id`",
      "a;id",
      "a\nb",
      "{port}",
      "{model}",
      "a\u0000b",
      '"',
      "--",
      "-",
    ),
    fc.string({ minLength: 1, maxLength: 40 }),
  );
  const settings = fc.record(
    {
      model: text,
      servedModelName: text,
      quantization: fc.constantFrom("none", "int8", "fp8", "awq", "gptq", "nvfp4", "gguf"),
      kvCacheDtype: fc.constantFrom("auto", "fp8", "fp8_e4m3", "fp8_e5m2"),
      maxNumSeqs: fc.integer({ min: 1, max: 65_536 }),
      maxNumBatchedTokens: fc.integer({ min: 64, max: 4_194_304 }),
      gpuMemoryUtilization: fc.double({ min: 0.01, max: 1, noNaN: true }),
      enablePrefixCaching: fc.boolean(),
      speculative: fc.option(
        fc.record({
          method: fc.oneof(text, fc.constantFrom("eagle", "ngram", "draft_model")),
          model: text,
          numTokens: fc.integer({ min: 1, max: 32 }),
        }),
      ),
    },
    { requiredKeys: [] },
  );
  const OWN_FLAGS = new Set(
    (
      "--model --model-path --hf-repo --served-model-name --alias --quantization --kv-cache-dtype --max-num-seqs --max-running-requests --parallel " +
      "--max-num-batched-tokens --max-prefill-tokens --batch-size --gpu-memory-utilization --mem-fraction-static --enable-prefix-caching " +
      "--no-enable-prefix-caching --disable-radix-cache --cache-prompt --no-cache-prompt --speculative-config --speculative-algorithm " +
      "--speculative-draft-model-path --speculative-num-steps --speculative-eagle-topk --speculative-num-draft-tokens --model-draft " +
      "--hf-repo-draft --draft-max"
    ).split(" "),
  );
  const ALONE = new Set([
    "--enable-prefix-caching",
    "--no-enable-prefix-caching",
    "--disable-radix-cache",
    "--cache-prompt",
    "--no-cache-prompt",
  ]);

  it("every word is a flag of ours or the one value behind it, and no value looks like a flag", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.constantFrom(...ENGINES), settings, (engine, wanted) => {
        const parsed = engineSettingsSchema.safeParse(wanted);
        if (!parsed.success) return;
        const launched = launchArguments({ engine, models: undefined, quantizationNames: undefined }, parsed.data);
        if ("refusals" in launched) {
          expect(launched.refusals.join("")).not.toBe("");
          return;
        }
        accepted += 1;
        const words = [...launched.model, ...launched.args];
        const seen = new Set<string>();
        for (let index = 0; index < words.length; index += 1) {
          const flag = words[index]!;
          expect(OWN_FLAGS).toContain(flag);
          expect(seen).not.toContain(flag);
          seen.add(flag);
          if (ALONE.has(flag)) continue;
          index += 1;
          expect(words[index]).toBeDefined();
          expect(words[index]).not.toMatch(/^-/);
          expect(words[index]).not.toContain("\n");
          expect(words[index]).not.toContain("\u0000");
        }
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
