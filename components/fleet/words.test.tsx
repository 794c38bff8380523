import { expect, it } from "vitest";
import { capabilityLabel, capabilityMeaning, figureWords, gpuWords } from "./words";

it("says figures with their unit", () => {
  expect(figureWords("spoolBytes", 0)).toEqual({ label: "Spool", value: "0 B" });
  expect(figureWords("spoolBytes", 1_023)).toEqual({ label: "Spool", value: "1,023 B" });
  expect(figureWords("spoolBytes", 1_536)).toEqual({ label: "Spool", value: "1.5 KiB" });
  expect(figureWords("spoolBytes", 3 * 1_024 ** 3)).toEqual({ label: "Spool", value: "3 GiB" });
  expect(figureWords("warmUpSec", 12.5)).toEqual({ label: "Warm up", value: "12.5 s" });
  expect(figureWords("probeMs", 1_200)).toEqual({ label: "Probe", value: "1,200 ms" });
  expect(figureWords("requestsInFlight", 1_234)).toEqual({ label: "Requests in flight", value: "1,234" });
});

it("keeps a capability that it does not know", () => {
  expect(capabilityLabel("perTenantScope")).toBe("per tenant scope");
  expect(capabilityMeaning("weights")).toMatch(/weight/);
  expect(capabilityMeaning("teleport")).toBeNull();
  expect(capabilityMeaning("toString")).toBeNull();
});

it("says what GPUs there are, and nothing where there are none", () => {
  const hardware = { gpuType: "NVIDIA H100", gpuCount: 2, memoryTotalMib: null, engine: null, engineVersion: null, model: null };
  expect(gpuWords(hardware)).toBe("2 × NVIDIA H100");
  expect(gpuWords({ ...hardware, gpuType: null })).toBe("2 × unknown GPU");
  expect(gpuWords({ ...hardware, gpuType: null, gpuCount: 0 })).toBeNull();
  expect(gpuWords(null)).toBeNull();
});
