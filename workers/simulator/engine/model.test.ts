import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PRECISIONS, readFlags, type EngineSettings } from "./flags";
import { GPU_NAMES, gpuNamed, modelNamed } from "./hardware";
import {
  decodeTokensPerSec,
  kvBytesPerToken,
  missesOf,
  planMemory,
  stepSeconds,
  tokensPerStep,
  weightsBytes,
  type MemoryPlan,
} from "./model";

const LLAMA = modelNamed("meta-llama/Llama-3.1-8B-Instruct")!;
const L4 = gpuNamed("L4")!;
const settings = (...flags: string[]): EngineSettings => {
  const read = readFlags(["--model", "llama-3.1-8b-instruct", ...flags]);
  if ("refusal" in read) throw new Error(read.refusal);
  return read;
};
const plan = (...flags: string[]) => planMemory(LLAMA, L4, settings(...flags)) as MemoryPlan;

describe("memory", () => {
  it("weights: 8.03 billion at two bytes; at four bits all but the embeddings shrink", () => {
    expect(weightsBytes(LLAMA, "bf16")).toBe(16.06e9);
    expect(weightsBytes(LLAMA, "fp8")).toBe(6.98e9 + 2.1e9);
    // 6.98e9 · (0.5 + 2.5/128) + 2.1e9
    expect(weightsBytes(LLAMA, "awq") / 1e9).toBeCloseTo(5.726, 3);
  });

  it("KV cache: 128 KiB a token (2 · 32 layers · 8 heads · 128 · 2), half at eight bits", () => {
    expect(kvBytesPerToken(LLAMA, { kvCacheDtype: "auto" })).toBe(131_072);
    expect(kvBytesPerToken(LLAMA, { kvCacheDtype: "fp8" })).toBe(65_536);
  });

  it("an L4 with 16-bit weights has room for 35,376 tokens; with AWQ for 114,208", () => {
    // 23,034 MiB · 0.9 − 16.06e9 − 2,048 · 4,096 · 28 − 768 MiB = 4.637e9 bytes ÷ 131,072 = 35,379 → 2,211 blocks of 16
    expect(plan().kvTokens).toBe(35_376);
    expect(plan("--quantization", "awq").kvTokens).toBe(114_208);
  });

  it("what cannot fit crashes with vLLM's words", () => {
    const crash = (model: string, ...flags: string[]) => {
      const result = planMemory(modelNamed(model)!, L4, settings(...flags));
      return "crash" in result ? result.crash : null;
    };
    expect(crash("qwen2.5-coder-32b")).toMatch(/^torch.OutOfMemoryError: CUDA out of memory/);
    expect(crash("llama-3.1-8b", "--gpu-memory-utilization", "0.7")).toMatch(
      /^ValueError: No available memory for the cache blocks/,
    );
    expect(crash("llama-3.1-8b", "--max-model-len", "65536")).toMatch(/max seq len \(65536\), \(8\.00 GiB KV cache is needed/);
    expect(crash("llama-3.1-8b", "--max-model-len", "65536", "--quantization", "awq")).toBeNull();
  });

  it("property: what a plan hands out is never more than its share of the memory", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...GPU_NAMES),
        fc.constantFrom(...PRECISIONS),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.integer({ min: 64, max: 65_536 }),
        (gpuName, precision, gpuMemoryUtilization, maxNumBatchedTokens) => {
          const gpu = gpuNamed(gpuName)!;
          const made = planMemory(LLAMA, gpu, { ...settings(), precision, gpuMemoryUtilization, maxNumBatchedTokens });
          if ("crash" in made) return;
          const handedOut = made.weightsBytes + made.activationBytes + made.kvTokens * made.kvBytesPerToken;
          expect(handedOut).toBeLessThanOrEqual(gpu.memoryMib * 1_048_576 * gpuMemoryUtilization);
          expect(made.kvTokens).toBe(made.kvBlocks * 16);
          expect(made.maxModelLen).toBeLessThanOrEqual(made.kvTokens);
        },
      ),
    );
  });
});

describe("speed", () => {
  const load = { decoding: 1, prefillTokens: 0, contextTokens: 1_000 };

  it("one stream on an L4 reads 16 GB a token: 66.5 ms", () => {
    // (16.06e9 + 1,000 · 131,072) ÷ (300e9 · 0.85) + 0.003 + 0.00003
    expect(stepSeconds(LLAMA, L4, settings(), load)).toBeCloseTo(0.066_524, 5);
  });

  it("prefill is computing: 2,048 tokens take 0.547 s at 16 bits, half of it at 8", () => {
    const prefill = { decoding: 0, prefillTokens: 2_048, contextTokens: 2_048 };
    // 2 · 8.03e9 · 2,048 ÷ (121e12 · 0.5) + 0.003
    expect(stepSeconds(LLAMA, L4, settings(), prefill)).toBeCloseTo(0.547, 3);
    expect(stepSeconds(LLAMA, L4, settings("--quantization", "fp8"), prefill)).toBeCloseTo(0.275, 3);
  });

  it("FP8 without FP8 units saves memory and no computing", () => {
    const prefill = { decoding: 0, prefillTokens: 4_096, contextTokens: 4_096 };
    const a10g = gpuNamed("A10G")!;
    expect(stepSeconds(LLAMA, a10g, settings("--quantization", "fp8"), prefill)).toBeGreaterThan(
      stepSeconds(LLAMA, a10g, settings(), prefill),
    );
  });

  it("speculation: three guesses of which 65 % hold give 2.35 tokens a step", () => {
    // 1 + 0.65 + 0.65² + 0.65³
    expect(tokensPerStep({ speculative: { method: "ngram", numTokens: 3 } })).toBeCloseTo(2.347, 3);
    expect(tokensPerStep({ speculative: null })).toBe(1);
  });

  it("property: a larger batch never gives less in all and never more to each; fewer bytes a weight are never slower to read", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PRECISIONS),
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 1, max: 4_000 }),
        (precision, batch, context) => {
          const of = (size: number) => decodeTokensPerSec(LLAMA, L4, { ...settings(), precision }, size, context);
          expect(of(batch + 1)).toBeGreaterThanOrEqual(of(batch) * (1 - 1e-9));
          expect(of(batch + 1) / (batch + 1)).toBeLessThanOrEqual((of(batch) / batch) * (1 + 1e-9));
          const alone = decodeTokensPerSec(LLAMA, L4, { ...settings(), precision }, 1, context);
          expect(alone).toBeGreaterThanOrEqual(decodeTokensPerSec(LLAMA, L4, settings(), 1, context));
        },
      ),
    );
  });
});

describe("quality", () => {
  it("every format costs something, four bits more than eight, an 8-bit KV cache a little more", () => {
    const cost = (...flags: string[]) => missesOf(settings(...flags)).content;
    expect(cost()).toBeLessThan(cost("--quantization", "fp8"));
    expect(cost("--quantization", "int8")).toBeLessThan(cost("--quantization", "awq"));
    expect(cost("--kv-cache-dtype", "fp8")).toBeGreaterThan(cost());
    for (const precision of PRECISIONS) expect(missesOf({ ...settings(), precision }).content).toBeLessThan(0.05);
  });
});
