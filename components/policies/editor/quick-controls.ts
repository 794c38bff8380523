/** The values that are changed most often, as controls: where they are in the document and what they may be. Pure. */
import type { PolicyKind } from "@/lib/policies/kinds";
import { getIn } from "./set-in";

export type QuickControl = { label: string; path: [string, ...string[]]; hint?: string } & (
  | { type: "number"; min: number; max: number; step: number; unit?: string }
  | { type: "switch" }
  | { type: "choice"; options: readonly string[] }
);

export interface QuickGroup {
  /** Null: the kind itself. */
  title: string | null;
  controls: QuickControl[];
}

const whole = (label: string, path: [string, ...string[]], min: number, max: number, unit?: string): QuickControl => ({
  type: "number",
  label,
  path,
  min,
  max,
  step: 1,
  ...(unit ? { unit } : {}),
});
const onOff = (label: string, path: [string, ...string[]]): QuickControl => ({ type: "switch", label, path });
const SCOPES = ["public", "tenant", "user"];

const FIXED: Record<Exclude<PolicyKind, "routing">, QuickControl[]> = {
  caching: [
    onOff("Exact cache", ["exact", "enabled"]),
    whole("Kept for", ["exact", "ttlSec"], 1, 2_592_000, "s"),
    { type: "choice", label: "Shared within", path: ["exact", "scope"], options: SCOPES },
    onOff("Semantic cache", ["semantic", "enabled"]),
    { type: "number", label: "Similarity from", path: ["semantic", "threshold"], min: 0.5, max: 1, step: 0.01 },
    onOff("Retrieval cache", ["retrieval", "enabled"]),
  ],
  tokens: [
    whole("Output cap", ["maxOutputTokens"], 1, 10_000_000, "tokens"),
    whole("Input limit", ["maxInputTokens"], 1, 10_000_000, "tokens"),
    { type: "choice", label: "Input over the limit", path: ["onInputOver"], options: ["reject", "trim_history"] },
  ],
  batching: [
    onOff("Batch embeddings", ["embeddings", "enabled"]),
    whole("Wait at most", ["embeddings", "maxWaitMs"], 0, 1_000, "ms"),
    onOff("Background lane", ["background", "enabled"]),
    whole("Calls at once", ["background", "concurrency"], 1, 1_000),
  ],
  engine: [
    {
      type: "choice",
      label: "Quantization",
      path: ["quantization"],
      options: ["none", "int8", "fp8", "awq", "gptq", "nvfp4", "gguf"],
    },
    whole("Max sequences", ["maxNumSeqs"], 1, 65_536),
    whole("Max batched tokens", ["maxNumBatchedTokens"], 64, 4_194_304),
    { type: "number", label: "GPU memory share", path: ["gpuMemoryUtilization"], min: 0.05, max: 1, step: 0.01 },
    { type: "choice", label: "KV cache type", path: ["kvCacheDtype"], options: ["auto", "fp8", "fp8_e4m3", "fp8_e5m2"] },
    onOff("Prefix caching", ["enablePrefixCaching"]),
  ],
};

/** `effective`: the whole policy where the document is edited; of routing its routes and targets are what can be weighed. */
export function quickGroups(kind: PolicyKind, effective: Record<string, unknown>, document: unknown): QuickGroup[] {
  if (kind !== "routing") return [{ title: null, controls: FIXED[kind] }];
  const names = new Set([...keysAt(effective, ["routing", "routes"]), ...keysAt(document, ["routes"])]);
  return [...names].map((route) => {
    const targets = [
      ...new Set([
        ...keysAt(effective, ["routing", "routes", route, "targets"]),
        ...keysAt(document, ["routes", route, "targets"]),
      ]),
    ];
    return {
      title: route,
      controls: [
        ...targets.map((target): QuickControl => ({
          type: "number",
          label: `Weight of ${target}`,
          path: ["routes", route, "targets", target, "weight"],
          min: 0,
          max: 1_000_000,
          step: 1,
        })),
        { type: "choice", label: "Canary target", path: ["routes", route, "canary", "target"], options: targets },
        {
          type: "number",
          label: "Canary share",
          path: ["routes", route, "canary", "sharePercent"],
          min: 0,
          max: 100,
          step: 1,
          unit: "%",
        },
        whole("Timeout", ["routes", route, "timeoutMs"], 100, 3_600_000, "ms"),
      ],
    };
  });
}

function keysAt(node: unknown, path: readonly string[]): string[] {
  const found = getIn(node, path);
  return typeof found === "object" && found !== null ? Object.keys(found) : [];
}
