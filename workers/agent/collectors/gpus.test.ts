/** dcgm-exporter and nvidia-smi → what the node's sample says of its GPUs. */
import { describe, expect, it } from "vitest";
import { readSample } from "@/lib/telemetry";
import { CounterMemory } from "./counter-memory";
import { makeSample } from "./make-sample";
import { readNvidiaSmi } from "./nvidia-smi";
import { parsePrometheus } from "./parse-prometheus";
import { readGpus, type GpuPage } from "./read-gpus";
import { advance, fixture } from "./testing/pages";

function sampleOf(page: GpuPage) {
  const sample = makeSample({ node: "node-1", pool: "chat" }, { at: new Date(), intervalSec: 15, engines: [], ...page });
  if (!sample) return null;
  const read = readSample(JSON.parse(JSON.stringify(sample)), { now: Date.now(), rawRetentionDays: 35 });
  if (!("item" in read)) throw new Error(JSON.stringify(read.refusal));
  return read.item;
}
function dcgm(pages: string[], node = "node-1") {
  const memory = new CounterMemory(false);
  return sampleOf(pages.map((text) => readGpus(parsePrometheus(text), node, memory)).at(-1)!)!;
}
/** 7.5 kJ and 1.5 kJ in the interval: 500 W and 100 W for 15 s. */
const later = (text: string) =>
  advance(text, {
    'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0"': 7_500_000,
    'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="1"': 1_500_000,
    'DCGM_FI_DEV_PCIE_REPLAY_COUNTER{gpu="0"': 3,
  });

