import { describe, expect, it } from "vitest";
import { checkEngineLayers, type KnownNode } from "./check-engine";
import type { EngineLayer } from "./schemas";

const layer = (level: "pool" | "node", value: string, engine: EngineLayer["policies"]["engine"]): EngineLayer => ({
  scope: { level, value },
  policies: { engine },
});
const node = (name: string, gpuType: string | null, pool: string | null = "llama"): KnownNode => ({
  name,
  pool,
  gpuType,
  engine: "vllm",
});
const said = (layers: EngineLayer[], nodes: KnownNode[]) =>
  checkEngineLayers(layers, nodes).map(({ severity, where, path, message }) => `${severity} ${where} ${path} ${message}`);

describe("checkEngineLayers", () => {
  it("takes a policy that fits, without a word", () => {
    const engine = { quantization: "fp8" as const, maxNumSeqs: 64, maxNumBatchedTokens: 8_192, gpuMemoryUtilization: 0.9 };
    expect(said([layer("pool", "llama", engine)], [node("n1", "NVIDIA L4"), node("n2", "NVIDIA H100 PCIe")])).toEqual([]);
  });

  it("checks what pool and node say together, on that node only", () => {
    const layers = [layer("pool", "llama", { maxNumBatchedTokens: 512 }), layer("node", "n1", { maxNumSeqs: 1_024 })];
    expect(said(layers, [node("n1", "L4"), node("n2", "L4")])).toEqual([
      "error node n1 /engine/maxNumBatchedTokens A step of 512 tokens has no room for 1024 sequences: the engine would not start. Raise it to at least 1024.",
    ]);
  });

  it("says once what is wrong on many nodes, and names them", () => {
    const layers = [layer("pool", "llama", { quantization: "fp8" })];
    const [few] = said(layers, [node("n1", "Tesla T4"), node("n2", "NVIDIA L4"), node("n3", "Tesla T4")]);
    expect(few).toMatch(/^error node n1, node n3 \/engine\/quantization FP8 .*Tesla T4 is Turing/);
    const many = said(
      layers,
      [1, 2, 3, 4, 5, 6].map((n) => node(`n${n}`, "Tesla T4")),
    );
    expect(many).toHaveLength(1);
    expect(many[0]).toMatch(/^error node n1, node n2, node n3 and 3 more /);
  });

  it("lets one node be told otherwise: the rest of the pool may keep what only it cannot run", () => {
    const layers = [layer("pool", "llama", { quantization: "fp8" }), layer("node", "old", { quantization: "int8" })];
    expect(said(layers, [node("old", "Tesla T4"), node("new", "NVIDIA L4")])).toEqual([]);
  });

  it("warns of a GPU that nobody has seen, and of memory without reserve", () => {
    const layers = [layer("pool", "llama", { quantization: "fp8", gpuMemoryUtilization: 0.99 })];
    expect(said(layers, [node("n1", null)]).map((sentence) => sentence.slice(0, 40))).toEqual([
      "warning pool llama, node n1 /engine/gpuM",
      "warning node n1 /engine/quantization It ",
    ]);
  });

  it("checks the layer of a node that nobody knows alone", () => {
    expect(said([layer("node", "later", { speculative: { numTokens: 3 } })], [])).toEqual([
      "error node later /engine/speculative/method It is missing: neither this layer nor a broader one sets it.",
    ]);
  });
});
