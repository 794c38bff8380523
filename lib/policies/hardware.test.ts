import { describe, expect, it } from "vitest";
import { architectureOf, checkHardware, type Architecture, type NumberFormat } from "./hardware";

/** One GPU of each kind, and what each format may do there: y runs, n refused, w runs with a warning. */
const GPUS: [string, Architecture][] = [
  ["Tesla P40", "Pascal"],
  ["Tesla V100-SXM2-16GB", "Volta"],
  ["Tesla T4", "Turing"],
  ["NVIDIA A100-SXM4-80GB", "Ampere"],
  ["NVIDIA L40S", "Ada"],
  ["NVIDIA H100 80GB HBM3", "Hopper"],
  ["NVIDIA B200", "Blackwell SM100"],
  ["NVIDIA GeForce RTX 5090", "Blackwell SM120"],
  ["AMD Instinct MI300X", "AMD GPU"],
  ["AMD EPYC 9654 96-Core Processor", "x86 CPU"],
];
const MATRIX: [NumberFormat, string][] = [
  //        P V T A L H B S M C
  ["none", "y y y y y y y y y y"],
  ["awq", "w w w y y y y y n y"],
  ["gptq", "w w w y y y y y n y"],
  ["int8", "n n y y y y n n n y"],
  ["fp8", "n n n n y y y y y n"],
  ["marlin", "n n n y y y y y n n"],
  ["nvfp4", "n n n w w w y w n n"],
  ["gguf", "y y y y y y y y y n"],
];

const short = ({ refusals, warnings }: ReturnType<typeof checkHardware>) =>
  refusals.length > 0 ? "n" : warnings.length > 0 ? "w" : "y";

describe("checkHardware", () => {
  it.each(MATRIX)("vLLM: %s on every kind of GPU", (format, row) => {
    expect(GPUS.map(([gpu]) => short(checkHardware(format, gpu, "vllm"))).join(" ")).toBe(row);
  });

  it("says why, what the GPU is, and what runs there instead", () => {
    expect(checkHardware("fp8", "NVIDIA A10G", "vllm").refusals).toEqual([
      "FP8 (W8A8) needs Ada, Hopper, Blackwell or an AMD GPU; NVIDIA A10G is Ampere. What runs there: none, int8, awq, gptq, gguf.",
    ]);
    expect(checkHardware("nvfp4", "NVIDIA H200", "vllm").warnings[0]).toMatch(/native on Blackwell SM100 only.*just the weights/);
  });

  it.each(["llama.cpp", "ollama"])("%s reads GGUF only, on any hardware", (engine) => {
    for (const [gpu] of GPUS) {
      expect(checkHardware("gguf", gpu, engine)).toEqual({ refusals: [], warnings: [] });
      expect(checkHardware("awq", gpu, engine).refusals[0]).toMatch(/reads GGUF only/);
    }
    expect(checkHardware("none", null, engine).refusals).toHaveLength(1);
  });

  it("does not refuse what it cannot know: an unknown GPU, none reported, another engine's matrix", () => {
    expect(short(checkHardware("fp8", "Unobtainium 9000", "vllm"))).toBe("w");
    expect(short(checkHardware("fp8", null, "vllm"))).toBe("w");
    expect(short(checkHardware("awq", "AMD Instinct MI300X", "sglang"))).toBe("w");
    expect(short(checkHardware("awq", "AMD Instinct MI300X", null))).toBe("n");
    expect(short(checkHardware(null, "Tesla T4", "vllm"))).toBe("y");
  });
});

describe("architectureOf", () => {
  it.each<[string, Architecture | null]>([
    ...GPUS,
    ["Tesla P100-PCIE-16GB", "Pascal"],
    ["NVIDIA GeForce GTX 1080 Ti", "Pascal"],
    ["Tesla V100S-PCIE-32GB", "Volta"],
    ["NVIDIA TITAN V", "Volta"],
    ["NVIDIA T4G", "Turing"],
    ["Quadro RTX 8000", "Turing"],
    ["NVIDIA TITAN RTX", "Turing"],
    ["NVIDIA GeForce RTX 2080 Ti", "Turing"],
    ["NVIDIA A10", "Ampere"],
    ["NVIDIA A10G", "Ampere"],
    ["NVIDIA A2", "Ampere"],
    ["NVIDIA A30", "Ampere"],
    ["NVIDIA A40-48Q", "Ampere"],
    ["NVIDIA A800-SXM4-80GB", "Ampere"],
    ["NVIDIA A100-SXM4-40GB MIG 1g.5gb", "Ampere"],
    ["NVIDIA RTX A6000", "Ampere"],
    ["NVIDIA GeForce RTX 3090", "Ampere"],
    ["NVIDIA L4", "Ada"],
    ["L4", "Ada"],
    ["NVIDIA L40", "Ada"],
    ["L40S", "Ada"],
    ["NVIDIA RTX 6000 Ada Generation", "Ada"],
    ["NVIDIA GeForce RTX 4070 Ti SUPER", "Ada"],
    ["NVIDIA GeForce RTX 4090 Laptop GPU", "Ada"],
    ["NVIDIA H100 PCIe", "Hopper"],
    ["NVIDIA H100 NVL", "Hopper"],
    ["NVIDIA H200", "Hopper"],
    ["NVIDIA H20", "Hopper"],
    ["NVIDIA GH200 480GB", "Hopper"],
    ["NVIDIA GB200", "Blackwell SM100"],
    ["NVIDIA B300 SXM6 AC", "Blackwell SM100"],
    ["NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "Blackwell SM120"],
    ["NVIDIA GB10", "Blackwell SM120"],
    ["AMD Instinct MI250X", "AMD GPU"],
    ["AMD Radeon RX 7900 XTX", "AMD GPU"],
    ["Intel(R) Xeon(R) Platinum 8480+", "x86 CPU"],
    ["Apple M3 Max", null],
    ["Unobtainium 9000", null],
    ["", null],
  ])("%s", (name, architecture) => {
    expect(architectureOf(name)).toBe(architecture);
  });
});