describe("dcgm-exporter", () => {
  it("two GPUs: activity is their mean; memory, power and energy their sum", () => {
    const sample = dcgm([fixture("dcgm.prom"), later(fixture("dcgm.prom"))]);
    expect(sample).toMatchObject({
      gpuCount: 2,
      gpuType: "NVIDIA H100 80GB HBM3",
      engineActive: 0.5,
      gpuUtil: 0.69,
      memoryUsedMib: 117_178,
      // 5000 + 76089 + 470 and 40000 + 41089 + 470.
      memoryTotalMib: 163_118,
      powerWatts: 643,
      energyMj: 9_000_000,
    });
    expect(sample.extra).toMatchObject({
      engine_active_from: "engine",
      gpu_temperature_c_max: 61,
      gpu_xid_last: 79,
      gpu_tensor_active: 0.175,
      gpu_dram_active: 0.35,
      DCGM_FI_DEV_SM_CLOCK: 1_590,
      DCGM_FI_DEV_PCIE_REPLAY_COUNTER: 3,
      DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL: 0,
    });
    expect(sample.extra).not.toHaveProperty("energy_estimated");
  });

  it("says the same with hostname in lower case and with pods", () => {
    const [old, kubernetes] = ["dcgm.prom", "dcgm-hostname.prom"].map((name) => dcgm([fixture(name), later(fixture(name))]));
    expect({ ...kubernetes, at: "" }).toEqual({ ...old, at: "" });
  });

  it("of several hosts reads its own", () => {
    const other = fixture("dcgm.prom").replaceAll('"node-1"', '"node-2"').replaceAll("GPU-", "GPU-other-");
    expect(dcgm([fixture("dcgm.prom") + other]).gpuCount).toBe(2);
    expect(dcgm([fixture("dcgm.prom") + other], "a name that no exporter knows").gpuCount).toBe(4);
  });

  it.each([
    [
      "SM activity",
      ["GR_ENGINE_ACTIVE"],
      'DCGM_FI_PROF_SM_ACTIVE{gpu="0",UUID="GPU-0000aaaa-7953-256e-8f33-1343419b1a1c",Hostname="node-1"} 0.6\nDCGM_FI_PROF_SM_ACTIVE{gpu="1",UUID="GPU-1111aaaa-7953-256e-8f33-1343419b1a1c",Hostname="node-1"} 0.2\n',
      0.4,
      "sm",
    ],
    // max(0.3, 0.6) and max(0.05, 0.1)
    ["the busier of tensor cores and memory", ["GR_ENGINE_ACTIVE"], "", 0.35, "tensor-dram"],
    [
      "nothing: the console falls back to GPU_UTIL",
      ["GR_ENGINE_ACTIVE", "PIPE_TENSOR_ACTIVE", "DRAM_ACTIVE"],
      "",
      null,
      undefined,
    ],
  ])("without engine activity it is %s", (_, without, more, active, from) => {
    const text =
      fixture("dcgm.prom")
        .split("\n")
        .filter((line) => !without.some((name) => line.includes(`_${name}`)))
        .join("\n") + more;
    const sample = dcgm([text]);
    expect([sample.engineActive, sample.gpuUtil, sample.extra!["engine_active_from"]]).toEqual([active, 0.69, from]);
  });

  it("has no activity when one of its GPUs has none: half a node is not a whole one", () => {
    const text = fixture("dcgm.prom").replace(/^DCGM_FI_PROF_\w+\{gpu="1".*\n/gm, "");
    expect([dcgm([text]).engineActive, dcgm([text]).gpuUtil]).toEqual([null, 0.69]);
  });

  it.each(["9223372036854775794", "9.223372036854775794e+18", "2147483632", "140737488355328", "NaN"])(
    "takes %s for no reading",
    (blank) => {
      const text = fixture("dcgm.prom").replace(
        /^(DCGM_FI_(?:DEV_GPU_UTIL|DEV_POWER_USAGE|DEV_FB_USED|PROF_\w+)\{.*\}) .*$/gm,
        `$1 ${blank}`,
      );
      expect(dcgm([text])).toMatchObject({
        gpuCount: 2,
        gpuUtil: null,
        powerWatts: null,
        memoryUsedMib: null,
        memoryTotalMib: null,
        engineActive: null,
      });
    },
  );

  it("puts a GPU that is cut up together: by slices, once for what all instances repeat, and what is not given out is idle", () => {
    const before = fixture("dcgm-mig.prom");
    const sample = dcgm([before, advance(before, { DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION: 5_250_000 })]);
    expect(sample).toMatchObject({
      gpuCount: 1,
      // (0.7 × 3 + 0.35 × 2) ÷ 7
      engineActive: 0.4,
      memoryUsedMib: 19_432,
      memoryTotalMib: 59_904,
      powerWatts: 350,
      energyMj: 5_250_000,
    });
    expect(sample.extra).toMatchObject({ gpu_instances: "3g.40gb 2g.20gb" });
  });

  it("whose energy counter began again has what was used since", () => {
    const reset = fixture("dcgm.prom").replace(/^(DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION\{.*\}) .*$/gm, "$1 1000");
    expect(dcgm([fixture("dcgm.prom"), reset]).energyMj).toBe(2_000);
  });
});

describe("nvidia-smi", () => {
  it("is read, and energy estimated from the power where there is one", () => {
    const sample = sampleOf({ gpus: readNvidiaSmi(fixture("nvidia-smi.csv")), unknown: [] });
    expect(sample).toMatchObject({
      gpuCount: 2,
      gpuType: "NVIDIA H100 80GB HBM3",
      engineActive: null,
      gpuUtil: 0.98,
      memoryUsedMib: 117_178,
      memoryTotalMib: 163_118,
      powerWatts: 512.25,
      // 512.25 W × 15 s
      energyMj: 7_683_750,
      extra: { energy_estimated: true, gpu_temperature_c_max: 61 },
    });
  });

  it("an error text is no GPU, and a node without a GPU is no sample", () => {
    expect(readNvidiaSmi("No devices were found\n")).toEqual([]);
    expect(readNvidiaSmi("0, GPU-1, [Unknown Error], [N/A]\n")).toEqual([]);
    expect(sampleOf({ gpus: [], unknown: [] })).toBeNull();
  });
});
