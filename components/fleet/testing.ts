/** Targets for tests. */
import type { TargetView } from "@/lib/fleet/schemas";

export const NOW = Date.parse("2026-11-20T12:00:00.000Z");
export const hashOf = (letter: string): string => letter.repeat(64);

/** A gateway that runs generation 7 as ordered, heard ten seconds ago. */
export const targetView = (over: Partial<TargetView> = {}): TargetView => ({
  id: "0b8f6c1e-4f0c-4d0c-9a53-6a7c2f6f0001",
  name: "gw-eu-1",
  connector: "headroom-gateway",
  environment: "production",
  pool: null,
  simulated: false,
  state: "active",
  stateReason: null,
  withheld: null,
  stateAt: "2026-11-20T09:00:00.000Z",
  liveness: "online",
  lastSeenAt: "2026-11-20T11:59:50.000Z",
  enrolledAt: "2026-11-20T09:00:00.000Z",
  version: "0.1.0",
  capabilities: ["routing", "weights", "readBack"],
  hardware: null,
  health: { ok: true, crashes: 0, figures: { spoolBytes: 2_048, requestsInFlight: 3 } },
  desired: {
    generation: 7,
    hash: hashOf("a"),
    leaseTtlSec: null,
    forced: false,
    reason: "More to the small model",
    createdBy: "Lena",
    createdAt: "2026-11-20T11:00:00.000Z",
  },
  running: { generation: 7, hash: hashOf("a") },
  effectiveHash: hashOf("a"),
  rollout: "healthy",
  lastAttempt: null,
  driftPolls: 0,
  leaseEpoch: null,
  ...over,
});

export const engineView = (over: Partial<TargetView> = {}): TargetView =>
  targetView({
    id: "0b8f6c1e-4f0c-4d0c-9a53-6a7c2f6f0002",
    name: "gpu-node-1",
    connector: "engine",
    pool: "llama-8b",
    simulated: true,
    hardware: {
      gpuType: "NVIDIA H100",
      gpuCount: 2,
      memoryTotalMib: 163_118,
      engine: "vllm",
      engineVersion: "0.11.2",
      model: "llama-3.1-8b",
    },
    ...over,
  });
