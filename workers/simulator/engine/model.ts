/**
 * How a model behaves on a GPU, as formulas (a roofline: whatever is slower of reading memory and computing).
 *
 *   weights    = (parameters − embeddings) · bytes(precision) + embeddings · 2
 *   KV/token   = 2 · layers · kvHeads · headDim · bytes(kv)
 *   KV tokens  = (memory · utilization − weights − activations − graphs) ÷ KV/token, in blocks of 16
 *   step       = max(2 · parameters · tokens ÷ (FLOPS · 0.5), (weights + context · KV/token) ÷ (bandwidth · 0.85))
 *                + 3 ms + 0.03 ms a sequence
 *
 * 4-bit formats compute at 16 bits after unpacking (15 % slower when computing is the limit, never when reading is); FP8
 * without FP8 units likewise. Quality is a made-up but monotone cost per format, so that a change has something to lose.
 */
import type { EngineSettings, Precision } from "./flags";
import type { GpuFacts, ModelFacts } from "./hardware";

const MIB = 1_048_576;
const GIB = 1_073_741_824;
export const BLOCK_TOKENS = 16;
const COMPUTE_EFFICIENCY = 0.5;
const BANDWIDTH_EFFICIENCY = 0.85;
/** CUDA context, graphs and what the allocator cannot use. */
const GRAPHS_BYTES = 768 * MIB;
/** Live activations of one step: about 14 values of the hidden size, two bytes each, per token. */
const ACTIVATION_BYTES = 28;
const STEP_SEC = 0.003;
const SEQUENCE_SEC = 0.000_03;
const SMALLEST_KV_TOKENS = 2_048;

interface Format {
  /** Bytes of one weight, scales of groups of 128 included. */
  bytes: number;
  arithmetic: "16" | "8" | "unpacked";
  /** Share of answers that are wrong because of the format or the model itself. */
  misses: number;
  /** Share of answers in JSON that are not JSON. */
  formatMisses: number;
}

const FOUR_BIT = 0.5 + 2.5 / 128;

const FORMATS: Record<Precision, Format> = {
  bf16: { bytes: 2, arithmetic: "16", misses: 0.01, formatMisses: 0.002 },
  fp8: { bytes: 1, arithmetic: "8", misses: 0.012, formatMisses: 0.003 },
  int8: { bytes: 1, arithmetic: "8", misses: 0.015, formatMisses: 0.005 },
  nvfp4: { bytes: 0.5 + 1 / 16, arithmetic: "unpacked", misses: 0.028, formatMisses: 0.018 },
  awq: { bytes: FOUR_BIT, arithmetic: "unpacked", misses: 0.03, formatMisses: 0.02 },
  gptq: { bytes: FOUR_BIT, arithmetic: "unpacked", misses: 0.035, formatMisses: 0.025 },
  gguf: { bytes: 0.6, arithmetic: "unpacked", misses: 0.032, formatMisses: 0.022 },
};

export interface MemoryPlan {
  weightsBytes: number;
  activationBytes: number;
  kvBytesPerToken: number;
  kvTokens: number;
  kvBlocks: number;
  maxModelLen: number;
  /** What the process holds once it runs: vLLM takes its share at once. */
  usedBytes: number;
  totalBytes: number;
}

export const weightsBytes = (model: ModelFacts, precision: Precision): number =>
  (model.parameters - model.embeddingParameters) * FORMATS[precision].bytes + model.embeddingParameters * 2;

export const kvBytesPerToken = (model: ModelFacts, settings: Pick<EngineSettings, "kvCacheDtype">): number =>
  2 * model.layers * model.kvHeads * model.headDim * (settings.kvCacheDtype.startsWith("fp8") ? 1 : 2);

/** What fits where; `crash` is the last line of an engine that does not start, in vLLM's words. */
export function planMemory(model: ModelFacts, gpu: GpuFacts, settings: EngineSettings): MemoryPlan | { crash: string } {
  const totalBytes = gpu.memoryMib * MIB;
  const share = totalBytes * settings.gpuMemoryUtilization;
  const weights = weightsBytes(model, settings.precision);
  const activationBytes = settings.maxNumBatchedTokens * model.hidden * ACTIVATION_BYTES;
  if (weights + GRAPHS_BYTES > totalBytes) {
    return { crash: outOfMemory(weights / 8, totalBytes, totalBytes - GRAPHS_BYTES) };
  }
  const left = share - weights - activationBytes - GRAPHS_BYTES;
  const perToken = kvBytesPerToken(model, settings);
  const kvBlocks = Math.floor(left / (perToken * BLOCK_TOKENS));
  const kvTokens = kvBlocks * BLOCK_TOKENS;
  if (kvTokens < SMALLEST_KV_TOKENS) {
    return {
      crash:
        "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the engine.",
    };
  }
  const wanted = settings.maxModelLen;
  if (wanted !== null && wanted > kvTokens) {
    return {
      crash: `ValueError: To serve at least one request with the model's max seq len (${wanted}), (${gib(wanted * perToken)} GiB KV cache is needed, which is larger than the available KV cache memory (${gib(left)} GiB). Based on the available memory, the estimated maximum model length is ${kvTokens}.`,
    };
  }
  return {
    weightsBytes: weights,
    activationBytes,
    kvBytesPerToken: perToken,
    kvTokens,
    kvBlocks,
    maxModelLen: Math.min(wanted ?? model.maxTokens, model.maxTokens, kvTokens),
    usedBytes: share,
    totalBytes,
  };
}

