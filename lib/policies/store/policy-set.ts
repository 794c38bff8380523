/** Stored documents, one per kind and scope, as the layers that merge and renderers understand. Pure. */
import type { PolicySet } from "../render";
import type { AnyLayer, AnyScope, EngineLayer, PolicyLayer } from "../schemas";
import type { PolicyKind } from "../kinds";
import type { PolicyRef } from "./schemas";

export type StoredDocument = PolicyRef & { document: Record<string, unknown> };

export const refKey = ({ kind, scope }: PolicyRef): string => JSON.stringify([kind, scope.level, scope.value ?? ""]);

export function policySetOf(documents: readonly StoredDocument[]): PolicySet {
  return {
    gateway: layersOf(documents.filter(({ kind }) => kind !== "engine")) as PolicyLayer[],
    engine: layersOf(documents.filter(({ kind }) => kind === "engine")) as EngineLayer[],
  };
}

/** `drafts` in the place of what is stored. */
export function withDrafts(documents: readonly StoredDocument[], drafts: readonly StoredDocument[]): StoredDocument[] {
  const byKey = new Map([...documents, ...drafts].map((one) => [refKey(one), one]));
  return [...byKey.values()];
}

/** One document as a layer, for words about it. */
export const layerOf = ({ kind, scope }: PolicyRef, document: Record<string, unknown>): AnyLayer =>
  ({ scope, policies: { [kind]: document } }) as AnyLayer;

function layersOf(documents: readonly StoredDocument[]): { scope: AnyScope; policies: Partial<Record<PolicyKind, object>> }[] {
  const layers = new Map<string, { scope: AnyScope; policies: Partial<Record<PolicyKind, object>> }>();
  for (const { kind, scope, document } of documents) {
    const key = JSON.stringify([scope.level, scope.value ?? ""]);
    const layer = layers.get(key) ?? { scope, policies: {} };
    layer.policies[kind] = document;
    layers.set(key, layer);
  }
  return [...layers.values()];
}
