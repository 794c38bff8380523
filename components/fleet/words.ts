/** The words of targets, once. Pure. */
import type { Capability, Connector, Hardware } from "@/lib/protocol/connectors";
import type { AttemptStatus } from "@/lib/protocol/sync";

export const CONNECTOR_LABEL: Record<Connector, string> = {
  "headroom-gateway": "Headroom gateway",
  engine: "Inference engine",
  litellm: "LiteLLM",
  "vllm-router": "vLLM router",
  portkey: "Portkey",
  file: "File",
  webhook: "Webhook",
};

/** What it is to somebody who chooses. */
export const CONNECTOR_HINT: Record<Connector, string> = {
  "headroom-gateway": "The proxy of this product, in front of any OpenAI-compatible upstream.",
  engine: "An agent beside vLLM, SGLang, TGI, TensorRT-LLM or llama.cpp on a GPU host.",
  litellm: "An agent beside a LiteLLM proxy that keeps its models in its database.",
  "vllm-router": "An agent beside the router of the vLLM production stack.",
  portkey: "An agent in front of a Portkey gateway.",
  file: "An agent that writes a file and runs your reload command.",
  webhook: "An agent that sends signed configuration to an address of yours.",
};

const CAPABILITY_MEANING: Record<Capability, string> = {
  routing: "Sends a route to the upstream that policy names",
  weights: "Splits a route by weight",
  canary: "Gives a sticky share of callers another upstream",
  shadow: "Mirrors requests to an upstream whose answers are not served",
  fallback: "Tries another upstream when one fails",
  cascade: "Asks a small model first, and a larger one when needed",
  perTenantScope: "Has its own rules for a tenant or an endpoint",
  cacheExact: "Answers equal requests from a cache",
  cacheSemantic: "Answers requests of the same meaning from a cache",
  tokens: "Caps output and limits input",
  batching: "Puts embeddings together, and has a background lane",
  readBack: "What really runs is read back, not believed",
  restartEngine: "Starts the engine anew with other settings",
  sideBySide: "Starts the new engine beside the old one, without a gap",
};

/** `perTenantScope` → "per tenant scope" */
export const capabilityLabel = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Null: a target newer than this console said it. */
export const capabilityMeaning = (name: string): string | null =>
  Object.hasOwn(CAPABILITY_MEANING, name) ? CAPABILITY_MEANING[name as Capability] : null;

/** "2 × NVIDIA H100 80GB HBM3"; null when it has no GPU or did not say. */
export function gpuWords(hardware: Hardware | null): string | null {
  if (!hardware || (hardware.gpuCount === 0 && hardware.gpuType === null)) return null;
  return `${hardware.gpuCount} × ${hardware.gpuType ?? "unknown GPU"}`;
}

export const ATTEMPT_LABEL: Record<AttemptStatus, string> = {
  applying: "Applying",
  warming: "Warming up",
  applied: "Applied",
  refused: "Refused",
  failed: "Failed, went back",
};

/** `spoolBytes` 2048 → "Spool", "2 KiB"; `requestsInFlight` → "Requests in flight". */
export function figureWords(name: string, value: number): { label: string; value: string } {
  const unit = ["Bytes", "Ms", "Sec"].find((ending) => name.endsWith(ending)) ?? "";
  const label = capitalised(capabilityLabel(name.slice(0, name.length - unit.length)));
  if (unit === "Bytes") return { label, value: byteWords(value) };
  const shown = value.toLocaleString("en-US", { maximumFractionDigits: 3 });
  return { label, value: unit === "" ? shown : `${shown} ${unit === "Ms" ? "ms" : "s"}` };
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

function byteWords(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** step).toLocaleString("en-US", { maximumFractionDigits: step === 0 ? 0 : 1 })} ${BYTE_UNITS[step]}`;
}

const capitalised = (text: string) => (text === "" ? text : text[0]!.toUpperCase() + text.slice(1));

/** Enough of a hash to compare two by eye. */
export const shortHash = (hash: string): string => hash.slice(0, 12);
