/** What one order says differently from the one before, as sentences. Pure. */
import { diffPolicies } from "@/lib/policies/diff";
import { isBranch } from "@/lib/policies/layer-tree";
import type { AnyLayer } from "@/lib/policies/schemas";

/** A sentence longer than this tells nobody anything; the JSON beneath has it all. */
const MOST_CHARACTERS = 240;

/** `before` null: the first order of the target. Empty: both say the same. Of a payload that is no object: null. */
export function describeOrder(before: unknown, after: unknown): string[] | null {
  const content = contentOf(after);
  if (!content) return null;
  return diffPolicies(layersOf(contentOf(before) ?? {}), layersOf(content)).map((sentence) =>
    sentence.length > MOST_CHARACTERS ? `${sentence.slice(0, MOST_CHARACTERS - 1)}…` : sentence,
  );
}

/** Without the envelope; null when it is not one. */
export function contentOf(payload: unknown): Record<string, unknown> | null {
  return isBranch(payload) && isBranch(payload["content"]) ? payload["content"] : null;
}

/** Gateways, files and webhooks hold layers; an engine its policy; others what their own system is told. */
function layersOf(content: Record<string, unknown>): AnyLayer[] {
  const { layers } = content;
  if (Array.isArray(layers)) return layers.filter((layer) => isBranch(layer) && isBranch(layer["scope"])) as AnyLayer[];
  return [{ scope: { level: "global", value: null }, policies: content }] as unknown as AnyLayer[];
}
