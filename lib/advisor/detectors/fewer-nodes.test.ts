import { describe, expect, it } from "vitest";
import { fewerNodes } from "./fewer-nodes";

const at = (utilization: number, kvCacheUsage: number | null = null) => [
  { utilization: 0.1, kvCacheUsage: 0.1 },
  { utilization, kvCacheUsage },
];

describe("nodes that the same work needs", () => {
  it("8 nodes at 60 %: 6 are needed; with 30–50 % less work 5 to 3", () => {
    // 8 · 0.6 ÷ 0.8 = 6; · 0.7 = 4.2 → 5; · 0.5 = 3
    expect(fewerNodes({ nodes: 8, hours: at(0.6) }, "quantization")).toMatchObject({ low: 1 / 8, high: 3 / 8 });
    // · 0.6 = 3.6 → 4; · 0.4 = 2.4 → 3
    expect(fewerNodes({ nodes: 8, hours: at(0.6) }, "continuous_batching")).toMatchObject({ low: 2 / 8, high: 3 / 8 });
  });

  it("a full KV cache counts like a busy GPU: 4 nodes at 98 %, of which 0 to 1 can go", () => {
    // 4 · 0.98 ÷ 0.8 = 4.9 → 4; · 0.7 = 3.43 → 4; · 0.5 = 2.45 → 3
    const found = fewerNodes({ nodes: 4, hours: at(0.3, 0.98) }, "quantization")!;
    expect([found.low, found.high]).toEqual([0, 0.25]);
    expect(found.words).toBe(
      "In its fullest hour a node is 98 % full, and 80 % is as full as it should be: 4 of 4 nodes are needed, afterwards 3 to 4 (fewer bits: 30–50 % published).",
    );
  });

  it("the last node stays, idle ones are not counted, and of nothing nothing is said", () => {
    expect(fewerNodes({ nodes: 1, hours: at(0.9) }, "quantization")).toMatchObject({ low: 0, high: 0 });
    expect(fewerNodes({ nodes: 10, hours: [{ utilization: 0.05, kvCacheUsage: null }] }, "quantization")).toMatchObject({
      low: 0,
      high: 0,
    });
    expect(fewerNodes({ nodes: 4, hours: [] }, "quantization")).toBeNull();
  });
});
