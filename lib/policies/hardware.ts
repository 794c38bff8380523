/**
 * Can this number format run on this GPU? The matrix is vLLM's; what it says of hardware is not guessed for an unknown
 * GPU: that is a warning, not a refusal.
 *
 *   format       Pascal Volta Turing Ampere Ada Hopper SM100 SM120 AMD CPU
 *   awq, gptq      yes   yes   yes    yes   yes  yes    yes   yes   no  (yes)
 *   int8 W8A8      no    no    yes    yes   yes  yes    no    no    no  (yes)
 *   fp8 W8A8       no    no    no     no    yes  yes    yes   yes   yes  no
 *   marlin         no    no    no     yes   yes  yes    yes   yes   no   no
 *   nvfp4          no    no    no     w     w    w      yes   w     no   no     w: weights only
 *   gguf           yes   yes   yes    yes   yes  yes    yes   yes   yes  no
 */
import type { EnginePolicy } from "./schemas";

/** Marlin is not a format of a policy but the fast kernels under awq and gptq; engines take it as `gptq_marlin`. */
export type NumberFormat = EnginePolicy["quantization"] | "marlin";

const NVIDIA = ["Pascal", "Volta", "Turing", "Ampere", "Ada", "Hopper", "Blackwell SM100", "Blackwell SM120"] as const;
export type Architecture = (typeof NVIDIA)[number] | "AMD GPU" | "x86 CPU";

export interface HardwareVerdict {
  /** Each ends the plan, and says what would work. */
  refusals: string[];
  /** Worth knowing; the plan may go on. */
  warnings: string[];
}

const since = (first: (typeof NVIDIA)[number]): Architecture[] => NVIDIA.slice(NVIDIA.indexOf(first));

const RUNS_ON: Record<Exclude<NumberFormat, "none">, { on: readonly Architecture[]; needs: string }> = {
  awq: { on: [...NVIDIA, "x86 CPU"], needs: "AWQ runs on NVIDIA GPUs" },
  gptq: { on: [...NVIDIA, "x86 CPU"], needs: "GPTQ runs on NVIDIA GPUs" },
  int8: { on: ["Turing", "Ampere", "Ada", "Hopper", "x86 CPU"], needs: "INT8 (W8A8) runs on Turing, Ampere, Ada and Hopper" },
  fp8: { on: [...since("Ada"), "AMD GPU"], needs: "FP8 (W8A8) needs Ada, Hopper, Blackwell or an AMD GPU" },
  marlin: { on: since("Ampere"), needs: "Marlin kernels need Ampere or newer" },
  nvfp4: { on: since("Ampere"), needs: "NVFP4 is native on Blackwell SM100, and weights only from Ampere on" },
  gguf: { on: [...NVIDIA, "AMD GPU"], needs: "GGUF in vLLM runs on GPUs; on a CPU use llama.cpp" },
};

/** Formats in the order in which one would try them instead. */
const INSTEAD: readonly Exclude<NumberFormat, "none" | "marlin">[] = ["fp8", "int8", "awq", "gptq", "gguf"];

/**
 * `format` null: the policy leaves it to the engine. `gpu`: the name as nvidia-smi or DCGM gives it.
 * `engine`: as the agent says it (vllm, llama.cpp, …); null is taken for vLLM.
 */
