/** How hard a change is to take back, and what must be known before anybody may approve it. Pure. */
import type { ChangeSummary, PolicyEdit } from "../schemas";

export type RestartClass = ChangeSummary["restartClass"];

type Documents = readonly { kind: PolicyEdit["kind"]; before: Record<string, unknown>; after: Record<string, unknown> }[];

/**
 * Gateways take a policy between two requests. An engine reads what it is told when it starts, whatever the key; where
 * the agent starts the new one beside the old and keeps that warm, going back is a switch.
 */
export function restartClassOf(
  edits: readonly Pick<PolicyEdit, "kind">[],
  engines: readonly { capabilities: readonly string[] }[],
): RestartClass {
  if (edits.every(({ kind }) => kind !== "engine")) return "instant";
  const beside = engines.length > 0 && engines.every(({ capabilities }) => capabilities.includes("sideBySide"));
  return beside ? "warm" : "cold";
}

/**
 * From a hard stop to the old answers, seconds. instant: one sync of the gateways; warm: one sync and the switch back;
 * cold: the old weights are loaded again, some minutes for what one machine holds.
 */
export const RESTORE_SEC: Record<RestartClass, number> = { instant: 5, warm: 30, cold: 420 };

const FOUR_BIT: readonly unknown[] = ["awq", "gptq", "nvfp4", "gguf"];

/** Turned to four bits by this change: what it costs in quality is hard to see. */
export const isFourBit = (documents: Documents): boolean =>
  documents.some(
    ({ kind, before, after }) =>
      kind === "engine" && after["quantization"] !== before["quantization"] && FOUR_BIT.includes(after["quantization"]),
  );

/** Keys that change the answers themselves. */
const ANSWERS = ["model", "quantization", "kvCacheDtype", "speculative"] as const;

export const needsEvidence = (documents: Documents): boolean =>
  documents.some(
    ({ kind, before, after }) =>
      kind === "engine" && ANSWERS.some((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])),
  );
