/** What the simulator knows of models and GPUs: figures of their published configurations and data sheets (dense FLOPS). */
export interface ModelFacts {
  parameters: number;
  /** Of them in embedding and output layers, which quantization leaves at 16 bits. */
  embeddingParameters: number;
  layers: number;
  kvHeads: number;
  headDim: number;
  hidden: number;
  maxTokens: number;
}

export interface GpuFacts {
  name: string;
  memoryMib: number;
  bytesPerSec: number;
  flops16: number;
  /** Of 8-bit integer arithmetic; FP8 only where `fp8`. */
  flops8: number;
  fp8: boolean;
  idleWatts: number;
  maxWatts: number;
}

const LLAMA_8B: ModelFacts = {
  parameters: 8.03e9,
  embeddingParameters: 1.05e9,
  layers: 32,
  kvHeads: 8,
  headDim: 128,
  hidden: 4_096,
  maxTokens: 131_072,
};
const QWEN_32B: ModelFacts = {
  parameters: 32.76e9,
  embeddingParameters: 1.557e9,
  layers: 64,
  kvHeads: 8,
  headDim: 128,
  hidden: 5_120,
  maxTokens: 32_768,
};

const MODELS: readonly (readonly [RegExp, ModelFacts])[] = [
  [/llama-?3(\.\d)?-8b/, LLAMA_8B],
  [/qwen2\.5(-coder)?-32b/, QWEN_32B],
];

const GPUS: readonly GpuFacts[] = [
  { name: "L4", memoryMib: 23_034, bytesPerSec: 300e9, flops16: 121e12, flops8: 242e12, fp8: true, idleWatts: 17, maxWatts: 72 },
  {
    name: "L40S",
    memoryMib: 46_068,
    bytesPerSec: 864e9,
    flops16: 362e12,
    flops8: 733e12,
    fp8: true,
    idleWatts: 36,
    maxWatts: 350,
  },
  {
    name: "A10G",
    memoryMib: 23_028,
    bytesPerSec: 600e9,
    flops16: 70e12,
    flops8: 140e12,
    fp8: false,
    idleWatts: 24,
    maxWatts: 300,
  },
  {
    name: "A100-80GB",
    memoryMib: 81_920,
    bytesPerSec: 2_039e9,
    flops16: 312e12,
    flops8: 624e12,
    fp8: false,
    idleWatts: 60,
    maxWatts: 400,
  },
  {
    name: "H100",
    memoryMib: 81_559,
    bytesPerSec: 3_350e9,
    flops16: 989e12,
    flops8: 1_979e12,
    fp8: true,
    idleWatts: 70,
    maxWatts: 700,
  },
];

export const GPU_NAMES = GPUS.map((gpu) => gpu.name);
export const gpuNamed = (name: string): GpuFacts | undefined => GPUS.find((gpu) => gpu.name === name);

/** A model of the list, or one whose size its name says ("…-70b"); undefined: nobody knows it. */
export function modelNamed(name: string): ModelFacts | undefined {
  const base = name.toLowerCase().split("/").at(-1)!;
  const known = MODELS.find(([pattern]) => pattern.test(base));
  if (known) return known[1];
  const billions = Number(/(?:^|[-_.])(\d{1,3}(?:\.\d+)?)b(?:$|[-_.])/.exec(base)?.[1]);
  if (!(billions > 0)) return undefined;
  // Between the two known shapes and beyond them: layers grow with the square root of the size.
  const layers = Math.max(16, Math.round((32 * Math.sqrt(billions / 8)) / 4) * 4);
  return {
    parameters: billions * 1e9,
    embeddingParameters: Math.min(billions * 1e9 * 0.2, 1.3e9),
    layers,
    kvHeads: 8,
    headDim: 128,
    hidden: Math.round(Math.sqrt((billions * 1e9) / (12 * layers)) / 128) * 128,
    maxTokens: 32_768,
  };
}
