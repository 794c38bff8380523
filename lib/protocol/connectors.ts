/** What kinds of thing take configuration. Each has one renderer (lib/policies/render) and one applier at the target. */
import { z } from "zod";

export const CONNECTORS = ["headroom-gateway", "engine", "litellm", "vllm-router", "portkey", "file", "webhook"] as const;
export const connectorSchema = z.enum(CONNECTORS);
export type Connector = z.infer<typeof connectorSchema>;

/** What a target can do, said by the target itself at enrolment and at each sync. Unknown ones are kept, not refused. */
export const CAPABILITIES = [
  "routing",
  "weights",
  "canary",
  "shadow",
  "fallback",
  "cascade",
  "perTenantScope",
  "cacheExact",
  "cacheSemantic",
  "tokens",
  "batching",
  "readBack",
  "restartEngine",
  "sideBySide",
] as const;
export type Capability = (typeof CAPABILITIES)[number];
export const capabilitiesSchema = z.array(z.string().min(1).max(60)).max(100);

/** The GPUs of a node as its agent sees them; nothing of it is trusted for money. */
export const hardwareSchema = z.strictObject({
  gpuType: z.string().max(100).nullable().default(null).describe("e.g. NVIDIA H100 80GB HBM3"),
  gpuCount: z.number().int().min(0).max(1_024).default(0),
  memoryTotalMib: z.number().min(0).max(1e9).nullable().default(null),
  engine: z.string().max(60).nullable().default(null).describe("vllm, sglang, tgi, tensorrt-llm, llama.cpp, ollama"),
  engineVersion: z.string().max(100).nullable().default(null),
  model: z.string().max(200).nullable().default(null),
});
export type Hardware = z.infer<typeof hardwareSchema>;
