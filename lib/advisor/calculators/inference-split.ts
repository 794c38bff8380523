import { Decimal } from "@/lib/money";
import { defineCalculator, line, over, share, type Verdict } from "./definition";
import { hours, percent } from "./fields";

/** Above this share of KV blocks in use, requests begin to wait or to be preempted. */
const PRESSED_KV = 90;
const IDLE_BELOW = 30;

export const inferenceSplit = defineCalculator({
  id: "inference-split",
  title: "Where the GPU's time goes",
  question: "Prefill, decode, memory or nobody: what limits these GPUs?",
  group: "GPUs",
  fields: {
    prefillHours: hours("Time in prefill", "12", "Summed over requests. Only the relation to decode counts."),
    decodeHours: hours("Time in decode", "88"),
    utilization: percent("GPU in use", "35"),
    memory: percent("GPU memory in use", "88"),
    kv: percent("KV cache in use", "95"),
  },
  corrected: (v) => {
    const prefill = over(v.prefillHours, v.prefillHours.add(v.decodeHours));
    const used = share(v.utilization);
    return {
      lines: [
        line("prefill", "Prefill's share of busy time", "ratio", prefill, "lead"),
        line("decode", "Decode's share of busy time", "ratio", prefill === null ? null : new Decimal(1).sub(prefill), "lead"),
        line("busy_prefill", "Of all GPU time: prefill", "ratio", prefill?.mul(used) ?? null),
        line("busy_decode", "Of all GPU time: decode", "ratio", prefill === null ? null : used.sub(prefill.mul(used))),
        line("idle", "Of all GPU time: idle", "ratio", new Decimal(1).sub(used)),
        line("memory_pressure", "KV cache in use", "ratio", share(v.kv)),
      ],
      verdict: judge(v.utilization, v.kv, prefill),
    };
  },
  corrections: [
    "The formula needs no correction. Times that requests spend in a phase overlap when requests run at a time: they show the relation, not who pays. Money is allocated by fitted work.",
  ],
  chart: { along: "utilization", lines: ["busy_prefill", "busy_decode", "idle"] },
});

function judge(utilization: Decimal, kv: Decimal, prefill: Decimal | null): Verdict {
  if (kv.gte(PRESSED_KV)) {
    return {
      word: "MEMORY",
      tone: "caution",
      reason: "The KV cache is full: FP8 weights or KV cache make room; more batching does not.",
    };
  }
  if (utilization.lt(IDLE_BELOW)) {
    return {
      word: "NOBODY",
      tone: "caution",
      reason: "The GPUs mostly wait: larger batches, fewer nodes or a smaller instance.",
    };
  }
  if (prefill !== null && prefill.gte("0.5")) {
    return {
      word: "PREFILL",
      tone: "neutral",
      reason: "Reading prompts dominates: prefix caching and shorter prompts help most.",
    };
  }
  return {
    word: "DECODE",
    tone: "neutral",
    reason: "Writing answers dominates: output caps, batching and quantization help most.",
  };
}
