import { describe, expect, it } from "vitest";
import { readFlags } from "./flags";

const read = (line: string) => readFlags(line.split(" "));

describe("flags of vllm serve", () => {
  it("have vLLM's defaults", () => {
    expect(read("--model acme/llama-3.1-8b")).toMatchObject({
      servedModelNames: ["acme/llama-3.1-8b"],
      quantization: null,
      precision: "bf16",
      maxNumSeqs: 256,
      gpuMemoryUtilization: 0.9,
      enablePrefixCaching: true,
      port: 8_000,
    });
  });

  it("are taken in every spelling that vLLM takes", () => {
    const wanted = {
      model: "m-8b",
      maxNumSeqs: 8,
      kvCacheDtype: "fp8",
      enablePrefixCaching: false,
      servedModelNames: ["a", "b"],
    };
    expect(
      read("--model m-8b --max-num-seqs 8 --kv-cache-dtype fp8 --no-enable-prefix-caching --served-model-name a b"),
    ).toMatchObject(wanted);
    expect(
      read("serve m-8b --max_num_seqs=8 --kv-cache-dtype=fp8 --no-enable-prefix-caching --served-model-name a b --port 1"),
    ).toMatchObject(wanted);
  });

  it.each([
    ["awq_marlin", "awq"],
    ["compressed-tensors", "int8"],
    ["modelopt_fp4", "nvfp4"],
    ["fp8", "fp8"],
  ])("know %s", (name, precision) => {
    expect(read(`--model m-8b --quantization ${name}`)).toMatchObject({ quantization: name, precision });
  });

  it("a checkpoint's own name says its format", () => {
    expect(read("--model acme/Llama-3.1-8B-AWQ")).toMatchObject({ precision: "awq" });
  });

  it.each([
    ["--model m-8b --max-num-seq 8", /unrecognized arguments: --max-num-seq 8/],
    ["--max-num-seqs 8", /required: --model/],
    ["--model m-8b --quantization q9", /--quantization: invalid choice: 'q9'/],
    ["--model m-8b --max-num-seqs eight", /--max-num-seqs: invalid int value: 'eight'/],
    ["--model m-8b --gpu-memory-utilization 1.2", /--gpu-memory-utilization: must be above 0 and at most 1/],
    ["--model m-8b --port", /--port: expected one argument/],
    ["--model m-8b --speculative-config {}", /--speculative-config: invalid loads value/],
  ])("refuse %s", (line, why) => {
    expect(read(line)).toEqual({ refusal: expect.stringMatching(why) as string });
  });

  it("read a speculative configuration", () => {
    expect(read('--model m-8b --speculative-config {"method":"ngram","num_speculative_tokens":3}')).toMatchObject({
      speculative: { method: "ngram", numTokens: 3 },
    });
  });
});