export function checkHardware(format: NumberFormat | null, gpu: string | null, engine: string | null): HardwareVerdict {
  if (format === null) return { refusals: [], warnings: [] };
  const name = (engine ?? "vllm").toLowerCase();
  if (isLlamaCpp(name)) {
    return format === "gguf"
      ? { refusals: [], warnings: [] }
      : { refusals: [`${engine} reads GGUF only, and ${format} was asked for. Use gguf, or another engine.`], warnings: [] };
  }
  if (format === "none") return { refusals: [], warnings: [] };
  const architecture = gpu === null ? null : architectureOf(gpu);
  if (architecture === null) {
    const who = gpu === null ? "It has not said which GPU it has" : `The GPU "${gpu}" is not in the table of known GPUs`;
    return { refusals: [], warnings: [`${who}, so whether ${format} runs on it was not checked.`] };
  }
  const { on, needs } = RUNS_ON[format];
  if (!on.includes(architecture)) {
    const others = INSTEAD.filter((other) => RUNS_ON[other].on.includes(architecture));
    const sentence = `${needs}; ${gpu} is ${architecture}. What runs there: none, ${others.join(", ")}.`;
    // The matrix is vLLM's: of another engine it is only a hint.
    return name === "vllm"
      ? { refusals: [sentence], warnings: [] }
      : { refusals: [], warnings: [`In vLLM this would be refused; ${engine} was not checked. ${sentence}`] };
  }
  return { refusals: [], warnings: slowly(format, gpu!, architecture) };
}

const isLlamaCpp = (engine: string) => ["llama.cpp", "llamacpp", "llama-server", "ollama"].includes(engine);

function slowly(format: NumberFormat, gpu: string, architecture: Architecture): string[] {
  if (format === "nvfp4" && architecture !== "Blackwell SM100") {
    return [
      `NVFP4 is native on Blackwell SM100 only; on ${gpu} (${architecture}) just the weights are 4-bit: it saves memory, not compute.`,
    ];
  }
  if ((format === "awq" || format === "gptq") && !RUNS_ON.marlin.on.includes(architecture) && architecture !== "x86 CPU") {
    return [`${gpu} (${architecture}) has no Marlin kernels (Ampere and newer do): ${format} saves memory and may be slower.`];
  }
  return [];
}

/**
 * Names as nvidia-smi and DCGM give them, with or without maker: "NVIDIA H100 80GB HBM3", "Tesla T4", "NVIDIA GB200".
 * First match wins, so the longer names stand first.
 */
const BY_NAME: readonly (readonly [RegExp, Architecture])[] = [
  // A processor of AMD is not a GPU of AMD.
  [/\b(epyc|ryzen|xeon|core\(tm\)|x86[_-]64)\b/, "x86 CPU"],
  [/^(x86|cpu)$/, "x86 CPU"],
  [/\b(instinct|radeon|mi\d{2,3}[xa]?)\b/, "AMD GPU"],
  [/\bada\b/, "Ada"],
  [/\brtx pro [2-6]\d00\b|\bblackwell\b|\bgb10\b|\brtx 50[5-9]0\b/, "Blackwell SM120"],
  [/\bg?b[123]00\b/, "Blackwell SM100"],
  [/\b(gh200|h100|h200|h800|h20|hopper)\b/, "Hopper"],
  [/\b(l2|l4|l20|l40s?|l40g)\b|\brtx 40[5-9]0\b/, "Ada"],
  [/\bquadro rtx\b|\btitan rtx\b|\brtx [3-8]000\b|\brtx 20[5-8]0\b|\bgtx 16\d0\b|\b(t4g?|t10|t1000|t600|t400|t500)\b/, "Turing"],
  [/\b(rtx )?a(2|10|10g|10m|16|30|30x|40|100|100x|800)\b|\bpg50[69]\b|\brtx 30[5-9]0\b|\brtx a\d{3,4}\b|\borin\b/, "Ampere"],
  [/\b(v100s?|titan v|gv100|xavier)\b/, "Volta"],
  [/\b(p4|p6|p40|p100|gp100)\b|\bgtx 10[5-8]0\b|\btitan xp?\b|\bquadro p\d{4}\b/, "Pascal"],
];

/** Null: not a name that the table knows. */
export function architectureOf(gpu: string): Architecture | null {
  const name = gpu
    .toLowerCase()
    .replace(/[-_/](?=(sxm|pcie|nvl|smx|hbm|\d+c\b|\d+q\b|\d+g))/g, " ")
    .replace(/\s*(ti|super|laptop gpu|max-q)\b/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
