import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nanoToUsd } from "@/lib/money";
import { gpuSampleCost, type GpuSample } from "./gpu";
import { canonicalGpuType, type GpuRate } from "./gpu-rates";

const rate = (over: Partial<GpuRate> = {}): GpuRate => ({
  gpuType: "H100",
  commitment: "on-demand",
  usdPerHour: "3.50",
  effectiveFrom: null,
  effectiveTo: null,
  source: "test",
  ...over,
});

const sample = (over: Partial<GpuSample> = {}): GpuSample => ({
  gpuType: "H100",
  commitment: "on-demand",
  at: Date.parse("2026-11-20T12:00:00Z"),
  gpuCount: 8,
  intervalSec: 3_600,
  engineActive: 0.4,
  gpuUtil: 0.99,
  ...over,
});

describe("what a node sample costs", () => {
  it("8 GPUs at $3.50 for one hour, 40 % busy: $11.20 busy and $16.80 idle", () => {
    const cost = gpuSampleCost([rate()], sample());
    expect([nanoToUsd(cost.busyNano), nanoToUsd(cost.idleNano)]).toEqual(["11.2", "16.8"]);
    expect([cost.busyGpuMs, cost.idleGpuMs]).toEqual([11_520_000n, 17_280_000n]);
  });

  it("prefers the engine's activity, then the GPU's, and calls nothing idle without a reading", () => {
    const idle = (over: Partial<GpuSample>) => nanoToUsd(gpuSampleCost([rate()], sample(over)).idleNano);
    expect(idle({ engineActive: null, gpuUtil: 0.5 })).toBe("14");
    expect(idle({ engineActive: null, gpuUtil: null })).toBe("0");
  });

  it("takes the rate of the commitment and the day, on demand where the commitment has none", () => {
    const rates = [
      rate(),
      rate({ commitment: "reserved", usdPerHour: "2" }),
      rate({ usdPerHour: "4", effectiveFrom: new Date("2026-12-01T00:00:00Z") }),
    ];
    const total = (over: Partial<GpuSample>) =>
      nanoToUsd(gpuSampleCost(rates, sample({ gpuCount: 1, engineActive: 1, ...over })).busyNano);
    expect(total({})).toBe("3.5");
    expect(total({ commitment: "reserved" })).toBe("2");
    expect(total({ commitment: "spot" })).toBe("3.5");
    expect(total({ at: Date.parse("2026-12-01T00:00:00Z") })).toBe("4");
  });

  it("an unknown GPU has time but no money, and says so", () => {
    expect(gpuSampleCost([rate()], sample({ gpuType: "TPU v9" }))).toEqual({
      busyGpuMs: 11_520_000n,
      idleGpuMs: 17_280_000n,
      busyNano: 0n,
      idleNano: 0n,
      priced: false,
    });
  });

  it("busy and idle always make the whole, in time and in money", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 16 }),
        fc.double({ min: 0, max: 7_200, noNaN: true }),
        fc.double({ min: -0.5, max: 1.5, noNaN: true }),
        fc.integer({ min: 1, max: 20_000_000 }),
        (gpuCount, intervalSec, engineActive, microUsd) => {
          const rates = [rate({ usdPerHour: (microUsd / 1e6).toFixed(6) })];
          const parts = gpuSampleCost(rates, sample({ gpuCount, intervalSec, engineActive }));
          const whole = gpuSampleCost(rates, sample({ gpuCount, intervalSec, engineActive: 1 }));
          expect(parts.busyGpuMs + parts.idleGpuMs).toBe(whole.busyGpuMs);
          expect(parts.busyNano + parts.idleNano).toBe(whole.busyNano);
          expect(parts.busyNano >= 0n && parts.idleNano >= 0n).toBe(true);
        },
      ),
    );
  });
});

describe("GPU names", () => {
  it.each([
    ["NVIDIA H100 80GB HBM3", "H100"],
    ["NVIDIA A100-SXM4-40GB", "A100-40GB"],
    ["NVIDIA A100 80GB PCIe", "A100-80GB"],
    ["a100_80gb", "A100-80GB"],
    ["NVIDIA L40S", "L40S"],
    ["NVIDIA L4", "L4"],
    ["Tesla T4", "T4"],
    ["NVIDIA GeForce RTX 4090", "RTX-4090"],
    ["TPU v9", "TPU v9"],
  ])("%s is %s", (name, type) => {
    expect(canonicalGpuType(name)).toBe(type);
  });
});
