"use client";
import { useApi } from "@/components/query";
import { searchOf } from "@/components/policies/use-place";
import { POLICY_KINDS, type PolicyKind } from "@/lib/policies/kinds";
import type { AnyScope } from "@/lib/policies/schemas";
import type { EffectivePolicy, PolicyDocument } from "@/lib/policies/store";
import type { PolicyRef } from "@/lib/policies/store/schemas";

/** What a scope says of every kind that it may speak of, and what applies there. */
export interface PlaceDocuments {
  scope: AnyScope;
  documents: Partial<Record<PolicyKind, PolicyDocument>>;
  effective: Record<string, unknown>;
}

const isEngine = ({ level }: AnyScope) => level === "pool" || level === "node";

export const kindsOf = (scope: AnyScope): PolicyKind[] => POLICY_KINDS.filter((kind) => (kind === "engine") === isEngine(scope));

/** The effective policy where the scope is: an endpoint everywhere, a tenant in production. */
export function effectivePathOf(scope: AnyScope): string {
  const search = new URLSearchParams(isEngine(scope) ? {} : { environment: "production" });
  if (scope.value !== null) search.set(scope.level, scope.value);
  return `/api/v1/policies/effective?${search}`;
}

/** Undefined until all of it is known. */
export function usePlaceDocuments(scope: AnyScope | null): { data: PlaceDocuments | undefined; error: Error | null } {
  const known = scope !== null && scope.value !== "";
  const pathOf = (kind: PolicyKind) =>
    known && kindsOf(scope).includes(kind) ? `/api/v1/policies/document?${searchOf({ kind, scope } as PolicyRef)}` : null;
  const queries = {
    routing: useApi<PolicyDocument>(pathOf("routing")),
    caching: useApi<PolicyDocument>(pathOf("caching")),
    tokens: useApi<PolicyDocument>(pathOf("tokens")),
    batching: useApi<PolicyDocument>(pathOf("batching")),
    engine: useApi<PolicyDocument>(pathOf("engine")),
  };
  const effective = useApi<EffectivePolicy>(known ? effectivePathOf(scope) : null);
  if (!known) return { data: undefined, error: null };
  const asked = kindsOf(scope).map((kind) => [kind, queries[kind]] as const);
  const error = effective.error ?? asked.find(([, query]) => query.error)?.[1].error ?? null;
  const settled = [effective, ...asked.map(([, query]) => query)].every((query) => query.data && !query.isPlaceholderData);
  if (!settled) return { data: undefined, error };
  return {
    data: {
      scope,
      documents: Object.fromEntries(asked.map(([kind, query]) => [kind, query.data!])),
      effective: effective.data!.effective as unknown as Record<string, unknown>,
    },
    error: null,
  };
}