const gib = (bytes: number) => (bytes / GIB).toFixed(2);

const outOfMemory = (triedBytes: number, totalBytes: number, freeBytes: number) =>
  `torch.OutOfMemoryError: CUDA out of memory. Tried to allocate ${gib(triedBytes)} GiB. GPU 0 has a total capacity of ${gib(totalBytes)} GiB of which ${gib(Math.max(0, freeBytes % triedBytes))} GiB is free.`;

export interface StepLoad {
  /** Sequences that each get a token. */
  decoding: number;
  prefillTokens: number;
  /** Tokens in the KV cache of the sequences of this step. */
  contextTokens: number;
}

/** Seconds of one forward pass of the engine. */
export function stepSeconds(model: ModelFacts, gpu: GpuFacts, settings: EngineSettings, load: StepLoad): number {
  const { arithmetic } = FORMATS[settings.precision];
  const fast = arithmetic === "8" && (settings.precision !== "fp8" || gpu.fp8);
  const flops = (fast ? gpu.flops8 : gpu.flops16) * COMPUTE_EFFICIENCY;
  const unpacking = arithmetic === "16" || fast ? 1 : 1.15;
  const drafted = settings.speculative?.numTokens ?? 0;
  const tokens = load.decoding * (1 + drafted) + load.prefillTokens;
  const compute = (2 * model.parameters * tokens * unpacking) / flops;
  const read =
    (weightsBytes(model, settings.precision) + load.contextTokens * kvBytesPerToken(model, settings)) /
    (gpu.bytesPerSec * BANDWIDTH_EFFICIENCY);
  // A draft costs a tenth of a step for each token that it guesses.
  const drafting = 1 + 0.1 * drafted;
  return Math.max(compute, read) * drafting + STEP_SEC + SEQUENCE_SEC * load.decoding;
}

/** Tokens that one step gives a sequence: 1, or with speculation the expected run of guesses that hold (0.65 each). */
export function tokensPerStep(settings: Pick<EngineSettings, "speculative">): number {
  const drafted = settings.speculative?.numTokens ?? 0;
  const holds = 0.65;
  return (1 - holds ** (drafted + 1)) / (1 - holds);
}

/** Steady output of `batch` sequences of `contextTokens` each, tokens a second. For estimates and tests. */
export function decodeTokensPerSec(
  model: ModelFacts,
  gpu: GpuFacts,
  settings: EngineSettings,
  batch: number,
  contextTokens: number,
): number {
  const load = { decoding: batch, prefillTokens: 0, contextTokens: batch * contextTokens };
  return (batch * tokensPerStep(settings)) / stepSeconds(model, gpu, settings, load);
}

/** Real engines take this long from start to the first answer: reading weights at 1.5 GB/s, compiling, capturing graphs. */
export const coldStartSeconds = (model: ModelFacts, settings: EngineSettings): number =>
  weightsBytes(model, settings.precision) / 1.5e9 + 35 + model.layers / 4;

/** Shares of answers that miss: in content, and in format where JSON was asked for. */
export function missesOf(settings: EngineSettings): { content: number; format: number } {
  const { misses, formatMisses } = FORMATS[settings.precision];
  const kv = settings.kvCacheDtype.startsWith("fp8") ? 0.002 : 0;
  return { content: misses + kv, format: formatMisses + kv };
}

/**
 * Chance that the prefill of a long prompt finds no memory, per request. Stylised: nothing while a prompt takes less than
 * a third of the KV cache, 11 % beyond; what 16-bit weights on a small GPU do to long documents.
 */
export const oomChance = (promptTokens: number, plan: Pick<MemoryPlan, "kvTokens">): number =>
  promptTokens > plan.kvTokens / 3 ? 0.11 : 0;
