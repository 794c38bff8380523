import { describe, expect, it } from "vitest";
import { parseGpus } from "./read-gpus";

describe("what nvidia-smi says about this machine", () => {
  it("is one kind of GPU, how many, and their memory together", () => {
    expect(parseGpus("NVIDIA H100 80GB HBM3, 81559\nNVIDIA H100 80GB HBM3, 81559\n")).toEqual({
      gpuType: "NVIDIA H100 80GB HBM3",
      gpuCount: 2,
      memoryTotalMib: 163_118,
    });
  });

  it("is kept where memory is not told, and nothing where there is no GPU", () => {
    expect(parseGpus("Orin (nvgpu), [N/A]\n")).toEqual({ gpuType: "Orin (nvgpu)", gpuCount: 1, memoryTotalMib: null });
    expect(parseGpus("No devices were found\n")).toBeNull();
  });
});
